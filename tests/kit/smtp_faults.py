"""An SMTP server that fails on purpose, on loopback, in a thread of its own.

    with FaultServer(Fault.RCPT_451) as server: ...                       every message meets the fault
    with FaultServer(by_recipient={"b@example.com": Fault.DATA_552}): ...  only this recipient does
    with FaultServer(at={3: Fault.DROP_AFTER_DOT_LOST}): ...               only the third message does (from 1)

`server.fault = Fault.NONE` mends it while it runs; `server.delay` seconds pass before each yes. `server.accepted` holds
what a real server would have delivered, also where the client was never told.
"""

import asyncio
import base64
import re
import socket
import ssl
import struct
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self


class Fault(StrEnum):
    NONE = "none"
    # Of the connection.
    GREET_421 = "greet 421"
    GREET_554 = "greet 554"
    GREET_HANG = "greet hang"
    GREET_GARBAGE = "greet garbage"
    GREET_DROP = "greet drop"
    HELLO_HANG = "hello hang"
    STARTTLS_INJECT = "starttls inject"
    AUTH_535 = "auth 535"
    QUIT_DROP = "quit drop"
    # Of one message.
    MAIL_421 = "mail 421"
    MAIL_452 = "mail 452"
    MAIL_530 = "mail 530"
    MAIL_553 = "mail 553"
    RCPT_421 = "rcpt 421"
    RCPT_450 = "rcpt 450"
    RCPT_451 = "rcpt 451"
    RCPT_550 = "rcpt 550"
    RCPT_552 = "rcpt 552"
    RCPT_553 = "rcpt 553"
    RCPT_550_THEN_354 = "rcpt 550 then 354"
    RCPT_550_THEN_DROP = "rcpt 550 then drop"
    RCPT_HANG = "rcpt hang"
    RCPT_DROP = "rcpt drop"
    DATA_451 = "data 451"
    DATA_554 = "data 554"
    DATA_HANG = "data hang"
    DATA_DROP = "data drop"
    RESET_MID_BODY = "reset mid body"
    DOT_421 = "dot 421"
    DOT_451 = "dot 451"
    DOT_530 = "dot 530"
    DOT_552 = "dot 552"
    DOT_554 = "dot 554"
    DOT_HANG = "dot hang"
    DOT_GARBAGE = "dot garbage"
    DROP_AFTER_DOT_ACCEPTED = "drop after dot, accepted"
    DROP_AFTER_DOT_LOST = "drop after dot, lost"


