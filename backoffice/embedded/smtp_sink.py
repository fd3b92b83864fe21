"""An SMTP server on loopback that accepts every message, delivers none, and counts what came twice.

Fast enough (see `tests/embedded/test_smtp_sink.py`) to be no brake in a demo or a measurement, and a witness from
outside: it knows only what came over the wire. `XSTAT` answers `250 {"messages":…,"distinct":…,"duplicates":…}`, where
distinct counts pairs of recipient and Message-ID, and duplicates their repetitions.

    python -m backoffice.embedded.smtp_sink --port 0 --port-file sink.port --folder messages/
"""

import argparse
import asyncio
import hashlib
import json
import re
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

HOST = "127.0.0.1"
END = b"\r\n.\r\n"
MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
GREETING = b"220 sink ESMTP\r\n"
EHLO = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n"
OK = b"250 OK\r\n"
GO_ON = b"354 go on\r\n"
BYE = b"221 bye\r\n"
NO_RECIPIENT = b"503 name a recipient first\r\n"
UNKNOWN = b"502 unknown command\r\n"


@dataclass(frozen=True)
class Kept:
    """One message as it arrived."""

    recipients: tuple[str, ...]
    message_id: str
    body: bytes


@dataclass
class Ledger:
    """What arrived: how often each pair of recipient and Message-ID, and the last messages whole if asked to."""

    keep: int = 0
    folder: Path | None = None
    messages: int = 0
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    kept: deque[Kept] = field(init=False)
    lines: set[asyncio.Transport] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.kept = deque(maxlen=self.keep)

    def add(self, recipients: list[bytes], body: bytes) -> None:
        """Count one message; `body` is as on the wire, without the final dot."""
        self.messages += 1
        message_id = find_message_id(body)
        names = tuple(address.decode("utf-8", "replace") for address in recipients)
        for name in names:
            self.seen[name, message_id] += 1
        if self.keep or self.folder:
            plain = body.replace(b"\r\n..", b"\r\n.")
            self.kept.append(Kept(names, message_id, plain))
            if self.folder:
                (self.folder / f"{self.messages:08d}.eml").write_bytes(plain)

    def statistics(self) -> dict[str, int]:
        """Messages, distinct pairs of recipient and Message-ID, and repetitions of such a pair."""
        pairs = list(self.seen.values())
        return {"messages": self.messages, "distinct": len(pairs), "duplicates": sum(pairs) - len(pairs)}


def find_message_id(body: bytes) -> str:
    """The Message-ID in the header of `body`; a message without one is known by its content."""
    end = body.find(b"\r\n\r\n")
    header = body if end < 0 else body[:end]
    start = header.find(b"\r\nMessage-ID: ")  # as nearly everybody writes it, and much faster than the pattern
    found = MESSAGE_ID.match(header, start + 2) if start >= 0 else MESSAGE_ID.search(header)
    return found[1].decode("ascii", "replace") if found else f"sha256:{hashlib.sha256(body).hexdigest()}"


