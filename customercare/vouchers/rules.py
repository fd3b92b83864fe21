"""Voucher codes and voucher arithmetic: pure, exact, without a database."""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

# No vowels, so that no word can appear; of each pair that looks alike (0 O, 1 I L, 2 Z, 5 S, 6 G, 8 B) the digit stays.
ALPHABET: Final = "23456789CDFHJKMNPRTVWX"
CODE_LENGTH: Final = 16
GROUP: Final = 4
LAST_SHOWN: Final = 4
TYPED_AT_MOST: Final = 64

_READ_AS: Final = str.maketrans({"Z": "2", "S": "5", "G": "6", "B": "8"})
_SYMBOLS: Final = frozenset(ALPHABET)
# 128 bits for 71: so many more that no symbol is likelier than another.
_BYTES_USED: Final = 16
_PAIRS: Final = tuple(first + second for first in ALPHABET for second in ALPHABET)


# --- Codes ----------------------------------------------------------------------------------------


def shop_key(master: str, store_id: int) -> bytes:
    """One shop's own key, so that the same voucher number in two shops never shares a code."""
    return _mac(master.encode(), f"voucher code {store_id}")


def lookup_key(master: str) -> bytes:
    """The key under which codes and contacts are hashed for finding them again."""
    return _mac(master.encode(), "voucher lookup")


def code_for(voucher_id: int, key: bytes) -> str:
    """The bare 16 symbols of a voucher (71 bits), always the same for the same key. `grouped` makes it readable."""
    number = int.from_bytes(_mac(key, str(voucher_id))[:_BYTES_USED], "big")
    pairs = []
    for _place in range(CODE_LENGTH // 2):
        number, pair = divmod(number, len(_PAIRS))
        pairs.append(_PAIRS[pair])
    return "".join(pairs)


def grouped(code: str) -> str:
    """The code as it is printed: 7KMX-…, four by four."""
    return "-".join(code[start : start + GROUP] for start in range(0, len(code), GROUP))


def normalise(typed: str) -> str:
    """Read a code as people type it: any case, width, spaces and dashes, and letters for the digits they resemble.

    Returns the bare code, or "" when it cannot be one.
    """
    if len(typed) > TYPED_AT_MOST:
        return ""
    wide = unicodedata.normalize("NFKC", typed).upper()
    kept = "".join(char for char in wide if not _is_gap(char)).translate(_READ_AS)
    return kept if len(kept) == CODE_LENGTH and _SYMBOLS.issuperset(kept) else ""


def code_hash(code: str, key: bytes) -> bytes:
    """What is stored of a code, and what a typed one is looked up by. code is bare, as `normalise` returns it."""
    return _mac(key, "code " + code)


def last4(code: str) -> str:
    return code[-LAST_SHOWN:]


def contact_hash(address: str, key: bytes) -> str:
    """An address as a keyed hash, to compare without keeping it; "" stays ""."""
    plain = unicodedata.normalize("NFKC", address).strip().casefold()
    return _mac(key, "contact " + plain).hex() if plain else ""


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), hashlib.sha256)


