"""An e-mail as bytes, built from a skeleton: everything that is the same for all messages is ready beforehand.

The standard library's EmailMessage takes about a millisecond a message; joining ready pieces takes some microseconds.
Lines of the finished message end in CRLF and hold 7-bit characters only, so every relay takes it as it is.
"""

import base64
import binascii
import hmac
import re
import struct
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from backoffice.messaging.addresses import check_address
from backoffice.messaging.wording_values import clean

_LINE = 76
# An encoded word has at most 75 characters, its line 76: 12 are the frame, base64 turns 3 bytes into 4 characters.
_WORD_BYTES = 45
# Never part of base64, so no body can hold it.
_BOUNDARY = b"=_standfast_="
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_UNSAFE = re.compile(r"[\x00-\x1f\x7f]")


class Skeleton:
    """The constant parts of all messages of one sender in one language. Cheap to keep, safe to share.

    sender: the From address, also the right envelope sender. reply_to: an address, or "" for none.
    language: the wording's, e.g. "zh-hant". Raises ProblemFound for an unusable address.
    """

    __slots__ = ("_after", "_before")

    def __init__(
        self,
        *,
        sender: str,
        sender_name: str = "",
        reply_to: str = "",
        language: str = "en",
    ) -> None:
        address = check_address(sender)
        name = _phrase(clean(sender_name))
        author = f"{name} <{address}>" if name else address
        constant = [f"From: {author}"]
        if reply_to:
            constant.append(f"Reply-To: {check_address(reply_to)}")
        constant += [
            f"Content-Language: {language}",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
        ]
        content_type = f'Content-Type: multipart/alternative; boundary="{_BOUNDARY.decode()}"'
        self._before = "\r\n".join([*constant, "To: "]).encode("ascii")
        self._after = f"\r\n{content_type}\r\n\r\n".encode("ascii") + _part_head("plain")

    def build(
        self,
        *,
        recipient: str,
        subject: str,
        message_id: str,
        date: datetime,
        text: str,
        html: str,
        unsubscribe_url: str = "",
    ) -> bytes:
        """One message to one recipient (canonical, see check_address). Bodies end their lines with a bare newline.

        unsubscribe_url: https, answers a one-click POST. Raises ValueError where a header would break its line.
        """
        if _UNSAFE.search(f"{recipient}{subject}{message_id}{unsubscribe_url}"):
            raise ValueError("a header value holds a control character")
        headers = f"{recipient}\r\nSubject: {_unstructured(subject)}\r\nMessage-ID: {message_id}\r\nDate: {_date(date)}"
        if unsubscribe_url:
            headers += f"\r\nList-Unsubscribe: <{unsubscribe_url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click"
        return b"".join(
            (
                self._before,
                headers.encode("ascii"),
                self._after,
                _base64(text),
                _MIDDLE,
                _base64(html),
                _END,
            )
        )


def message_id(number: int, *, key: bytes, domain: str) -> str:
    """<MAC.number@domain>: the same for every try of a message, and not to be guessed for another."""
    mac = hmac.digest(key, b"message-id:%d" % number, "sha256")[:12].hex()
    return f"<{mac}.{number}@{domain}>"


def _part_head(subtype: str) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return b"--" + _BOUNDARY + b"\r\n" + head.encode("ascii")


_MIDDLE = b"\r\n" + _part_head("html")
_END = b"\r\n--" + _BOUNDARY + b"--\r\n"


@lru_cache(maxsize=1024)
def _lines_of(length: int) -> Callable[[bytes], tuple[Any, ...]]:
    whole, rest = divmod(length, _LINE)
    return struct.Struct(f"{_LINE}s" * whole + (f"{rest}s" if rest else "")).unpack


def _base64(text: str) -> bytes:
    data = binascii.b2a_base64(text.replace("\n", "\r\n").encode(), newline=False)
    return b"\r\n".join(_lines_of(len(data))(data))


@lru_cache(maxsize=64)
def _date(moment: datetime) -> str:
    return format_datetime(moment)


def _unstructured(text: str) -> str:
    """A header's text: as it is when plain and short, folded at spaces when long, else RFC 2047 encoded words."""
    if "=?" not in text and _PLAIN.fullmatch(text):
        if len(text) <= _LINE - len("Subject: "):
            return text
        folded = _fold(text)
        if folded:
            return folded
    return _encoded_words(text) if text else ""


def _fold(text: str) -> str:
    lines: list[str] = []
    room = _LINE - len("Subject: ")
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = "", _LINE - 1
        line = f"{line} {word}" if line else word
        if len(line) > room:
            return ""
    return "\r\n ".join([*lines, line])


def _encoded_words(text: str) -> str:
    """Each word decodes by itself: it is cut between characters, never inside one."""
    data = text.encode()
    words: list[str] = []
    start, room = 0, _WORD_BYTES - len("Subject: ") // 4 * 3
    while start < len(data):
        end = start + room
        while end < len(data) and data[end] & 0xC0 == 0x80:
            end -= 1
        words.append(f"=?utf-8?b?{base64.b64encode(data[start:end]).decode()}?=")
        start, room = end, _WORD_BYTES
    return "\r\n ".join(words)


def _phrase(name: str) -> str:
    """A display name: bare, quoted, or encoded."""
    if name.isascii() and len(name) <= _LINE - len('Subject: ""'):
        if "=?" not in name and (not name or _ATOMS.fullmatch(name)):
            return name
        if "=?" not in name:
            return '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return _encoded_words(name)
