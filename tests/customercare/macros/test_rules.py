"""What a prepared text must say, and how it is put together."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.kernel.errors import Refusal
from customercare.macros import rules
from customercare.macros.rules import Kind, MacroDraft, Point, VariantDraft

OFFER = "Here is {voucher_value}:\n\n{voucher_code}\n\nUse it by {voucher_until}."
MAIN = VariantDraft(
    language="en",
    kind=Kind.MAIN,
    subject="Late ({order_number})",
    text="Your parcel is late.\n\nOrder: {order_number}\nNew date: {new_date}",
    offer=OFFER,
    closing="We are sorry.\n\nSee your order: {order_url}\n\nWrite to {contact_email}.",
    says=frozenset(Point) - {Point.REFUND},
)
NEXT_UPDATE = replace(MAIN, kind=Kind.NEXT_UPDATE, text="Late.\n\nOrder: {order_number}\nNews by: {next_update}")
DELAY = MacroDraft(
    key="delay",
    folder="Delay::Late parcel",
    scenario="delay",
    owner_role="support_agent",
    needs_new_date=True,
    variants=tuple(
        replace(text, language=language)
        for language in ("en", "zh-hans", "zh-hant", "pl")
        for text in (MAIN, NEXT_UPDATE)
    ),
)


def codes(variant: VariantDraft, scenario: str = "delay", *, needs_new_date: bool = True) -> list[str]:
    found = rules.lint_variant(variant, rules.SCENARIOS[scenario], needs_new_date=needs_new_date)
    return [problem.code for problem in found]


def macro_codes(draft: MacroDraft) -> list[str]:
    return [found.problem.code for found in rules.lint_macro(draft)]


def without(variant: VariantDraft, point: Point) -> VariantDraft:
    return replace(variant, says=variant.says - {point})


def test_a_complete_macro_has_no_problems() -> None:
    assert rules.lint_macro(DELAY) == []


# --- What a text must say -------------------------------------------------------------------------


def test_a_text_without_the_order_number_is_refused() -> None:
    assert codes(replace(MAIN, text="Late until {new_date}.")) == ["macro.must"]


def test_an_order_number_in_the_subject_alone_is_not_enough() -> None:
    lacking = replace(MAIN, subject="Order {order_number}", text="Late until {new_date}.")
    assert codes(lacking) == ["macro.must"]


def test_a_text_without_a_contact_is_refused() -> None:
    assert codes(replace(MAIN, closing="We are sorry.")) == ["macro.must"]


def test_a_text_that_does_not_say_what_happened_is_refused() -> None:
    assert codes(without(MAIN, Point.FACT)) == ["macro.no_fact"]


def test_a_text_for_which_nobody_takes_responsibility_is_refused() -> None:
    assert codes(without(MAIN, Point.OWNERSHIP)) == ["macro.no_ownership"]


def test_a_text_without_an_apology_is_refused() -> None:
    assert codes(without(MAIN, Point.APOLOGY)) == ["macro.no_apology"]


def test_a_text_with_neither_remedy_nor_offer_is_refused() -> None:
    assert codes(replace(without(MAIN, Point.REMEDY), offer="")) == ["macro.no_remedy"]


def test_an_offer_is_a_remedy() -> None:
    assert codes(without(MAIN, Point.REMEDY)) == []


def test_who_still_waits_is_told_of_the_right_to_cancel() -> None:
    assert codes(without(MAIN, Point.CANCEL)) == ["macro.no_cancel"]


def test_who_has_the_goods_is_not_told_of_cancelling() -> None:
    arrived = replace(MAIN, text="It came on {delivered_date}. Order: {order_number}")
    assert codes(arrived, "arrived_late", needs_new_date=False) == ["macro.cancel_too_late"]
    assert codes(without(arrived, Point.CANCEL), "arrived_late", needs_new_date=False) == []


def test_a_wrong_price_states_the_refund_and_its_amount() -> None:
    silent = replace(MAIN, text="The price was wrong. Order: {order_number}")
    assert codes(silent, "price_error", needs_new_date=False) == ["macro.must", "macro.no_refund"]
    told = replace(silent, text=silent.text + "\nRefund: {order_total}", says=silent.says | {Point.REFUND})
    assert codes(told, "price_error", needs_new_date=False) == []


def test_a_parcel_that_has_not_arrived_has_no_day_of_delivery() -> None:
    assert codes(replace(MAIN, text=MAIN.text + " {delivered_date}")) == ["macro.never"]


# --- New date or next update ----------------------------------------------------------------------


def test_a_text_without_a_date_is_refused() -> None:
    assert codes(replace(MAIN, text="Late. Order: {order_number}")) == ["macro.no_date"]


def test_a_next_update_without_its_day_is_refused() -> None:
    assert codes(replace(NEXT_UPDATE, text="Late. Order: {order_number}")) == ["macro.no_date"]


@pytest.mark.parametrize("variant", [MAIN, NEXT_UPDATE], ids=["main", "next update"])
def test_a_new_date_and_a_next_update_exclude_each_other(variant: VariantDraft) -> None:
    both = replace(variant, text="{order_number}: {new_date}, {next_update}")
    assert codes(both) == ["macro.both_dates"]


def test_a_new_date_the_macro_does_not_tell_is_refused() -> None:
    assert codes(MAIN, "goodwill", needs_new_date=False) == ["macro.date_unused"]


def test_a_next_update_is_refused_where_no_date_is_told() -> None:
    assert codes(NEXT_UPDATE, "goodwill", needs_new_date=False) == ["macro.next_update_unused"]


# --- The offer, the link, and the base language ---------------------------------------------------


@pytest.mark.parametrize("name", ["voucher_value", "voucher_code", "voucher_until"])
def test_an_offer_that_lacks_a_part_of_the_voucher_is_refused(name: str) -> None:
    assert codes(replace(MAIN, offer=OFFER.replace(f"{{{name}}}", ""))) == ["macro.offer_lacks"]


def test_a_code_hidden_in_a_sentence_is_refused() -> None:
    hidden = "{voucher_value} with {voucher_code} until {voucher_until}"
    assert codes(replace(MAIN, offer=hidden)) == ["macro.code_alone"]


@pytest.mark.parametrize("part", ["subject", "text", "closing"])
def test_a_voucher_outside_the_offer_is_refused(part: str) -> None:
    changed = replace(MAIN, **{part: getattr(MAIN, part) + " {voucher_value}"})
    assert codes(changed) == ["macro.voucher_outside"]


def test_a_link_hidden_in_a_sentence_is_refused() -> None:
    assert codes(replace(MAIN, closing="Look at {order_url} or ask {contact_email}.")) == ["macro.link_alone"]


@pytest.mark.parametrize("label", ["", "Bestellung: ", "查看订单：", "Zobacz zamówienie:"])
def test_a_link_may_carry_a_label_in_any_language(label: str) -> None:
    assert codes(replace(MAIN, closing=f"Sorry. {{contact_email}}\n\n{label}{{order_url}}")) == []


@pytest.mark.parametrize("typed", ["{x.__class__}", "{unknown}", "{{7*7}}", "{% debug %}", "{"])
@pytest.mark.parametrize("part", ["subject", "text", "offer", "closing"])
def test_whatever_is_no_placeholder_is_refused(part: str, typed: str) -> None:
    found = codes(replace(MAIN, **{part: getattr(MAIN, part) + f"\n\n{typed}"}))
    assert {"wording.unknown", "wording.brace"} & set(found)


def test_the_whole_text_counts_towards_the_limit() -> None:
    part = "x" * 9_990
    long = replace(MAIN, text=MAIN.text + part, closing=MAIN.closing + part)
    assert codes(long) == ["wording.long"]


def test_a_long_subject_is_advice_and_a_very_long_one_forbids() -> None:
    variants = DELAY.variants[1:]
    advised = replace(DELAY, variants=(replace(MAIN, subject="s" * 79), *variants))
    assert macro_codes(advised) == ["macro.subject_long"]
    assert rules.blocking(rules.lint_macro(advised)) == []
    refused = replace(DELAY, variants=(replace(MAIN, subject="s" * 201), *variants))
    assert [found.problem.code for found in rules.blocking(rules.lint_macro(refused))] == ["wording.long"]


@pytest.mark.parametrize("break_", ["\r\n", "\x00", "\x0b", "\u2028", "\x85", "\u202e"])
def test_a_subject_stays_one_clean_line(break_: str) -> None:
    assert codes(replace(MAIN, subject=f"Late{break_}Bcc: all")) == ["wording.control"]


# --- The macro as a whole -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"key": "Delay!"}, "macro.key"),
        ({"folder": "Delay::"}, "macro.folder"),
        ({"folder": ""}, "macro.folder"),
        ({"folder": "x" * 121}, "macro.folder"),
        ({"scenario": "earthquake"}, "macro.scenario"),
        ({"owner_role": "boss"}, "macro.owner"),
    ],
)
def test_a_heading_that_cannot_be_used_is_refused(changes: dict[str, str], code: str) -> None:
    assert macro_codes(replace(DELAY, **changes)) == [code]  # type: ignore[arg-type]


def test_a_delay_always_tells_a_new_date() -> None:
    assert "macro.needs_new_date" in macro_codes(replace(DELAY, needs_new_date=False))


def test_a_gesture_never_tells_a_new_date() -> None:
    assert "macro.needs_new_date" in macro_codes(replace(DELAY, scenario="goodwill"))


def test_without_english_nobody_has_a_fallback() -> None:
    others = tuple(variant for variant in DELAY.variants if variant.language != "en")
    assert macro_codes(replace(DELAY, variants=others)) == ["macro.fallback_missing"]


def test_another_language_may_wait() -> None:
    found = rules.lint_macro(replace(DELAY, variants=(MAIN, NEXT_UPDATE)))
    assert {entry.problem.params["language"] for entry in found} == {"zh-hans", "zh-hant", "pl"}
    assert rules.blocking(found) == []


def test_each_new_date_has_its_next_update() -> None:
    assert macro_codes(replace(DELAY, variants=DELAY.variants[:-1])) == ["macro.next_update_missing"]


def test_one_text_for_each_language_and_kind() -> None:
    assert macro_codes(replace(DELAY, variants=(*DELAY.variants, MAIN))) == ["macro.twice"]


def test_a_problem_says_where_it_is_in_whole_sentences() -> None:
    wrong = replace(DELAY, variants=(*DELAY.variants[:-1], replace(DELAY.variants[-1], closing="{contact}")))
    found = rules.lint_macro(wrong)
    assert {entry.place for entry in found} == {"pl.next_update"}
    assert found[0].problem.sentence() == "{contact} is not known, so nothing would fill it. Choose one from the list."


# --- Putting it together --------------------------------------------------------------------------

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp")), min_size=1)


@given(text=words, offer=words, closing=words)
def test_a_wording_is_text_offer_closing_in_paragraphs(text: str, offer: str, closing: str) -> None:
    variant = replace(MAIN, text=text, offer=offer, closing=closing)
    assert rules.compose(variant, with_voucher=True)[1] == f"{text}\n\n{offer}\n\n{closing}"
    assert rules.compose(variant, with_voucher=False)[1] == f"{text}\n\n{closing}"


@given(edge=st.text(" \n\t", max_size=5))
def test_blank_edges_never_widen_the_gaps(edge: str) -> None:
    spaced = replace(MAIN, text=edge + MAIN.text + edge, offer=edge + OFFER + edge, closing=edge + MAIN.closing + edge)
    for with_voucher in (True, False):
        assert rules.compose(spaced, with_voucher=with_voucher) == rules.compose(MAIN, with_voucher=with_voucher)


def test_no_voucher_word_is_left_without_the_offer() -> None:
    subject, text = rules.compose(MAIN, with_voucher=False)
    assert "voucher" not in subject + text


def test_a_voucher_that_no_text_hands_over_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        rules.compose(replace(MAIN, offer=" \n"), with_voucher=True)
    assert refused.value.code == "macro.no_offer"
