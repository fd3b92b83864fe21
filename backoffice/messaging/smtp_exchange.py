"""What is said on an SMTP connection to send some messages, and what each message came to. No input or output here.

The one question that matters after any failure is whether a message may be sent again. It may, until its body is
handed to the network; from then on only the server's own answer tells, and without one the outcome is `uncertain`.
"""

import re
from collections import deque
from collections.abc import Callable, Sequence

from backoffice.messaging.smtp_types import Features, Outcome, Outgoing, Reason, Result
from backoffice.messaging.wording_values import clean

MAX_REPLY = 300
_ENVELOPE_ADDRESS = re.compile(r"[!-;=?-~]+@[!-;=?-~]+")
_BARE_BREAK = re.compile(rb"\r\n|\r|\n")
# "Authentication required" and its kin: a matter of our account, never of the message.
_AUTH_CODES = frozenset({530, 534, 535, 538})
_FAILURES = frozenset({Reason.TIMEOUT, Reason.DROPPED, Reason.PROTOCOL})
# A no to the sender or the recipient that waits for the answer to DATA.
_Refusal = tuple[int, str, Reason]


def dot_stuffed(body: bytes) -> bytes:
    """The body as it travels, with the final dot. Every line ends in CRLF: some servers take a bare break followed by
    a dot for the end, and what comes after it for a message of its own."""
    breaks = body.count(b"\r\n")
    if body.count(b"\n") != breaks or body.count(b"\r") != breaks:
        body = _BARE_BREAK.sub(b"\r\n", body)
    if b"\r\n." in body:
        body = body.replace(b"\r\n.", b"\r\n..")
    if body.startswith(b"."):
        body = b"." + body
    return body + (b".\r\n" if body.endswith(b"\r\n") else b"\r\n.\r\n")


