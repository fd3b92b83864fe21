"""The words of the SMTP lane: what goes in, what comes out, what the server offers."""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """SENT: the server took it. REJECTED_*: it said no, for good (5xx) or for now (4xx). NOT_SENT: it never left and
    may be released at once. UNCERTAIN: it left and no answer came."""

    SENT = "sent"
    REJECTED_PERMANENT = "rejected_permanent"
    REJECTED_TEMPORARY = "rejected_temporary"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"


class Reason(StrEnum):
    """Where it was decided: by the server at a step, by ourselves beforehand, or by what happened to the connection."""

    ACCEPTED = "accepted"
    SENDER = "sender"
    RECIPIENT = "recipient"
    DATA = "data"
    AFTER_DOT = "after_dot"
    SIZE = "size"
    ADDRESS = "address"
    EIGHT_BIT = "eight_bit"
    CONNECT = "connect"
    GREETING = "greeting"
    HELLO = "hello"
    TLS = "tls"
    AUTH = "auth"
    CLOSING = "closing"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    PROTOCOL = "protocol"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to one recipient. key: the caller's name for it. Addresses canonical; body as built by mime."""

    key: Any
    sender: str
    recipient: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Result:
    """What one message came to. code: the server's, 0 where it gave none. reply: its words, one line, shortened.

    at_hand: NOT_SENT because the connection failed after the server had begun with this very message. It should wait
    before its next try, or a message that breaks every connection would hold up whoever is grouped with it for ever.
    """

    key: Any
    outcome: Outcome
    reason: Reason
    code: int = 0
    reply: str = ""
    at_hand: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """What the server offered. size_limit in bytes, 0 for none."""

    pipelining: bool = False
    eight_bit: bool = False
    size: bool = False
    size_limit: int = 0
    starttls: bool = False
    auth: frozenset[str] = frozenset()

    @classmethod
    def of(cls, hello: str) -> "Features":
        """Reads the lines of an EHLO reply."""
        offered = {line.split(" ")[0].upper(): line.upper().split()[1:] for line in hello.split("\n")[1:] if line}
        limit = offered.get("SIZE", ["0"])
        return cls(
            pipelining="PIPELINING" in offered,
            eight_bit="8BITMIME" in offered,
            size="SIZE" in offered,
            size_limit=int(limit[0]) if limit and limit[0].isdecimal() else 0,
            starttls="STARTTLS" in offered,
            auth=frozenset(offered.get("AUTH", [])),
        )

    def without_pipelining(self) -> "Features":
        return replace(self, pipelining=False)
