"""A lane: one persistent SMTP connection that takes groups of messages and says exactly what each came to.

Many lanes run in one event loop. A lane never tries a message twice and never reconnects in the middle of a group.
"""

import asyncio
import base64
import contextlib
import math
import ssl
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from backoffice.kernel.faultpoints import reach
from backoffice.messaging.smtp_exchange import MAX_REPLY, Exchange
from backoffice.messaging.smtp_types import Features, Outcome, Outgoing, Reason, Result
from backoffice.messaging.smtp_wire import Wire
from backoffice.messaging.wording_values import clean

__all__ = [
    "ConnectFailed",
    "Lane",
    "Outcome",
    "Outgoing",
    "Reason",
    "Relay",
    "Result",
    "Tls",
]


class Tls(StrEnum):
    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, slots=True)
class Relay:
    """Where and how to connect. Times in seconds; answer_timeout counts from the end of a body.

    ssl_context: for STARTTLS and IMPLICIT, by default one that checks the server's certificate.
    """

    host: str
    port: int
    tls: Tls = Tls.NONE
    ssl_context: ssl.SSLContext | None = None
    username: str = ""
    password: str = field(default="", repr=False)
    helo: str = "localhost"
    pipelining: bool = True
    connect_timeout: float = 20.0
    command_timeout: float = 20.0
    answer_timeout: float = 20.0


class ConnectFailed(Exception):
    """No session could be opened, so no message has left. reason: AUTH when the account was refused."""

    def __init__(self, reason: Reason, code: int = 0, reply: str = "") -> None:
        super().__init__(f"{reason} {code} {reply}")
        self.reason = reason
        self.code = code
        self.reply = clean(reply)[:MAX_REPLY]