class Exchange:
    """One group of messages on one connection, in order, driven by the server's replies.

    `begin` and `reply` return the bytes to hand to the network at once; `broken` ends it early. After either,
    `is_over` tells whether every message has its result and no reply is due. At most one body is unanswered at a time.
    """

    def __init__(
        self,
        items: Sequence[Outgoing],
        features: Features,
        on_result: Callable[[Result], None],
    ) -> None:
        self._items = items
        self._features = features
        self._on_result = on_result
        self._found: list[Result | None] = [None] * len(items)
        self._unsettled = len(items)
        self._expected: deque[Callable[[int, str], bytes]] = deque()
        self._envelope = 0  # the message whose sender and recipient are being agreed
        self._begun = -1  # the message whose sender was accepted last
        self._next = 0
        self._left = -1  # the message whose body is unanswered
        self._refusal: _Refusal | None = None
        self.must_close = False

    @property
    def is_over(self) -> bool:
        return not self._unsettled and not self._expected

    @property
    def is_body_unanswered(self) -> bool:
        return self._left >= 0

    @property
    def results(self) -> list[Result]:
        return [found for found in self._found if found is not None]

    def begin(self) -> bytes:
        return self._open_next()

    def reply(self, code: int, text: str) -> bytes:
        if not self._expected:
            return self._close(Reason.CLOSING if code == 421 else Reason.PROTOCOL, code, text)
        return self._expected.popleft()(code, text)

    def broken(self, reason: Reason, code: int = 0, text: str = "") -> None:
        """The connection is gone: whoever has no result gets one."""
        self.must_close = True
        self._expected.clear()
        if self._refusal and self._found[self._envelope] is None:
            refused, words, step = self._refusal
            self._settle(self._envelope, _rejection(refused), step, refused, words)
        left, self._left = self._left, -1
        for index, found in enumerate(self._found):
            if found is None and index == left:
                self._settle(index, Outcome.UNCERTAIN, reason, code, text)
            elif found is None:
                at_hand = index == self._begun and reason in _FAILURES
                self._settle(index, Outcome.NOT_SENT, reason, code, text, at_hand=at_hand)

    def _close(self, reason: Reason, code: int, text: str) -> bytes:
        self.broken(reason, code, text)
        return b""

    def _settle(
        self, index: int, outcome: Outcome, reason: Reason, code: int, text: str, *, at_hand: bool = False
    ) -> None:
        result = Result(self._items[index].key, outcome, reason, code, clean(text)[:MAX_REPLY], at_hand)
        self._found[index] = result
        self._unsettled -= 1
        self._on_result(result)

    def _open_next(self) -> bytes:
        """The envelope of the next message that has a chance here; nothing when there is none."""
        while self._next < len(self._items):
            self._envelope = self._next
            self._next += 1
            item = self._items[self._envelope]
            hopeless = self._hopeless(item)
            if hopeless:
                self._settle(
                    self._envelope,
                    Outcome.REJECTED_PERMANENT,
                    hopeless[0],
                    hopeless[1],
                    hopeless[2],
                )
                continue
            self._refusal = None
            if self._features.pipelining:
                self._expected.extend((self._on_mail, self._on_rcpt, self._on_data))
                return self._mail(item) + self._rcpt(item) + b"DATA\r\n"
            self._expected.append(self._on_mail)
            return self._mail(item)
        return b""

    def _hopeless(self, item: Outgoing) -> tuple[Reason, int, str] | None:
        if not (_ENVELOPE_ADDRESS.fullmatch(item.sender) and _ENVELOPE_ADDRESS.fullmatch(item.recipient)):
            return Reason.ADDRESS, 0, "the address cannot stand in an SMTP command"
        limit = self._features.size_limit
        if limit and len(item.body) > limit:
            return (
                Reason.SIZE,
                552,
                f"the message has {len(item.body)} bytes, the server takes {limit}",
            )
        if not self._features.eight_bit and not item.body.isascii():
            return Reason.EIGHT_BIT, 0, "the server takes plain characters only"
        return None

    def _mail(self, item: Outgoing) -> bytes:
        size = f" SIZE={len(item.body)}" if self._features.size else ""
        body = "" if item.body.isascii() else " BODY=8BITMIME"
        return f"MAIL FROM:<{item.sender}>{size}{body}\r\n".encode("ascii")

    def _rcpt(self, item: Outgoing) -> bytes:
        return f"RCPT TO:<{item.recipient}>\r\n".encode("ascii")

    def _on_mail(self, code: int, text: str) -> bytes:
        if 200 <= code < 300:
            self._begun = self._envelope
            if self._features.pipelining:
                return b""
            self._expected.append(self._on_rcpt)
            return self._rcpt(self._items[self._envelope])
        return self._refused(code, text, Reason.SENDER)

    def _on_rcpt(self, code: int, text: str) -> bytes:
        if self._refusal:
            return self._refused_before(code, text)
        if 200 <= code < 300:
            if self._features.pipelining:
                return b""
            self._expected.append(self._on_data)
            return b"DATA\r\n"
        return self._refused(code, text, Reason.RECIPIENT)

    def _on_data(self, code: int, text: str) -> bytes:
        if self._refusal:
            return self._refused_before(code, text) if code == 421 else self._refused_envelope(self._refusal, code)
        if code != 354:
            if self._is_fatal(code):
                return self._fatal(code, text, Reason.DATA)
            return self._rejected(self._envelope, code, text, Reason.DATA)
        self._left = self._envelope
        self._expected.append(self._on_dot)
        body = dot_stuffed(self._items[self._envelope].body)
        return body + self._open_next() if self._features.pipelining else body

    def _on_dot(self, code: int, text: str) -> bytes:
        if not 200 <= code < 300 and not 400 <= code < 600:
            return self._close(Reason.PROTOCOL, code, text)
        index, self._left = self._left, -1
        if code < 300:
            self._settle(index, Outcome.SENT, Reason.ACCEPTED, code, text)
        elif code in _AUTH_CODES:
            self._settle(index, Outcome.NOT_SENT, Reason.AUTH, code, text)
            return self._close(Reason.AUTH, code, text)
        else:
            self._settle(index, _rejection(code), Reason.AFTER_DOT, code, text)
            if code == 421:
                return self._close(Reason.CLOSING, code, text)
        return b"" if self._features.pipelining else self._open_next()

    def _on_reset(self, code: int, text: str) -> bytes:
        if not 200 <= code < 300:
            return self._close(Reason.CLOSING if code == 421 else Reason.PROTOCOL, code, text)
        return b"" if self._features.pipelining else self._open_next()

    def _on_anything(self, code: int, text: str) -> bytes:
        return self._close(Reason.CLOSING, code, text) if code == 421 else b""

    def _refused(self, code: int, text: str, reason: Reason) -> bytes:
        """A no to the sender or the recipient. With DATA under way it is kept until DATA is answered."""
        if self._is_fatal(code):
            return self._fatal(code, text, reason)
        if self._features.pipelining:
            self._refusal = (code, text, reason)
            return b""
        return self._rejected(self._envelope, code, text, reason)

    def _is_fatal(self, code: int) -> bool:
        return code == 421 or code in _AUTH_CODES or not 400 <= code < 600

    def _fatal(self, code: int, text: str, reason: Reason) -> bytes:
        """Ends the connection. 421 is also an answer to the message at hand, so that it waits before its next try."""
        if code == 421:
            self._settle(self._envelope, Outcome.REJECTED_TEMPORARY, reason, code, text)
            return self._close(Reason.CLOSING, code, text)
        return self._close(Reason.AUTH if code in _AUTH_CODES else Reason.PROTOCOL, code, text)

    def _refused_before(self, code: int, text: str) -> bytes:
        """Answers to the rest of a refused envelope say nothing, except that the server leaves."""
        return self._close(Reason.CLOSING, code, text) if code == 421 else b""

    def _refused_envelope(self, refusal: _Refusal, code: int) -> bytes:
        """A server may wait for a body although it refused the recipient: it gets an empty one, for nobody."""
        refused, words, reason = refusal
        if code != 354:
            return self._rejected(self._envelope, refused, words, reason)
        self._expected.append(self._on_anything)
        return b".\r\n" + self._rejected(self._envelope, refused, words, reason)

    def _rejected(self, index: int, code: int, text: str, reason: Reason) -> bytes:
        """The server may still hold half an envelope, which would make it refuse the next: RSET clears it."""
        self._settle(index, _rejection(code), reason, code, text)
        self._expected.append(self._on_reset)
        return b"RSET\r\n" + (self._open_next() if self._features.pipelining else b"")


def _rejection(code: int) -> Outcome:
    return Outcome.REJECTED_TEMPORARY if code < 500 else Outcome.REJECTED_PERMANENT
