"""Customer wordings: what may be saved, what is missing before sending, and what the customer reads."""

import html.parser
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from backoffice.messaging import wording
from backoffice.messaging.wording_values import clean, join, money_text

SITE = "https://shop.example"
CODES = {7: "SORRY-7777", 8: "SORRY-8888"}
ORDER: dict[str, Any] = {
    "order_number": "A-1",
    "promised_date": "2026-11-05",
    "new_date": None,
    "delivered_date": None,
    "items": "Blue kettle × 1; Mug set × 2",
    "order_total": ["1118.00", "PLN"],
    "order_url": "/o/tok1/",
    "voucher_code": {"voucher": 7},
    "voucher_value": ["5.00", "PLN"],
    "voucher_until": "2027-02-28",
}
VALUES: dict[str, Any] = {
    "customer_name": "Łucja O'Brien",
    "shop_name": "Blue Kettle & Co",
    "contact_email": "help@shop.example",
    "next_update": "2026-11-24",
    "orders": [ORDER],
}


def values_with(*orders: dict[str, Any], **message: Any) -> dict[str, Any]:
    return {
        **deepcopy(VALUES),
        "orders": [{**ORDER, **order} for order in orders or ({},)],
        **message,
    }


def rendered(
    text: str,
    values: dict[str, Any] | None = None,
    language: str = "en",
    subject: str = "News",
) -> wording.Rendered:
    return wording.compile(subject, text, language, base_url=SITE).render(values or values_with(), CODES)


def codes(subject: str, text: str) -> set[tuple[str, str]]:
    return {(problem.field, problem.code) for problem in wording.parse(subject, text)}


def test_a_sound_wording_has_no_problems() -> None:
    assert (
        wording.parse(
            "About {order_number} & 100 %",
            "Dear {customer_name},\r\n\r\n\tsorry (really).",
        )
        == []
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{coupon}", "wording.unknown"),
        ("{x.__class__}", "wording.brace"),
        ("{customer_name!r}", "wording.brace"),
        ("{order_total:>9}", "wording.brace"),
        ("{{7*7}}", "wording.brace"),
        ("{{customer_name}}", "wording.brace"),
        ("{% debug %}", "wording.brace"),
        ("a } b", "wording.brace"),
        ("{Customer_Name}", "wording.brace"),
        ("x" * 20_001, "wording.long"),
        ("x" * 1_000_000, "wording.long"),
        (" \n", "wording.empty"),
        ("a\x00b", "wording.control"),
        ("a\u202eb", "wording.control"),
    ],
)
def test_a_text_that_would_go_out_wrong_is_not_saved(text: str, code: str) -> None:
    assert codes("News", text) == {("text", code)}


@pytest.mark.parametrize(
    "character",
    [
        "\r\n",
        "\n",
        "\x00",
        "\x0b",
        "\u2028",
        "\u2029",
        "\x85",
        "\x1b",
        "\u202e",
        "\u2066",
    ],
)
def test_a_subject_holds_no_control_character(character: str) -> None:
    assert codes(f"News{character}Bcc: all@example.com", "Hello") == {("subject", "wording.control")}


@pytest.mark.parametrize(
    ("subject", "code"),
    [
        ("", "wording.empty"),
        ("  ", "wording.empty"),
        ("{coupon}", "wording.unknown"),
        ("{voucher_code}", "wording.not_in_subject"),
        ("{order_url}", "wording.not_in_subject"),
        ("x" * 201, "wording.long"),
    ],
)
def test_a_subject_that_would_go_out_wrong_is_not_saved(subject: str, code: str) -> None:
    assert codes(subject, "Hello") == {("subject", code)}


def test_a_problem_is_a_sentence_that_names_what_to_fix() -> None:
    (problem,) = wording.parse("News", "Take {coupon}")
    assert problem.sentence() == "{coupon} is not known, so nothing would fill it. Choose one from the list."
    assert problem.sentence(lambda message: message.replace("known", "bekannt")).startswith("{coupon} is not bekannt")


def test_a_wording_with_problems_does_not_compile() -> None:
    with pytest.raises(ValueError, match="coupon"):
        wording.compile("News", "{coupon}", "en", base_url=SITE)
    with pytest.raises(ValueError, match="no language"):
        wording.compile("News", "Hello", "de", base_url=SITE)


