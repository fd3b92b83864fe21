"""Codes can be read, typed and found again; a voucher's money always adds up."""

import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from customercare.vouchers import rules
from customercare.vouchers.rules import Kind, Purse, Share, State

KEY = rules.shop_key("a secret of this shop", 1)
LOOKUP = rules.lookup_key("a secret of this shop")
ids = st.integers(min_value=1, max_value=2**63 - 1)
cents = st.integers(min_value=1, max_value=10_000_00).map(lambda n: Decimal(n) / 100)


def test_a_code_holds_at_least_64_bits_and_no_vowel_or_look_alike():
    assert math.log2(len(rules.ALPHABET)) * rules.CODE_LENGTH >= 64
    assert len(set(rules.ALPHABET)) == len(rules.ALPHABET)
    assert not set("AEIOUY01L") & set(rules.ALPHABET)
    for digit, letter in (("2", "Z"), ("5", "S"), ("6", "G"), ("8", "B"), ("0", "Q")):
        assert letter not in rules.ALPHABET, f"{letter} looks like {digit}"


def test_a_code_is_the_same_again_without_being_stored():
    assert rules.code_for(41, KEY) == rules.code_for(41, rules.shop_key("a secret of this shop", 1))


def test_another_voucher_shop_or_secret_has_another_code():
    codes = {
        rules.code_for(41, KEY),
        rules.code_for(42, KEY),
        rules.code_for(41, rules.shop_key("a secret of this shop", 2)),
        rules.code_for(41, rules.shop_key("another secret", 1)),
    }
    assert len(codes) == 4


def test_every_symbol_turns_up_about_as_often_as_every_other():
    seen = Counter("".join(rules.code_for(number, KEY) for number in range(1, 5_001)))
    share = 5_000 * rules.CODE_LENGTH / len(rules.ALPHABET)
    assert set(seen) == set(rules.ALPHABET)
    assert all(0.9 * share < count < 1.1 * share for count in seen.values())


@given(ids)
def test_a_code_is_printed_in_four_groups_of_four(number):
    code = rules.code_for(number, KEY)
    groups = rules.grouped(code).split("-")
    assert [len(group) for group in groups] == [4, 4, 4, 4]
    assert "".join(groups) == code
    assert code.endswith(rules.last4(code))


WIDE = {ord(char): ord(char) + 0xFEE0 for char in rules.ALPHABET}
GAPS = st.sampled_from(["", " ", "-", "  ", " - ", "–", "\u00a0", "_", ".", "\u200b", "－"])


@given(ids, st.lists(GAPS, min_size=17, max_size=17), st.sampled_from([str.lower, str.upper, str.title]), st.booleans())
def test_however_it_is_typed_it_is_the_same_code(number, gaps, case, wide):
    code = rules.code_for(number, KEY)
    text = case(code)
    text = text.translate(WIDE) if wide else text
    typed = gaps[0] + "".join(char + gap for char, gap in zip(text, gaps[1:], strict=True))
    if len(typed) <= rules.TYPED_AT_MOST:
        assert rules.normalise(typed) == code


@given(ids)
def test_a_letter_typed_for_the_digit_it_resembles_is_understood(number):
    code = rules.code_for(number, KEY)
    misread = code.replace("2", "z").replace("5", "S").replace("6", "g").replace("8", "B")
    assert rules.normalise(misread) == code


@pytest.mark.parametrize(
    "typed", ["", " ", "ABCD", "7KMX-7KMX-7KMX-7KM", "7KMX-7KMX-7KMX-7KMXX", "7KMX-7KMX-7KMX-7KM!", "ї" * 16, "7" * 65,
              "-" * 5000, "7KMX'--7KMX7KMX7KMX", "\x007KMX7KMX7KMX7KM"],
)  # fmt: skip
def test_what_cannot_be_a_code_is_none(typed):
    assert rules.normalise(typed) == ""


@given(st.text(max_size=80))
def test_no_text_breaks_the_reader(text):
    read = rules.normalise(text)
    assert read == "" or (len(read) == 16 and set(read) <= set(rules.ALPHABET))


def test_only_the_holder_of_the_key_can_tell_which_hash_is_which():
    code = rules.code_for(41, KEY)
    assert rules.code_hash(code, LOOKUP) == rules.code_hash(rules.normalise(code.lower()), LOOKUP)
    assert rules.code_hash(code, LOOKUP) != rules.code_hash(code, rules.lookup_key("another secret"))
    assert code.encode() not in rules.code_hash(code, LOOKUP)


def test_an_address_is_compared_without_case_and_width_and_no_address_stays_empty():
    assert rules.contact_hash(" Anna@Example.com ", LOOKUP) == rules.contact_hash("anna@example.com", LOOKUP)
    assert rules.contact_hash("anna@example.com", LOOKUP) != rules.contact_hash("anne@example.com", LOOKUP)
    assert rules.contact_hash("  ", LOOKUP) == ""
    assert "anna" not in rules.contact_hash("anna@example.com", LOOKUP)


