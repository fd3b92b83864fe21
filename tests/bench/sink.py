"""The mail server of a measurement: in C where there is a compiler, else the product's own sink."""

import json
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backoffice.embedded.process import die_with_parent

SOURCE = Path(__file__).with_name("sink.c")
PIPELINED = 50


@dataclass(frozen=True, slots=True)
class Sink:
    """is_c: whether it is the fast one, which alone can delay and tell how long the messages took to arrive."""

    port: int
    is_c: bool

    def count(self) -> int:
        """Messages that arrived so far."""
        return self._ask()[0]

    def seconds(self) -> float:
        """From the first message to the last."""
        return self._ask()[1] / 1e6

    def _ask(self) -> tuple[int, int]:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as line:
            _code, answer = line.docmd("XCOUNT" if self.is_c else "XSTAT")
        if not self.is_c:
            return int(json.loads(answer)["messages"]), 0
        messages, duration = answer.split()
        return int(messages), int(duration)

    def alone(self, body: bytes, messages: int) -> float:
        """Messages a second that it takes when nobody does anything but send, pipelined on one connection."""
        item = b"MAIL FROM:<a@bench.example>\r\nRCPT TO:<b@bench.example>\r\nDATA\r\n"
        block = (item + body + b"\r\n.\r\n") * PIPELINED
        with socket.create_connection(("127.0.0.1", self.port)) as line, line.makefile("rb") as answers:
            answers.readline()
            began = time.monotonic()
            for _block in range(messages // PIPELINED):
                line.sendall(block)
                for _answer in range(4 * PIPELINED):
                    answers.readline()
            return messages // PIPELINED * PIPELINED / (time.monotonic() - began)


@contextmanager
def running(folder: Path, *, delay: float = 0.0) -> Iterator[Sink]:
    """A sink for the time of a `with`. delay: seconds before each yes; only where there is a compiler."""
    port_file = folder / f"sink-{time.monotonic_ns()}.port"
    program = build(folder)
    if program is None and delay:
        raise RuntimeError("A mail server with a delay needs a C compiler: install gcc.")
    own = [sys.executable, "-m", "backoffice.embedded.smtp_sink", "--port-file", str(port_file)]
    command = [str(program), str(port_file), str(round(delay * 1e6))] if program else own
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, preexec_fn=die_with_parent(signal.SIGKILL))  # noqa: PLW1509
    try:
        while not (port_file.exists() and port_file.read_text().strip()):
            if process.poll() is not None:
                raise RuntimeError("The sink did not start.")
            time.sleep(0.01)
        yield Sink(int(port_file.read_text()), program is not None)
    finally:
        process.kill()
        process.wait()


def build(folder: Path) -> Path | None:
    """The program in `folder`, compiled when it is not there; None without a compiler."""
    program, compiler = folder / "sink", shutil.which("gcc") or shutil.which("cc")
    if compiler and not program.exists():
        command = [compiler, "-O2", "-D_GNU_SOURCE", "-o", str(program), str(SOURCE)]
        subprocess.run(command, check=True)
    return program if compiler else None