def test_missing_names_only_what_this_wording_uses() -> None:
    compiled = wording.compile(
        "About {order_number}",
        "{customer_name} {new_date} {voucher_code}",
        "en",
        base_url=SITE,
    )
    assert compiled.missing(values_with()) == ("new_date",)
    assert compiled.missing(values_with({"new_date": "2026-11-28"}, customer_name="")) == ("customer_name",)
    assert compiled.missing({}) == (
        "order_number",
        "customer_name",
        "new_date",
        "voucher_code",
    )


def test_one_order_without_a_date_leaves_the_date_missing_but_one_voucher_is_enough() -> None:
    compiled = wording.compile("News", "{new_date} {voucher_code} {voucher_value}", "en", base_url=SITE)
    second = {"new_date": "2026-11-28", "voucher_code": None, "voucher_value": None}
    assert compiled.missing(values_with({"new_date": None}, second)) == ("new_date",)
    assert compiled.missing(values_with({"new_date": "2026-11-27"}, second)) == ()


def test_a_value_that_shows_nothing_is_missing() -> None:
    compiled = wording.compile("News", "{customer_name}", "en", base_url=SITE)
    values = values_with(customer_name="\u202e\x00 ")
    assert compiled.missing(values) == ("customer_name",)
    with pytest.raises(wording.MissingValues) as missing:
        compiled.render(values, CODES)
    assert missing.value.names == ("customer_name",)


def test_an_unresolved_voucher_is_never_sent() -> None:
    compiled = wording.compile("News", "{voucher_code}", "en", base_url=SITE)
    assert compiled.secret_ids(values_with({}, {"voucher_code": {"voucher": 8}})) == (
        7,
        8,
    )
    with pytest.raises(KeyError):
        compiled.render(values_with(), {})


def test_a_wording_without_a_code_asks_for_no_secret() -> None:
    assert wording.compile("News", "{voucher_value}", "en", base_url=SITE).secret_ids(values_with()) == ()


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "5 Nov 2026, PLN\u00a01,118.00\n"),
        ("pl", "5 listopada 2026, 1\u00a0118,00\u00a0zł\n"),
        ("zh-hans", "2026年11月5日, PLN\u00a01,118.00\n"),
        ("zh-hant", "2026年11月5日, PLN\u00a01,118.00\n"),
    ],
)
def test_dates_and_money_read_as_the_language_writes_them(language: str, expected: str) -> None:
    assert rendered("{promised_date}, {order_total}", language=language).text == expected


@given(
    amount=st.decimals(-(10**12), 10**12, places=2),
    currency=st.sampled_from(["PLN", "EUR", "USD", "CNY", "TWD", "JPY", "BRL", "KWD", "GBP"]),
    language=st.sampled_from([("en", "en"), ("pl", "pl"), ("zh-hans", "zh_Hans"), ("zh-hant", "zh_Hant")]),
)
def test_money_equals_babel_but_for_the_space_after_letters(
    amount: Decimal, currency: str, language: tuple[str, str]
) -> None:
    ours = money_text(str(amount), currency, language[0])
    babel = format_currency(amount, currency, locale=language[1])
    if not amount:
        babel = babel.replace("-", "")
    assert ours.replace("\u00a0", "").replace("-", "") == babel.replace("\u00a0", "").replace("-", "")
    assert ("-" in ours) == (amount < 0)


def test_several_orders_are_listed_each_value_once() -> None:
    values = values_with(
        {},
        {"order_number": "A-2"},
        {"order_number": "A-3", "promised_date": "2026-11-06"},
    )
    text = "{order_number}: {promised_date}"
    assert rendered(text, values).text == "A-1, A-2 and A-3: 5 Nov 2026 and 6 Nov 2026\n"
    assert rendered(text, values, "pl").text == "A-1, A-2 i A-3: 5 listopada 2026 i 6 listopada 2026\n"
    assert rendered(text, values, "zh-hans").text == "A-1、A-2、A-3: 2026年11月5日、2026年11月6日\n"


def test_links_of_several_orders_stand_on_lines_of_their_own() -> None:
    values = values_with({}, {"order_number": "A-2", "order_url": "/o/tok2/"})
    message = rendered("See: {order_url}", values)
    assert message.text == f"See: {SITE}/o/tok1/\n{SITE}/o/tok2/\n"
    assert ">See (A-1)</a>" in message.html
    assert ">See (A-2)</a>" in message.html


