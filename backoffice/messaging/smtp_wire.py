"""The bytes of one SMTP connection: replies are cut out of the stream, and silence has an end."""

import asyncio
import math
from collections.abc import Callable
from typing import cast

_MAX_LINE = 8192
_MAX_LINES = 200
_CODES = {b"%d" % code: code for code in range(200, 600)}
_SEPARATORS = frozenset({b" ", b"-", b"\r", b""})

# What the wire tells its listener: a whole reply, or that there will be no more.
OnReply = Callable[[int, str], None]
OnLost = Callable[[bool, str], None]


class Wire(asyncio.Protocol):
    """Whole replies go to `on_reply`, the end of the connection once to `on_lost` (True for silence, and a text).

    The lines of a long reply arrive joined by a newline.
    """

    def __init__(self, on_reply: OnReply, on_lost: OnLost) -> None:
        self._on_reply = on_reply
        self._on_lost: OnLost | None = on_lost
        self._loop = asyncio.get_running_loop()
        self._partial = b""
        self._lines: list[bytes] = []
        self._patience = math.inf
        self._deadline = math.inf
        self._watch: asyncio.TimerHandle | None = None
        self.transport: asyncio.Transport | None = None

    @property
    def is_open(self) -> bool:
        return self._on_lost is not None and self.transport is not None and not self.transport.is_closing()

    @property
    def has_unread(self) -> bool:
        return bool(self._partial or self._lines)

    def send(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    def expect_within(self, seconds: float) -> None:
        """Silence for this long, from now and again after each reply, ends the connection; math.inf: never."""
        self._patience = seconds
        self._deadline = self._loop.time() + seconds
        if self._watch is None:
            if seconds < math.inf:
                self._watch = self._loop.call_at(self._deadline, self._look)
        elif self._watch.when() > self._deadline:
            self._watch.cancel()
            self._watch = self._loop.call_at(self._deadline, self._look)

    def abort(self, text: str = "", *, silent: bool = False) -> None:
        """Closes at once and tells the listener, if it does not know yet."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        if self.transport is not None:
            self.transport.abort()
        on_lost, self._on_lost = self._on_lost, None
        if on_lost is not None:
            on_lost(silent, text)

    def _look(self) -> None:
        # One timer a connection, moved on when it fires: cheaper than a new one for every command.
        self._watch = None
        if self._deadline == math.inf:
            return
        if self._loop.time() >= self._deadline:
            self.abort("no answer in time", silent=True)
        else:
            self._watch = self._loop.call_at(self._deadline, self._look)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.abort(str(exc) if exc else "the server closed the connection")

    def data_received(self, data: bytes) -> None:
        *lines, self._partial = (self._partial + data).split(b"\n")
        for line in lines:
            if self._on_lost is None:
                return
            self._line(line)
        if len(self._partial) > _MAX_LINE or len(self._lines) > _MAX_LINES:
            self.abort("the server's reply does not end")

    def _line(self, line: bytes) -> None:
        code, more = _CODES.get(line[:3]), line[3:4]
        if code is None or more not in _SEPARATORS:
            self.abort("the server does not speak SMTP")
            return
        text = line[4:].rstrip(b"\r")
        if self._lines or more == b"-":
            self._lines.append(text)
            if more == b"-":
                return
            text = b"\n".join(self._lines)
            self._lines = []
        self._deadline = self._loop.time() + self._patience
        self._on_reply(code, text.decode("utf-8", "replace"))