def _is_gap(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in {"Pd", "Cf"} or char in "_.\u2212"


# --- Money on a voucher ----------------------------------------------------------------------------


class Kind(StrEnum):
    """The kinds of entry in a voucher's ledger."""

    ISSUE = "issue"
    AUTHORIZE = "authorize"
    CAPTURE = "capture"
    VOID = "void"
    REFUND = "refund"
    REVOKE = "revoke"
    EXPIRE = "expire"


class State(StrEnum):
    """Where a voucher stands. An active one with nothing left is spent, which its balance says."""

    ACTIVE = "active"
    REVOKED = "revoked"
    EXPIRED = "expired"


# What each kind adds to the balance and to the held part of it, per unit of its amount.
EFFECTS: Final[Mapping[Kind, tuple[int, int]]] = {
    Kind.ISSUE: (1, 0),
    Kind.AUTHORIZE: (0, 1),
    Kind.CAPTURE: (-1, -1),
    Kind.VOID: (0, -1),
    Kind.REFUND: (1, 0),
    Kind.REVOKE: (-1, 0),
    Kind.EXPIRE: (-1, 0),
}

# An ended voucher still pays what a checkout was promised before the end, and takes nothing new.
TRANSITIONS: Final[Mapping[tuple[State, Kind], State]] = {
    (State.ACTIVE, Kind.AUTHORIZE): State.ACTIVE,
    (State.ACTIVE, Kind.CAPTURE): State.ACTIVE,
    (State.ACTIVE, Kind.VOID): State.ACTIVE,
    (State.ACTIVE, Kind.REFUND): State.ACTIVE,
    (State.ACTIVE, Kind.REVOKE): State.REVOKED,
    (State.ACTIVE, Kind.EXPIRE): State.EXPIRED,
    (State.REVOKED, Kind.CAPTURE): State.REVOKED,
    (State.REVOKED, Kind.VOID): State.REVOKED,
    (State.REVOKED, Kind.REVOKE): State.REVOKED,
    (State.EXPIRED, Kind.CAPTURE): State.EXPIRED,
    (State.EXPIRED, Kind.VOID): State.EXPIRED,
    (State.EXPIRED, Kind.EXPIRE): State.EXPIRED,
}

# The entry that takes back what an ended voucher gets loose.
ENDINGS: Final[Mapping[State, Kind]] = {State.REVOKED: Kind.REVOKE, State.EXPIRED: Kind.EXPIRE}


@dataclass(frozen=True, slots=True)
class Purse:
    """A voucher's money: balance is what is left, held the part of it promised to a checkout."""

    amount: Decimal
    balance: Decimal
    held: Decimal

    @property
    def free(self) -> Decimal:
        return self.balance - self.held

    def fits(self) -> bool:
        """The ledger's own law; the database holds the same as CHECKs."""
        return 0 <= self.held <= self.balance <= self.amount


@dataclass(frozen=True, slots=True)
class Share:
    """What one order has of a voucher: held for it and not yet taken, and taken and not given back."""

    held: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)


def share_of(entries: Iterable[tuple[str, Decimal]]) -> Share:
    """Sum up one order's entries on one voucher, given as (kind, amount)."""
    total = dict.fromkeys(Kind, Decimal(0))
    for kind, amount in entries:
        total[Kind(kind)] += amount
    return Share(
        held=total[Kind.AUTHORIZE] - total[Kind.CAPTURE] - total[Kind.VOID],
        paid=total[Kind.CAPTURE] - total[Kind.REFUND],
    )


def after(purse: Purse, kind: Kind, amount: Decimal) -> Purse:
    """The purse after one entry. The caller has asked `room_for` first."""
    to_balance, to_held = EFFECTS[kind]
    return Purse(purse.amount, purse.balance + to_balance * amount, purse.held + to_held * amount)


def room_for(kind: Kind, purse: Purse, share: Share) -> Decimal:
    """The most that an entry of this kind may move now, given what the order it names has of the voucher."""
    if kind is Kind.CAPTURE or kind is Kind.VOID:
        return share.held
    if kind is Kind.REFUND:
        return share.paid
    if kind is Kind.ISSUE:
        return purse.amount - purse.balance
    return purse.free


def next_state(state: State, kind: Kind) -> State | None:
    """The state after an entry of this kind, None where the state does not allow it."""
    return TRANSITIONS.get((state, kind))


def is_open(now: datetime, valid_from: datetime, valid_until: datetime) -> bool:
    """True from valid_from on and up to, but not at, valid_until."""
    return valid_from <= now < valid_until


def is_exact(amount: Decimal, exponent: int) -> bool:
    """True for a finite amount payable in a currency of this exponent: 19.99 for 2, never 19.999, nor 19.9 for 0."""
    return amount.is_finite() and amount == amount.quantize(Decimal(1).scaleb(-exponent))