_REPLIES = {
    "421": "421 4.3.2 closing",
    "450": "450 4.2.1 greylisted",
    "451": "451 4.7.1 try later",
    "452": "452 4.3.1 too full",
    "530": "530 5.7.0 authentication needed",
    "550": "550 5.1.1 no such user",
    "552": "552 5.2.2 over quota",
    "553": "553 5.1.3 bad address",
    "554": "554 5.7.1 refused",
}
_MESSAGE_ID = re.compile(rb"^message-id:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One message the server took: body as the client meant it, without dot-stuffing."""

    recipient: str
    message_id: str
    body: bytes


class _Hangup(Exception):
    """The server ends this connection."""


class FaultServer:
    """Listens from the moment it is entered; `port` is then known. Counters may be read at any time."""

    def __init__(
        self,
        fault: Fault = Fault.NONE,
        *,
        by_recipient: Mapping[str, Fault] | None = None,
        at: Mapping[int, Fault] | None = None,
        pipelining: bool = True,
        size_limit: int = 10_000_000,
        login: tuple[str, str] | None = None,
        auth: str = "PLAIN LOGIN",
        tls: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        port: int = 0,
        delay: float = 0.0,
    ) -> None:
        self.fault = fault
        self.by_recipient = dict(by_recipient or {})
        self.at = dict(at or {})
        self.pipelining = pipelining
        self.size_limit = size_limit
        self.login = login
        self.auth = auth
        self.tls = tls
        self.implicit_tls = implicit_tls
        self.port = port
        self.delay = delay
        self.accepted: list[Accepted] = []
        self.commands: list[str] = []
        self.connections = 0
        self.messages = 0
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="smtp-faults", daemon=True)
        self._loop: asyncio.AbstractEventLoop
        self._stopping: asyncio.Event

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(10):
            raise RuntimeError("the fault server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def recipients(self) -> list[str]:
        return [message.recipient for message in self.accepted]

    def duplicates(self) -> int:
        """Messages that came more than once, by recipient and Message-ID."""
        return len(self.accepted) - len({(message.recipient, message.message_id) for message in self.accepted})

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        sessions: set[asyncio.Task[None]] = set()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.create_task(_Session(self, reader, writer, self._stopping).run())
            sessions.add(task)
            task.add_done_callback(sessions.discard)

        server = await asyncio.start_server(
            connected, "127.0.0.1", self.port, ssl=self.tls if self.implicit_tls else None, backlog=1024
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in sessions:
            task.cancel()
        await asyncio.gather(*sessions, return_exceptions=True)


class _Session:
    def __init__(
        self,
        server: FaultServer,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        stopping: asyncio.Event,
    ) -> None:
        self._server = server
        self._reader = reader
        self._writer = writer
        self._stopping = stopping
        self._fault = Fault.NONE
        self._has_sender = False
        self._recipient = ""

    async def run(self) -> None:
        self._server.connections += 1
        try:
            await self._greet()
            while line := await self._reader.readline():
                await self._command(line.decode("latin-1").strip())
        except (_Hangup, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writer.transport.abort()

    async def _say(self, *lines: str) -> None:
        self._writer.write("".join(f"{line}\r\n" for line in lines).encode())
        await self._writer.drain()

    async def _hang(self) -> None:
        await self._stopping.wait()
        raise _Hangup

    async def _leave(self, reply: str) -> None:
        await self._say(reply)
        raise _Hangup

    async def _greet(self) -> None:
        match self._server.fault:
            case Fault.GREET_HANG:
                await self._hang()
            case Fault.GREET_421 | Fault.GREET_554 as fault:
                await self._leave(_REPLIES[fault[-3:]])
            case Fault.GREET_GARBAGE:
                await self._leave("HTTP/1.1 400 Bad Request")
            case Fault.GREET_DROP:
                raise _Hangup
        await self._say("220 faults ESMTP")

    async def _command(self, line: str) -> None:
        verb = line.upper().split(" ")[0].split(":")[0]
        self._server.commands.append(line)
        handler = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._rset,
            "QUIT": self._quit,
        }.get(verb)
        if handler is None:
            await self._say("502 5.5.2 unknown command")
        else:
            await handler(line)

    async def _ehlo(self, line: str) -> None:
        if self._server.fault is Fault.HELLO_HANG:
            await self._hang()
        offers = [f"SIZE {self._server.size_limit}", "8BITMIME"]
        if self._server.pipelining:
            offers.append("PIPELINING")
        if self._server.login:
            offers.append(f"AUTH {self._server.auth}")
        if self._server.tls and not self._server.implicit_tls:
            offers.append("STARTTLS")
        await self._say("250-faults", *(f"250-{offer}" for offer in offers[:-1]), f"250 {offers[-1]}")

    async def _starttls(self, line: str) -> None:
        assert self._server.tls is not None
        if self._server.fault is Fault.STARTTLS_INJECT:
            await self._leave("220 go ahead\r\n250 slipped in")
        await self._say("220 go ahead")
        await self._writer.start_tls(self._server.tls)

    async def _auth(self, line: str) -> None:
        if self._server.fault is Fault.AUTH_535 or self._server.login is None:
            await self._say("535 5.7.8 wrong name or password")
            return
        name, password = (text.encode() for text in self._server.login)
        given = line.split(" ")[2:]
        if line.upper().startswith("AUTH LOGIN"):
            await self._say("334 VXNlcm5hbWU6")
            first = _unbase64(await self._reader.readline())
            await self._say("334 UGFzc3dvcmQ6")
            good = (first, _unbase64(await self._reader.readline())) == (name, password)
        else:
            good = bool(given) and _unbase64(given[0].encode()) == b"\0" + name + b"\0" + password
        await self._say("235 2.7.0 welcome" if good else "535 5.7.8 wrong name or password")

    async def _mail(self, line: str) -> None:
        self._server.messages += 1
        self._fault = self._server.at.get(self._server.messages, self._server.fault)
        if self._has_sender:
            await self._say("503 5.5.1 nested MAIL")
        elif self._fault is Fault.MAIL_421:
            await self._leave(_REPLIES["421"])
        elif self._fault.startswith("mail "):
            await self._say(_REPLIES[self._fault[-3:]])
        else:
            self._has_sender = True
            await self._say("250 2.1.0 ok")

    async def _rcpt(self, line: str) -> None:
        found = re.search(r"<(.*)>", line)
        recipient = found[1] if found else ""
        self._fault = self._server.by_recipient.get(recipient, self._fault)
        if not self._has_sender:
            await self._say("503 5.5.1 MAIL first")
        elif self._fault is Fault.RCPT_HANG:
            await self._hang()
        elif self._fault is Fault.RCPT_DROP:
            raise _Hangup
        elif self._fault is Fault.RCPT_421:
            await self._leave(_REPLIES["421"])
        elif self._fault.startswith("rcpt "):
            await self._say(_REPLIES[self._fault[5:8]])
            if self._fault is Fault.RCPT_550_THEN_DROP:
                raise _Hangup
        else:
            self._recipient = recipient
            await self._say("250 2.1.5 ok")

    async def _data(self, line: str) -> None:
        if not self._recipient and self._fault is not Fault.RCPT_550_THEN_354:
            await self._say("503 5.5.1 RCPT first")
            return
        match self._fault:
            case Fault.DATA_HANG:
                await self._hang()
            case Fault.DATA_DROP:
                raise _Hangup
            case Fault.DATA_451 | Fault.DATA_554 as fault:
                await self._say(_REPLIES[fault[-3:]])
                return
        await self._say("354 go ahead")
        if self._fault is Fault.RESET_MID_BODY:
            await self._reader.read(20)
            self._reset_connection()
        body = await self._body()
        recipient, self._recipient, self._has_sender = self._recipient, "", False
        if not recipient:
            await self._say("554 5.5.1 no recipients")
        else:
            await self._after_dot(recipient, body)

    async def _after_dot(self, recipient: str, body: bytes) -> None:
        fault = self._fault
        if fault in (Fault.DOT_451, Fault.DOT_530, Fault.DOT_552, Fault.DOT_554):
            await self._say(_REPLIES[fault[-3:]])
            return
        if fault is Fault.DOT_421:
            await self._leave(_REPLIES["421"])
        if fault is Fault.DROP_AFTER_DOT_LOST:
            raise _Hangup
        found = _MESSAGE_ID.search(body)
        self._server.accepted.append(Accepted(recipient, found[1].decode() if found else "", body))
        if fault is Fault.DROP_AFTER_DOT_ACCEPTED:
            raise _Hangup
        if fault is Fault.DOT_HANG:
            await self._hang()
        await asyncio.sleep(self._server.delay)
        await self._say("what?" if fault is Fault.DOT_GARBAGE else "250 2.0.0 queued")

    async def _body(self) -> bytes:
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    def _reset_connection(self) -> None:
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise _Hangup

    async def _rset(self, line: str) -> None:
        self._has_sender, self._recipient = False, ""
        await self._say("250 2.0.0 ok")

    async def _quit(self, line: str) -> None:
        if self._server.fault is Fault.QUIT_DROP:
            raise _Hangup
        await self._leave("221 2.0.0 bye")


def _unbase64(text: bytes) -> bytes:
    return base64.b64decode(text.strip())
