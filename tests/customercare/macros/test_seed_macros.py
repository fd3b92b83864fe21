"""The texts a new shop starts with: complete, checked, and written in each language rather than converted."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from backoffice.messaging import wording
from customercare.macros import rules
from customercare.macros.rules import Kind, MacroDraft, Point, VariantDraft

SEEDS = Path(__file__).parents[3] / "seeds" / "macros"
VALUES = {
    "customer_name": "王小明",
    "shop_name": "Standfast",
    "contact_email": "care@shop.example",
    "next_update": "2026-11-24",
}
ORDERS = [
    {
        "order_number": number,
        "promised_date": f"2026-11-{day}",
        "new_date": f"2026-12-{day}",
        "delivered_date": f"2026-11-{day + 10}",
        "items": "Blue kettle × 1",
        "order_total": ["118.00", "PLN"],
        "order_url": f"/o/{number}/",
        "voucher_code": {"voucher": day},
        "voucher_value": [f"{day}.00", "PLN"],
        "voucher_until": "2027-02-28",
    }
    for number, day in (("A-1", 11), ("A-2", 12))
]
CODES = {11: "7KMX-1111", 12: "7KMX-2222"}

# Pairs of a character as it is written in Simplified and in Traditional Chinese.
PAIRS = (
    "们們订訂单單给給发發货貨这這为為时時间間邮郵优優码碼签簽随隨问問题題还還现現实實际際选選择擇迟遲误誤责責"
    "询詢损損坏壞递遞续續诉訴联聯补補偿償过過来來说說话話让讓费費账帳没沒处處请請对對额額个個无無该該将將认認"
    "从從关關开開长長买買卖賣价價银銀错錯办辦专專业業产產电電见見规規则則负負质質购購运運进進达達适適确確会會"
)
SIMPLIFIED, TRADITIONAL = set(PAIRS[::2]), set(PAIRS[1::2])


@cache
def macros() -> dict[str, MacroDraft]:
    read = {}
    for path in sorted(SEEDS.glob("*.toml")):
        draft, problems = rules.read_macro(path.read_text(encoding="utf-8"))
        assert draft is not None, [(path.name, problem.field, problem.sentence()) for problem in problems]
        assert draft.key == path.stem
        read[draft.key] = draft
    return read


def variants(*languages: str) -> Iterator[tuple[str, VariantDraft]]:
    for key, draft in macros().items():
        for variant in draft.variants:
            if variant.language in languages or not languages:
                yield f"{key}.{variant.place}", variant


def parts(variant: VariantDraft) -> tuple[str, ...]:
    return (variant.subject, variant.text, variant.offer, variant.closing)


def whole(variant: VariantDraft) -> str:
    return "\n\n".join(parts(variant))


def test_every_scenario_has_its_macro() -> None:
    assert {draft.scenario for draft in macros().values()} == set(rules.SCENARIOS)


@pytest.mark.parametrize("key", sorted(rules.SCENARIOS))
def test_every_starting_macro_passes_the_check_without_even_advice(key: str) -> None:
    found = rules.lint_macro(macros()[key])
    assert [(entry.place, entry.problem.sentence()) for entry in found] == []


@pytest.mark.parametrize("key", sorted(rules.SCENARIOS))
def test_every_language_has_every_text(key: str) -> None:
    draft = macros()[key]
    kinds = tuple(Kind) if draft.needs_new_date else (Kind.MAIN,)
    assert [variant.place for variant in draft.variants] == [
        f"{language}.{kind}" for language in ("en", "zh-hans", "zh-hant", "pl") for kind in kinds
    ]


def test_every_text_carries_an_offer_and_stands_without_it() -> None:
    for place, variant in variants():
        assert variant.offer, place
        assert Point.REMEDY in variant.says, place
        subject, text = rules.compose(variant, with_voucher=False)
        assert "voucher" not in subject + text, place


def test_a_late_arrival_and_a_gesture_and_a_wrong_price_promise_no_date() -> None:
    assert {key for key, draft in macros().items() if not draft.needs_new_date} == {
        "arrived_late",
        "price_error",
        "goodwill",
    }


def test_each_text_can_be_sent_for_one_order_and_for_several() -> None:
    for place, variant in variants():
        for orders in (ORDERS[:1], ORDERS):
            subject, text = rules.compose(variant, with_voucher=True)
            ready = wording.compile(subject, text, variant.language, base_url="https://shop.example")
            values = {**VALUES, "orders": orders}
            assert ready.missing(values) == (), place
            sent = ready.render(values, CODES)
            for order in orders:
                assert str(order["order_number"]) in sent.text, place
                assert f"https://shop.example{order['order_url']}" in sent.text, place
            assert sum(code in sent.text for code in CODES.values()) == len(orders), place


def test_no_two_languages_share_a_sentence() -> None:
    for draft in macros().values():
        for kind in Kind:
            texts = [variant for variant in draft.variants if variant.kind is kind]
            for number, one in enumerate(texts):
                for other in texts[number + 1 :]:
                    shared = set(_sentences(whole(one))) & set(_sentences(whole(other)))
                    assert not shared, (one.place, other.place)


def _sentences(text: str) -> list[str]:
    """Sentences without placeholders, labels, bare lines of one placeholder, and punctuation."""
    plain = re.sub(r"\{\w+\}", "", text)
    return [found.strip() for found in re.split(r"[.!?。！？：:\n]", plain) if len(found.strip()) > 4]


def test_simplified_texts_hold_no_traditional_character() -> None:
    for place, variant in variants("zh-hans"):
        assert not TRADITIONAL & set(whole(variant)), place
        assert whole(variant).encode("gb2312"), place


def test_traditional_texts_hold_no_simplified_character() -> None:
    for place, variant in variants("zh-hant"):
        assert not SIMPLIFIED & set(whole(variant)), place
        assert whole(variant).encode("big5"), place


def test_traditional_texts_use_the_words_of_taiwan() -> None:
    for place, variant in variants("zh-hant"):
        text = whole(variant)
        assert "折價券" in text, place
        assert "訂單" in text, place
        assert text.endswith("敬上"), place
        for mainland in ("優惠券", "客服電話", "快遞", "貨款", "郵件", "賬", "下單號", "訂單號", "反饋", "視頻"):
            assert mainland not in text, (place, mainland)


def test_restocking_is_never_called_by_the_word_for_faking_orders() -> None:
    for place, variant in variants("zh-hans", "zh-hant"):
        assert not re.search("补单|補單|刷单|刷單", whole(variant)), place


def test_chinese_punctuation_is_full_width() -> None:
    for place, variant in variants("zh-hans", "zh-hant"):
        plain = re.sub(r"\{\w+\}", "", whole(variant))
        assert not re.search(r"[,;:!?()\"']|\.", plain), place
        assert variant.text.startswith("{customer_name}，您好："), place


def test_polish_is_written_with_its_letters_and_dashes() -> None:
    for place, variant in variants("pl"):
        for part in (variant.text, variant.offer, variant.closing):
            assert re.search("[ąćęłńóśźż]", part), place
        assert " - " not in whole(variant), place
        assert '"' not in whole(variant), place


def test_polish_addresses_everybody_alike() -> None:
    """No past tense or adjective that would guess the reader's sex, and no mixing of you and Sir or Madam."""
    for place, variant in variants("pl"):
        found = re.search(
            r"\b(Pan|Pani|Państwo|Państwa)\b|\w+(łeś|łaś|łbyś|łabyś)\b|\b(pewien|pewna)\b", whole(variant)
        )
        assert not found, (place, found)