def test_several_vouchers_get_a_box_each() -> None:
    message = rendered(
        "Yours:\n\n{voucher_code}\n\nBye",
        values_with({}, {"voucher_code": {"voucher": 8}}),
    )
    assert message.text == "Yours:\n\nSORRY-7777\nSORRY-8888\n\nBye\n"
    assert message.html.count("2px dashed") == 2
    assert message.html.count("SORRY-") == 2


def test_a_link_alone_becomes_a_button_with_words_of_the_language() -> None:
    assert ">Zobacz zamówienie</a>" in rendered("Tu:\n\n{order_url}", language="pl").html
    assert ">查看订单详情</a>" in rendered("查看订单详情：{order_url}", language="zh-hans").html


def test_paragraphs_lines_and_plain_links_become_html() -> None:
    page = rendered("One\r\nTwo\r\n\r\nMore at https://shop.example/help?a=1&b=2.").html
    assert "One<br>\nTwo</p>" in page
    assert '<a href="https://shop.example/help?a=1&amp;b=2" ' in page
    assert "</a>.</p>" in page


def test_a_percent_sign_is_a_letter_like_any_other() -> None:
    message = rendered("100 % sure, %s and %(x)s, {customer_name}", subject="100 % {order_number}")
    assert message.subject == "100 % A-1"
    assert message.text == "100 % sure, %s and %(x)s, Łucja O'Brien\n"
    assert "100 % sure, %s and %(x)s, " in message.html


def test_the_page_is_in_its_language_and_loads_nothing() -> None:
    page = rendered("Dear {customer_name}", language="zh-hant").html
    assert '<html lang="zh-Hant" dir="ltr"' in page
    assert "Blue Kettle &amp; Co" in page
    assert "max-width:560px" in page
    for outside in ("<img", "<link", "<script", "url(", "@import", "src="):
        assert outside not in page


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "{{7*7}}",
        "{voucher_code}",
        "%s %(x)s",
        "</p></div>",
        '" onclick="x',
    ],
)
def test_a_customers_text_stays_text(name: str) -> None:
    message = rendered(
        "Dear {customer_name}, code {voucher_code}",
        values_with(customer_name=name),
        subject="For {customer_name}",
    )
    assert message.text == f"Dear {name}, code SORRY-7777\n"
    assert message.subject == f"For {name}"
    assert [text for text in _texts(message.html) if name in text]


@pytest.mark.parametrize("name", ["👨‍👩‍👧‍👦", "محمد العربي", "王小明", "O'Brien-Łęcki", "X", "Ł" * 200])
def test_names_of_the_world_arrive_intact_and_isolated(name: str) -> None:
    message = rendered(
        "Dear {customer_name}",
        values_with(customer_name=name),
        subject="{customer_name}",
    )
    assert message.subject == name
    assert f"Dear {name}\n" == message.text
    assert name in _texts(message.html)
    assert "<bdi>" in message.html


def test_a_value_cannot_start_a_line_or_turn_the_text_round() -> None:
    name = "Eve\r\nBcc: all@example.com\u2028\u202eX\x00\x1b[1m"
    message = rendered(
        "Dear {customer_name},\nyour order",
        values_with(customer_name=name),
        subject="Hello {customer_name}",
    )
    assert message.subject == "Hello Eve Bcc: all@example.com X[1m"
    assert message.text == "Dear Eve Bcc: all@example.com X[1m,\nyour order\n"


@pytest.mark.parametrize(
    "path",
    [
        "javascript:alert(1)",
        "https://evil.example/",
        "//evil.example/",
        "https://shop.example.evil/",
    ],
)
def test_an_order_link_never_leaves_the_site(path: str) -> None:
    message = rendered("{order_url}", values_with({"order_url": path}))
    assert message.text.startswith(f"{SITE}/")
    assert f'href="{SITE}/' in message.html


@given(st.text(st.characters(codec=None), max_size=60))
def test_cleaning_leaves_one_harmless_line_that_can_be_encoded(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert len(cleaned.splitlines()) <= 1
    assert clean(cleaned) == cleaned


@given(st.lists(st.text("ABC", min_size=1), min_size=1, unique=True))
def test_a_list_names_every_value(found: list[str]) -> None:
    assert join(tuple(found), "zh-hans").split("、") == found


class _TextReader(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def _texts(page: str) -> list[str]:
    reader = _TextReader()
    reader.feed(page)
    return reader.texts
