"""The evidence pack: what it says is what was judged, in the supplier's language, the same each time."""

import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation
from pypdf import PdfReader

from backoffice.kernel.errors import Refusal
from suppliers.contracts import evidence, statements
from suppliers.contracts.models import Contract, SupplierClaim
from suppliers.contracts.rules.claims import ClaimState
from suppliers.contracts.rules.measuring import Metric
from suppliers.contracts.selectors import papers
from suppliers.directory.models import Supplier
from tests.factories import make_store
from tests.factories.suppliers import make_supplier
from tests.suppliers.contracts.kit import (
    TODAY,
    check,
    claim_all,
    deliver,
    delivery,
    free_claim,
    level_draft,
    make_contract,
    move,
    october,
    priced,
    recover,
)

pytestmark = pytest.mark.django_db


def text_of(made: bytes) -> str:
    """All that can be selected, without the spaces that lines are broken at."""
    reader = PdfReader(io.BytesIO(made))
    return squeezed("".join(page.extract_text() for page in reader.pages))


def squeezed(text: str) -> str:
    return re.sub(r"\s|\u200b", "", text)


def pages_of(made: bytes) -> int:
    return len(PdfReader(io.BytesIO(made)).pages)


def claim_in(language: str, *, late: int = 2, on_time: int = 8, name: str = "Zażółć Gęślą Sp. z o.o.") -> SupplierClaim:
    make_store("kettle", name="Kettle & Co. 壶")
    supplier = make_supplier("ACME", language=language, legal_name=name)
    priced(supplier)
    contract = make_contract(supplier, title="Umowa ramowa na czajniki")
    october(late, on_time)
    check()
    return move(claim_all(contract), ClaimState.SENT)


def said(claim: SupplierClaim, language: str) -> Iterator[str]:
    """Every sentence, figure and cell that the pack must say."""
    with translation.override(language):
        for one in papers.kept(claim):
            for label, words in (
                *statements.agreed(one.terms),
                *statements.measured(one.revision),
                *statements.sums(one.revision),
            ):
                yield label
                yield words
            for row in statements.table(one.terms, one.rows).rows:
                yield from row


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Claim SC-", "On time in full", "Value of the goods due", "Page"]),
        ("pl", ["Roszczenie SC-", "Na czas i w całości", "Wartość towaru w terminie okna", "Strona"]),
        ("zh-hans", ["索赔", "准时足量", "到期货物价值", "页"]),
        ("zh-hant", ["索賠", "準時足量", "到期貨物價值", "頁"]),
    ],
)
def test_the_text_of_the_pack_is_the_data(language: str, words: list[str]) -> None:
    claim = claim_in(language)
    found = text_of(evidence.pdf(claim, today=TODAY))
    expected = list(said(claim, language))
    assert len(expected) > 70
    assert {one for one in expected if squeezed(one) not in found} == set()
    for one in (*words, "Zażółć Gęślą Sp. z o.o.", "Kettle & Co. 壶", "RC-2026/7", "§ 7.2", claim.number):
        assert squeezed(one) in found, one


def test_a_language_we_do_not_have_is_english() -> None:
    assert "Answerby" in text_of(evidence.pdf(claim_in("et"), today=TODAY))


def test_the_same_claim_gives_the_same_bytes_whatever_happens_afterwards() -> None:
    claim = claim_in("pl")
    first = evidence.pdf(claim, today=TODAY)
    Supplier.objects.update(name="New name", legal_name="New legal name")
    Contract.objects.update(title="Another title", number="RC-9")
    deliver(delivery("fix", date(2026, 10, 3), 0, corrects="O1", order_ref="PO-O1", line_ref="O1"))
    check()
    recover(claim, "10.00")
    again = evidence.pdf(SupplierClaim.objects.get(pk=claim.pk), today=date(2027, 1, 1))
    assert again == first


def test_long_tables_repeat_their_header_and_pages_are_counted() -> None:
    claim = claim_in("en", late=40, on_time=100)
    made = evidence.pdf(claim, today=TODAY)
    n = pages_of(made)
    assert n >= 3
    texts = [squeezed(page.extract_text()) for page in PdfReader(io.BytesIO(made)).pages]
    assert all(f"Page{place}/{n}" in text for place, text in enumerate(texts, start=1))
    assert sum("OrderArticlePromisedComplete" in text for text in texts) >= n - 1


def test_every_metric_has_its_own_columns() -> None:
    make_store("kettle")
    supplier = make_supplier("ACME", language="en")
    priced(supplier)
    contract = make_contract(supplier, level_draft(Metric.LOTS_REJECTED, 10))
    from tests.suppliers.contracts.test_checking import _lots

    _lots("ACME", rejected=1, of=2)
    october(0, 3)
    check()
    found = text_of(evidence.pdf(claim_all(contract), today=TODAY))
    for words in ("LotOrderArticleInspected", "LOT-0", "Goodsdue(3rows)", "PLN300.00"):
        assert words in found, words


def test_a_claim_without_breaches_tells_what_happened() -> None:
    make_store("kettle")
    claim = free_claim(make_supplier("ACME", language="pl"), reason="40 z 400 pokrywek.\nNie domykają się.")
    found = text_of(evidence.pdf(claim, today=TODAY))
    for words in ("40z400pokrywek.", "Niedomykająsię.", "(szkic)"):
        assert words in found, words


class TestFonts:
    def test_without_a_font_for_chinese_it_says_so(self) -> None:
        with pytest.raises(Refusal, match="fonts-noto-cjk"):
            evidence.fonts("zh-hans", "索赔", ["Libertinus Serif", "DejaVu Sans"])

    def test_a_polish_pack_needs_none(self) -> None:
        assert evidence.fonts("pl", "Zażółć gęślą jaźń", []) == ["Libertinus Serif"]

    def test_a_chinese_name_in_a_polish_pack_needs_one(self) -> None:
        with pytest.raises(Refusal):
            evidence.fonts("pl", "陶瓷", [])
        assert evidence.fonts("pl", "陶瓷", ["Noto Sans CJK SC"]) == ["Libertinus Serif", "Noto Sans CJK SC"]

    def test_traditional_letters_come_first_where_they_are_meant(self) -> None:
        known = ["Noto Sans CJK SC", "Noto Sans CJK TC"]
        assert evidence.fonts("zh-hant", "索賠", known)[1] == "Noto Sans CJK TC"

    def test_this_machine_can_draw_the_packs_that_are_tested_here(self) -> None:
        """Without a font for Chinese the tests above fail here, with the sentence that people see."""
        assert evidence.fonts("zh-hans", "索赔", evidence.families())


class TestRows:
    def test_every_fact_and_value_is_there(self) -> None:
        claim = claim_in("pl")
        rows = [dict(zip(papers.CSV_HEAD, row, strict=True)) for row in papers.csv_rows(claim)]
        assert len(rows) == 10
        assert {row["value"] for row in rows} == {Decimal(100)}
        assert sum(row["in_full"] is False for row in rows) == 2
        assert all(row["facts"] and row["claim"] == claim.number and row["clause"] == "§ 7.2" for row in rows)