class SinkProtocol(asyncio.Protocol):
    """One connection. Everything in the buffer is answered with one write, which is what makes pipelining fast."""

    transport: asyncio.Transport

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.buffer = b""
        self.searched = 0  # how much of the message in the buffer is known not to hold its end
        self.recipients: list[bytes] = []
        self.in_message = False
        self.closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self.transport = cast("asyncio.Transport", transport)
        self.ledger.lines.add(self.transport)
        self.transport.write(GREETING)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection; a message that had not ended is not counted."""
        self.ledger.lines.discard(self.transport)

    def data_received(self, data: bytes) -> None:
        """Answer every complete command and message in the buffer."""
        self.buffer += data
        answers: list[bytes] = []
        at = 0
        while not self.closing:
            next_at = self._read_message(at, answers) if self.in_message else self._read_command(at, answers)
            if next_at < 0:
                break
            at = next_at
        self.buffer = self.buffer[at:]
        self.transport.write(b"".join(answers))
        if self.closing:
            self.transport.close()

    def _read_message(self, at: int, answers: list[bytes]) -> int:
        """Take the message that starts at `at`; returns where it ends, or -1 when its end has not arrived."""
        buffer = self.buffer
        # The line break before the first line is the one that ended DATA.
        end = at - 2 if buffer.startswith(b".\r\n", at) else buffer.find(END, max(at, at + self.searched - len(END)))
        if end < 0 and not buffer.startswith(b".\r\n", at):
            self.searched = len(buffer) - at
            return -1
        self.ledger.add(self.recipients, buffer[at : max(at, end)])
        self.recipients, self.in_message, self.searched = [], False, 0
        answers.append(OK)
        return end + len(END)

    def _read_command(self, at: int, answers: list[bytes]) -> int:
        """Answer the command that starts at `at`; returns where the next one starts, or -1 when it is not complete."""
        end = self.buffer.find(b"\r\n", at)
        if end < 0:
            return -1
        answers.append(self._answer(self.buffer[at:end]))
        return end + 2

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"RCPT":
            self.recipients.append(line[line.find(b"<") + 1 : line.rfind(b">")])
            return OK
        if verb == b"DATA":
            self.in_message = bool(self.recipients)
            return GO_ON if self.in_message else NO_RECIPIENT
        if verb in (b"MAIL", b"RSET"):
            self.recipients = []
            return OK
        return self._answer_rare(verb)

    def _answer_rare(self, verb: bytes) -> bytes:
        if verb in (b"EHLO", b"HELO"):
            return EHLO
        if verb == b"XSTA":
            return b"250 " + json.dumps(self.ledger.statistics()).encode() + b"\r\n"
        if verb == b"QUIT":
            self.closing = True
            return BYE
        return OK if verb == b"NOOP" else UNKNOWN


async def listen(ledger: Ledger, port: int = 0) -> asyncio.Server:
    """Listen on loopback; port 0 takes a free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(lambda: SinkProtocol(ledger), HOST, port, backlog=1024, reuse_address=True)


def port_of(server: asyncio.Server) -> int:
    """The port that `server` listens on."""
    return int(server.sockets[0].getsockname()[1])


@dataclass(frozen=True)
class Sink:
    """A sink that runs in a thread of this process."""

    port: int
    ledger: Ledger


@contextmanager
def running(*, port: int = 0, keep: int = 1000, folder: Path | None = None) -> Iterator[Sink]:
    """A sink for the time of a `with`; it keeps the last `keep` messages whole."""
    loop = asyncio.new_event_loop()
    ledger = Ledger(keep=keep, folder=folder)
    server = loop.run_until_complete(listen(ledger, port))
    thread = threading.Thread(target=loop.run_forever, name="smtp-sink", daemon=True)
    thread.start()
    try:
        yield Sink(port_of(server), ledger)
    finally:
        asyncio.run_coroutine_threadsafe(close(server, ledger), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def close(server: asyncio.Server, ledger: Ledger) -> None:
    """Close the listening socket and every connection."""
    server.close()
    for line in tuple(ledger.lines):
        line.abort()
    while ledger.lines:
        await asyncio.sleep(0)


async def serve(ledger: Ledger, port: int, port_file: Path | None) -> None:
    """Run until SIGTERM or SIGINT; the port is written to `port_file` once it listens."""
    server = await listen(ledger, port)
    number = str(port_of(server))
    if port_file:
        part = port_file.with_suffix(".part")
        part.write_text(number)
        part.replace(port_file)
    sys.stdout.write(f"listening on {HOST}:{number}\n")
    sys.stdout.flush()
    told = asyncio.Event()
    for parting in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(parting, told.set)
    await told.wait()
    await close(server, ledger)


def main(arguments: list[str] | None = None) -> None:
    """Run the sink as a program."""
    parser = argparse.ArgumentParser(description="Accept and count every message, deliver none.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--port-file", type=Path, help="where to write the port")
    parser.add_argument("--folder", type=Path, help="write every message to this folder")
    chosen = parser.parse_args(arguments)
    if chosen.folder:
        chosen.folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(serve(Ledger(folder=chosen.folder), chosen.port, chosen.port_file))


if __name__ == "__main__":
    main()
