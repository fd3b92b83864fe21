"""Replies are cut out of the stream however it arrives, and a stream that is not SMTP ends."""

import asyncio
from unittest.mock import create_autospec

import pytest
import uvloop

from backoffice.messaging.smtp_wire import Wire


def heard(*chunks: bytes) -> tuple[list[tuple[int, str]], list[tuple[bool, str]]]:
    replies: list[tuple[int, str]] = []
    losses: list[tuple[bool, str]] = []

    async def run() -> None:
        wire = Wire(lambda code, text: replies.append((code, text)), lambda silent, text: losses.append((silent, text)))
        wire.connection_made(create_autospec(asyncio.Transport, instance=True))
        for chunk in chunks:
            wire.data_received(chunk)

    uvloop.run(run())
    return replies, losses


STREAM = b"220 mx\r\n250-mx\r\n250-SIZE 10\r\n250 PIPELINING\r\n354\r\n250 \xc4\x85\r\n"
REPLIES = [(220, "mx"), (250, "mx\nSIZE 10\nPIPELINING"), (354, ""), (250, "ą")]


def test_replies_in_one_piece() -> None:
    assert heard(STREAM) == (REPLIES, [])


def test_replies_byte_by_byte() -> None:
    assert heard(*(STREAM[index : index + 1] for index in range(len(STREAM)))) == (REPLIES, [])


def test_a_bare_newline_ends_a_line_too() -> None:
    assert heard(b"250-a\n250 b\n")[0] == [(250, "a\nb")]


@pytest.mark.parametrize(
    "stream", [b"HTTP/1.1 200 OK\r\n", b"\r\n", b"25\r\n", b"2500 x\r\n", b"25x y\r\n", b"\xff" * 9000]
)
def test_what_is_not_smtp_ends_the_connection_once(stream: bytes) -> None:
    replies, losses = heard(stream, b"250 ok\r\n")
    assert replies == []
    assert len(losses) == 1


def test_a_reply_without_end_ends_the_connection() -> None:
    replies, losses = heard(b"250-x\r\n" * 500)
    assert (replies, len(losses)) == ([], 1)