@pytest.mark.parametrize(
    ("amount", "exponent", "exact"),
    [("19.99", 2, True), ("19.999", 2, False), ("20", 2, True), ("20.0000", 2, True), ("1990", 0, True),
     ("19.9", 0, False), ("NaN", 2, False), ("Infinity", 2, False), ("1e3", 2, True)],
)  # fmt: skip
def test_an_amount_must_be_payable_in_its_currency(amount, exponent, exact):
    assert rules.is_exact(Decimal(amount), exponent) is exact


def test_a_voucher_is_open_from_its_first_moment_and_not_at_its_last():
    start = datetime(2026, 11, 21, tzinfo=UTC)
    end = start + timedelta(days=90)
    tick = timedelta(microseconds=1)
    assert not rules.is_open(start - tick, start, end)
    assert rules.is_open(start, start, end)
    assert rules.is_open(end - tick, start, end)
    assert not rules.is_open(end, start, end)


def test_an_ended_voucher_takes_nothing_new_and_never_comes_back():
    for state in (State.REVOKED, State.EXPIRED):
        assert rules.next_state(state, Kind.AUTHORIZE) is None
        assert rules.next_state(state, Kind.REFUND) is None
        assert all(rules.next_state(state, kind) in {None, state} for kind in Kind)


@given(cents, cents, cents)
def test_taking_what_was_held_and_giving_it_back_leaves_the_voucher_as_it_was(amount, wanted, taken):
    purse = Purse(amount, amount, Decimal(0))
    hold = min(wanted, rules.room_for(Kind.AUTHORIZE, purse, Share()))
    take = min(taken, hold)
    for kind, part in ((Kind.AUTHORIZE, hold), (Kind.CAPTURE, take), (Kind.VOID, hold - take), (Kind.REFUND, take)):
        purse = rules.after(purse, kind, part)
        assert purse.fits()
    assert purse == Purse(amount, amount, Decimal(0))


class LedgerMachine(RuleBasedStateMachine):
    """Any order of acts, each as large as `room_for` allows at most: the ledger and the purse never part."""

    def __init__(self) -> None:
        super().__init__()
        self.amount = Decimal("100.00")
        self.purse = Purse(self.amount, self.amount, Decimal(0))
        self.state = State.ACTIVE
        self.entries: list[tuple[str, Kind, Decimal]] = [("", Kind.ISSUE, self.amount)]

    def share(self, order: str) -> Share:
        return rules.share_of((kind, amount) for ref, kind, amount in self.entries if ref == order)

    @rule(
        order=st.sampled_from(["a", "b"]),
        kind=st.sampled_from([Kind.AUTHORIZE, Kind.CAPTURE, Kind.VOID, Kind.REFUND]),
        part=st.integers(min_value=1, max_value=100),
    )
    def act(self, order, kind, part):
        room = rules.room_for(kind, self.purse, self.share(order))
        amount = (room * part / 100).quantize(Decimal("0.01"))
        if rules.next_state(self.state, kind) is None or amount <= 0:
            return
        self.purse = rules.after(self.purse, kind, amount)
        self.entries.append((order, kind, amount))
        ending = rules.ENDINGS.get(self.state)
        if kind is Kind.VOID and ending is not None:
            self.purse = rules.after(self.purse, ending, amount)
            self.entries.append(("", ending, amount))

    @precondition(lambda self: self.state is State.ACTIVE)
    @rule(kind=st.sampled_from([Kind.REVOKE, Kind.EXPIRE]))
    def end(self, kind):
        free = rules.room_for(kind, self.purse, Share())
        self.state = rules.next_state(self.state, kind) or self.state
        if free:
            self.purse = rules.after(self.purse, kind, free)
            self.entries.append(("", kind, free))

    @invariant()
    def the_purse_fits(self):
        assert self.purse.fits()

    @invariant()
    def the_ledger_is_the_purse(self):
        effects = [(rules.EFFECTS[kind], amount) for _, kind, amount in self.entries]
        assert sum(balance * amount for (balance, _), amount in effects) == self.purse.balance
        assert sum(held * amount for (_, held), amount in effects) == self.purse.held

    @invariant()
    def what_orders_hold_is_what_the_purse_holds(self):
        shares = [self.share(order) for order in ("a", "b")]
        assert sum(share.held for share in shares) == self.purse.held
        assert all(share.held >= 0 and share.paid >= 0 for share in shares)

    @invariant()
    def an_ended_voucher_has_nothing_to_spend(self):
        assert self.state is State.ACTIVE or self.purse.free == 0


TestLedger = LedgerMachine.TestCase