def test_polish_does_not_bend_a_name_into_a_greeting() -> None:
    for place, variant in variants("pl"):
        assert variant.text.startswith("Dzień dobry,"), place
        assert "{customer_name}" not in whole(variant), place


def test_sentences_stay_short() -> None:
    for place, variant in variants("en", "pl"):
        for part in parts(variant):
            for sentence in re.split(r"(?<=[.!?])\s+|\n+|(?<=:)\s", part):
                assert len(sentence.split()) <= 20, (place, sentence)


def test_one_apology_and_no_advertising() -> None:
    """A second apology weakens the first; a review asked for in a message like this one spoils it."""
    apologies = {
        "en": r"sorry|apolog",
        "pl": r"przepraszamy|przykro",
        "zh-hans": "抱歉|道歉|歉意",
        "zh-hant": "抱歉|致歉|歉意|見諒",
    }
    adverts = r"review|rating|stars|discover|opini[aęi]|gwiazd|oceń|好评|好評|评价|評價|五星|优惠活动|限时|限時"
    for place, variant in variants():
        text = rules.compose(variant, with_voucher=True)[1]
        assert len(re.findall(apologies[variant.language], text, re.IGNORECASE)) == 1, place
        assert not re.search(adverts, whole(variant), re.IGNORECASE), place


def test_nothing_is_promised_without_a_stored_date() -> None:
    vague = r"\bsoon\b|shortly|within \d|hours|wkrótce|niebawem|w ciągu|godzin|尽快|盡快|儘快|很快|小时|小時|工作日"
    for place, variant in variants():
        assert not re.search(vague, whole(variant), re.IGNORECASE), place


def test_the_order_is_fact_date_offer_apology_contact_cancel() -> None:
    cancel = {"en": "cancel", "pl": "zrezygnować", "zh-hans": "取消订单", "zh-hant": "取消訂單"}
    sorry = {"en": "sorry", "pl": "rzepraszamy", "zh-hans": "歉", "zh-hant": r"歉|見諒"}
    for place, variant in variants():
        text = rules.compose(variant, with_voucher=True)[1]
        steps = [r"\{order_number\}", r"\{new_date\}|\{next_update\}", r"\{voucher_code\}", sorry[variant.language]]
        steps += [r"\{contact_email\}", cancel[variant.language] if Point.CANCEL in variant.says else r"\{shop_name\}"]
        found = [re.search(step, text[text.index("{order_number}") :]) for step in steps]
        positions = [match.start() for match in found if match]
        assert positions == sorted(positions), place