class Lane:
    """One connection to a relay. `open` is optional: `send_group` opens a closed lane first.

    After a failure the lane is closed; the next `open` or `send_group` connects anew. One group at a time.
    """

    def __init__(self, relay: Relay) -> None:
        self._relay = relay
        self._wire: Wire | None = None
        self._features = Features()
        self._replies: deque[tuple[int, str]] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._exchange: Exchange | None = None
        self._lost: tuple[Reason, str] | None = None
        self._connecting: asyncio.Timeout | None = None
        self._is_stopped = False

    @property
    def is_open(self) -> bool:
        return self._wire is not None and self._wire.is_open

    async def open(self) -> None:
        """Connects, greets, encrypts and signs in. Raises ConnectFailed; does nothing on an open lane."""
        if self.is_open:
            return
        self._replies.clear()
        self._lost = None
        self._is_stopped = False
        try:
            await self._handshake()
        except BaseException:
            self.abort()
            raise

    async def send_group(
        self,
        items: Sequence[Outgoing],
        on_result: Callable[[Result], None] | None = None,
    ) -> list[Result]:
        """Sends the messages in order; one result each, in order. Network failures are results, never exceptions.

        on_result: called in the event loop with each result the moment it is known; must be quick. An error it raises
        reaches the caller after the group has ended as it would have.
        Cancelling the call closes the lane, after every message got its result through on_result.
        """
        if not items:
            return []
        errors: list[Exception] = []

        def tell(result: Result) -> None:
            try:
                if on_result is not None:
                    on_result(result)
            except Exception as error:  # the connection must not die of its listener
                errors.append(error)

        results = await self._send(items, tell)
        if errors:
            raise errors[0]
        return results

    async def _send(self, items: Sequence[Outgoing], tell: Callable[[Result], None]) -> list[Result]:
        try:
            await self.open()
        except ConnectFailed as failed:
            unsent = Exchange(items, self._features, tell)
            unsent.broken(failed.reason, failed.code, failed.reply)
            return unsent.results
        exchange = Exchange(items, self._features, tell)
        await self._run(exchange)
        return exchange.results

    async def close(self) -> None:
        """Says goodbye as far as the server listens. No message depends on it."""
        if self.is_open and self._exchange is None:
            with contextlib.suppress(ConnectFailed):
                await self._command("QUIT", Reason.DROPPED)
        self.abort()

    def abort(self) -> None:
        """Drops the connection at once, also one that is only being made; messages under way get their result."""
        self._is_stopped = True
        if self._connecting is not None:
            self._connecting.reschedule(asyncio.get_running_loop().time())
        if self._wire is not None:
            self._wire.abort("stopped")

    def _connected(self) -> Wire:
        if self._wire is None:
            raise RuntimeError("the lane is not open")
        return self._wire

    async def _run(self, exchange: Exchange) -> None:
        if self._exchange is not None:
            raise RuntimeError("a lane takes one group at a time")
        self._exchange = exchange
        try:
            self._continue(exchange, exchange.begin())
            while not exchange.is_over:
                await self._wait()
        except asyncio.CancelledError:
            exchange.broken(Reason.STOPPED)
            raise
        finally:
            self._exchange = None
            if not exchange.is_over or exchange.must_close:
                self.abort()

    def _continue(self, exchange: Exchange, data: bytes) -> None:
        wire = self._connected()
        if data:
            has_body = exchange.is_body_unanswered
            if has_body:
                reach("messaging.after_rcpt")
            wire.send(data)
            if has_body:
                reach("messaging.after_final_dot")
            relay = self._relay
            wire.expect_within(relay.answer_timeout if has_body else relay.command_timeout)
        elif exchange.is_over:
            wire.expect_within(math.inf)
            self._wake()

    def _on_reply(self, code: int, text: str) -> None:
        exchange = self._exchange
        if exchange is not None:
            self._continue(exchange, exchange.reply(code, text))
            return
        self._replies.append((code, text))
        if code == 421 and self._waiting is None:
            self.abort()
        self._wake()

    def _on_lost(self, silent: bool, text: str) -> None:
        reason = Reason.TIMEOUT if silent else Reason.DROPPED
        self._lost = (Reason.STOPPED if self._is_stopped else reason, text)
        if self._exchange is not None:
            self._exchange.broken(self._lost[0], 0, text)
        self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)

    async def _wait(self) -> None:
        self._waiting = asyncio.get_running_loop().create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    async def _handshake(self) -> None:
        relay = self._relay
        await self._connect()
        await self._expect("", Reason.GREETING)
        hello = await self._hello()
        if relay.tls is Tls.STARTTLS:
            await self._start_tls(hello)
            hello = await self._hello()
        if relay.username:
            await self._sign_in(hello)
        self._features = hello
        self._connected().expect_within(math.inf)

    async def _connect(self) -> None:
        relay = self._relay
        implicit = relay.tls is Tls.IMPLICIT
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(relay.connect_timeout) as self._connecting:
                _, self._wire = await loop.create_connection(
                    lambda: Wire(self._on_reply, self._on_lost),
                    relay.host,
                    relay.port,
                    ssl=self._context() if implicit else None,
                )
        except ssl.SSLError as failed:
            raise ConnectFailed(Reason.TLS, 0, str(failed)) from failed
        except OSError as failed:  # TimeoutError is one
            reason = Reason.STOPPED if self._is_stopped else Reason.CONNECT
            raise ConnectFailed(reason, 0, str(failed) or "no connection in time") from failed
        finally:
            self._connecting = None

    def _context(self) -> ssl.SSLContext:
        return self._relay.ssl_context or ssl.create_default_context()

    async def _hello(self) -> Features:
        code, text = await self._command(f"EHLO {self._relay.helo}", Reason.HELLO)
        if code != 250:
            await self._expect(f"HELO {self._relay.helo}", Reason.HELLO)
            return Features()
        features = Features.of(text)
        return features if self._relay.pipelining else features.without_pipelining()

    async def _start_tls(self, hello: Features) -> None:
        if not hello.starttls:
            raise ConnectFailed(Reason.TLS, 0, "the server does not offer STARTTLS")
        await self._expect("STARTTLS", Reason.TLS)
        wire = self._connected()
        if self._replies or wire.has_unread:
            # Words slipped in before the encryption would be believed after it.
            raise ConnectFailed(Reason.TLS, 0, "the server spoke before the encryption began")
        plain = wire.transport
        if plain is None or not wire.is_open:
            raise ConnectFailed(Reason.TLS, 0, "the connection ended before the encryption began")
        wire.expect_within(math.inf)
        try:
            wire.transport = await asyncio.get_running_loop().start_tls(
                plain,
                wire,
                self._context(),
                server_hostname=self._relay.host,
                ssl_handshake_timeout=self._relay.connect_timeout,
            )
        except OSError as failed:
            raise ConnectFailed(Reason.TLS, 0, str(failed)) from failed
        if wire.transport is None:
            raise ConnectFailed(Reason.TLS, 0, "the connection ended while encryption began")

    async def _sign_in(self, hello: Features) -> None:
        username, password = (
            self._relay.username.encode(),
            self._relay.password.encode(),
        )
        if "PLAIN" in hello.auth:
            secret = _base64(b"\0" + username + b"\0" + password)
            await self._expect(f"AUTH PLAIN {secret}", Reason.AUTH)
        elif "LOGIN" in hello.auth:
            await self._expect("AUTH LOGIN", Reason.AUTH, 334)
            await self._expect(_base64(username), Reason.AUTH, 334)
            await self._expect(_base64(password), Reason.AUTH)
        else:
            raise ConnectFailed(Reason.AUTH, 0, "the server offers neither AUTH PLAIN nor AUTH LOGIN")

    async def _expect(self, command: str, reason: Reason, wanted: int = 0) -> None:
        code, text = await self._command(command, reason)
        if code != wanted if wanted else not 200 <= code < 300:
            raise ConnectFailed(reason, code, text)

    async def _command(self, command: str, reason: Reason) -> tuple[int, str]:
        """One reply to one command, or to none for the greeting; raises ConnectFailed where none comes."""
        wire = self._connected()
        if command:
            wire.send(f"{command}\r\n".encode())
        wire.expect_within(self._relay.command_timeout)
        while not self._replies:
            if self._lost is not None:
                raise ConnectFailed(self._lost[0], 0, f"at {reason}: {self._lost[1]}")
            await self._wait()
        return self._replies.popleft()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
