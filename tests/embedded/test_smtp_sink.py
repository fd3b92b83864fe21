"""The sink accepts everything, delivers nothing, and counts what came twice."""

import json
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backoffice.embedded import places, smtp_sink
from backoffice.embedded.smtp_sink import Sink
from tests.embedded import kit


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A sink in this process."""
    with smtp_sink.running() as running:
        yield running


def message(message_id: str, text: str = "Hello") -> str:
    """A message as a client hands it over."""
    return f"From: shop@example.com\r\nTo: you@example.com\r\nMessage-ID: <{message_id}@example.com>\r\n\r\n{text}\r\n"


def ask(port: int) -> dict[str, int]:
    """What the sink answers to XSTAT."""
    with smtplib.SMTP("127.0.0.1", port) as client:
        code, answer = client.docmd("XSTAT")
    assert code == 250
    counts: dict[str, int] = json.loads(answer)
    return counts


def test_it_offers_what_the_relay_builds_on(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.ehlo()
        assert set(client.esmtp_features) == {"pipelining", "8bitmime", "smtputf8"}


def test_a_message_counts_once_for_each_recipient(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("shop@example.com", ["a@example.com", "b@example.com"], message("1"))

    assert ask(sink.port) == {"messages": 1, "distinct": 2, "duplicates": 0}


def test_only_the_same_recipient_and_message_id_again_is_a_duplicate(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.sendmail("shop@example.com", "a@example.com", message("1"))
        client.sendmail("shop@example.com", "b@example.com", message("1"))
        client.sendmail("shop@example.com", "a@example.com", message("2"))
        client.sendmail("shop@example.com", "a@example.com", message("1", text="Hello again"))

    assert ask(sink.port) == {"messages": 4, "distinct": 3, "duplicates": 1}


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"Message-ID: <1@x>\r\nTo: a@x", "<1@x>"),
        (b"To: a@x\r\nMessage-ID: <1@x>", "<1@x>"),
        (b"To: a@x\r\nmessage-id:<1@x>", "<1@x>"),
        (b"To: a@x\r\nMessage-ID: \r\n <1@x>\r\nFrom: b@x", "<1@x>"),
    ],
)
def test_a_message_id_is_found_however_it_is_written(header: bytes, expected: str) -> None:
    assert smtp_sink.find_message_id(header + b"\r\n\r\nMessage-ID: <2@x>\r\n") == expected


def test_messages_without_an_id_are_known_by_their_content(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        for text in ("one", "two", "one"):
            client.sendmail("shop@example.com", "a@example.com", f"Subject: x\r\n\r\n{text}\r\n")

    assert ask(sink.port) == {"messages": 3, "distinct": 2, "duplicates": 1}


def test_the_last_messages_are_kept_as_they_were_written() -> None:
    with smtp_sink.running(keep=1) as sink:
        with smtplib.SMTP("127.0.0.1", sink.port) as client:
            client.sendmail("shop@example.com", "a@example.com", message("1"))
            client.sendmail("shop@example.com", "b@example.com", message("2", text=".dotted\r\n..twice"))
        (kept,) = sink.ledger.kept

    assert (kept.recipients, kept.message_id) == (("b@example.com",), "<2@example.com>")
    assert kept.body.endswith(b"\r\n\r\n.dotted\r\n..twice")


def test_pipelined_messages_are_each_answered_in_order_however_they_are_cut(sink: Sink) -> None:
    envelope = "MAIL FROM:<s@x> BODY=8BITMIME\r\nRCPT TO:<{name}@x>\r\nDATA\r\n"
    stream = "".join(envelope.format(name=name) + message(name) + ".\r\n" for name in ("a", "b"))
    with socket.create_connection(("127.0.0.1", sink.port)) as line, line.makefile("rb") as answers:
        for byte in stream.encode():
            line.sendall(bytes([byte]))
        line.sendall(stream.encode() + b"QUIT\r\n")
        codes = [answer[:3] for answer in answers]

    assert codes == [b"220", *[b"250", b"250", b"354", b"250"] * 4, b"221"]
    assert sink.ledger.statistics() == {"messages": 4, "distinct": 2, "duplicates": 2}


def test_an_empty_message_ends_at_its_dot(sink: Sink) -> None:
    with socket.create_connection(("127.0.0.1", sink.port)) as line, line.makefile("rb") as answers:
        line.sendall(b"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\n.\r\nQUIT\r\n")
        assert [answer[:3] for answer in answers] == [b"220", b"250", b"250", b"354", b"250", b"221"]
    assert sink.ledger.messages == 1


def test_a_message_cut_off_before_its_dot_does_not_count(sink: Sink) -> None:
    with socket.create_connection(("127.0.0.1", sink.port)) as line:
        line.sendall(b"MAIL FROM:<s@x>\r\nRCPT TO:<a@x>\r\nDATA\r\nMessage-ID: <1@x>\r\n\r\nhalf")

    assert ask(sink.port)["messages"] == 0


def test_data_without_a_recipient_is_refused(sink: Sink) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as client:
        client.docmd("MAIL FROM:<s@x>")
        assert client.docmd("DATA")[0] == 503
        assert client.docmd("VRFY you")[0] == 502


def test_as_a_program_it_tells_its_port_and_writes_every_message(tmp_path: Path) -> None:
    port_file, folder = tmp_path / "port", tmp_path / "messages"
    command = [sys.executable, "-m", smtp_sink.__name__, "--port-file", str(port_file), "--folder", str(folder)]
    with subprocess.Popen(command, cwd=places.PROJECT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"listening on 127.0.0.1:")
        port = int(port_file.read_text())
        with smtplib.SMTP("127.0.0.1", port) as client:
            client.sendmail("shop@example.com", "a@example.com", message("1"))
        assert ask(port) == {"messages": 1, "distinct": 1, "duplicates": 0}
        process.terminate()
        assert process.wait(kit.PATIENCE) == 0

    assert [path.read_bytes() for path in folder.iterdir()] == [message("1").removesuffix("\r\n").encode()]
