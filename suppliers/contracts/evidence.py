"""The evidence pack of a claim as a PDF, in the supplier's language: the same claim gives the same bytes."""

import json
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import formats
from backoffice.kernel.errors import Refusal
from suppliers.contracts import statements, words
from suppliers.contracts.models import SupplierClaim
from suppliers.contracts.selectors import papers
from suppliers.contracts.selectors.papers import Kept
from suppliers.contracts.statements import Table

TEMPLATE = Path(__file__).with_name("pack.typ")
# Ships with the typesetter and knows Latin letters; the others come from the machine.
LATIN = "Libertinus Serif"
CJK = {
    "zh-hans": ("Noto Serif CJK SC", "Noto Sans CJK SC", "Source Han Serif SC", "Source Han Sans SC"),
    "zh-hant": ("Noto Serif CJK TC", "Noto Sans CJK TC", "Source Han Serif TC", "Source Han Sans TC"),
}
# Where writings begin and end that no Latin font knows: Han, kana, hangul, and their signs and wide forms.
_WIDE = ((0x1100, 0x11FF), (0x2E80, 0x9FFF), (0xA960, 0xA97F), (0xAC00, 0xD7FF), (0xF900, 0xFAFF), (0xFF00, 0xFFEF),
         (0x20000, 0x3FFFF))  # fmt: skip
_REGIONS = {"zh-hans": ("zh", "cn"), "zh-hant": ("zh", "tw")}


def pdf(claim: SupplierClaim, *, today: date) -> bytes:
    """The pack. today: for a draft, whose two sides are not kept yet. Raises Refusal (pack.font)."""
    sides = claim.paper or papers.parties(claim, day=today)
    language = sides["language"]
    with translation.override(language):
        data = _data(claim, sides)
    data["fonts"] = fonts(language, json.dumps(data, ensure_ascii=False), families())
    data["lang"], data["region"] = _REGIONS.get(language, (language, None))
    made = typst.compile(TEMPLATE, format="pdf", sys_inputs={"data": json.dumps(data, ensure_ascii=False)})
    if not isinstance(made, bytes):
        raise TypeError(type(made))
    return made


@lru_cache(maxsize=1)
def families() -> frozenset[str]:
    """The fonts of this machine; the typesetter looks for them once."""
    return frozenset(typst.Fonts().families())


def fonts(language: str, text: str, known: Iterable[str]) -> list[str]:
    """The fonts to set a text in. Raises Refusal (pack.font) where it has letters that no font here can draw."""
    mine = CJK.get(language, ())
    others = [font for code in CJK for font in CJK[code] if font not in mine]
    there = set(known)
    found = [font for font in (*mine, *others) if font in there]
    if not found and _needs_wide(text):
        raise Refusal(
            "pack.font",
            _("This server has no font for Chinese, Japanese and Korean, so the pack cannot be drawn. Have "
              "fonts-noto-cjk installed, and download it again."),
        )  # fmt: skip
    return [LATIN, *found]


def _needs_wide(text: str) -> bool:
    return any(first <= ord(letter) <= last for letter in text for first, last in _WIDE)


def _data(claim: SupplierClaim, sides: dict[str, Any]) -> dict[str, Any]:
    found = papers.kept(claim)
    title = _("Claim {number}").format(number=claim.number)
    if claim.sent_on is None:
        title = _("Claim {number} (draft)").format(number=claim.number)
    return {
        "title": title,
        "us": sides["us"],
        "number": claim.number,
        "footer": claim.title,
        "page": _("Page"),
        "facts": _facts(claim, sides),
        "reason": claim.reason,
        "reason_label": _("What happened"),
        "parts": [_part(place, one) for place, one in enumerate(found, start=1)],
        "totals": _totals(claim, found),
        "labels": {"sums": _("How the penalty is counted"), "total": _("Sum")},
    }


def _facts(claim: SupplierClaim, sides: dict[str, Any]) -> list[list[str]]:
    contract = f"{sides['contract']} · {sides['title']}" if sides["contract"] else ""
    rows = [
        (_("From"), " · ".join(part for part in (sides["us"], sides["reply_to"]) if part)),
        (_("To"), f"{sides['them']} · {sides['code']}"),
        (_("Day"), formats.day(date.fromisoformat(sides["day"]))),
        (_("Subject"), claim.title),
        (_("Contract"), contract),
        (_("Asked for"), formats.money(claim.amount, claim.currency)),
        (_("Answer by"), formats.day(claim.answer_due) if claim.answer_due else ""),
    ]
    return [[label, said] for label, said in rows if said]


def _part(place: int, one: Kept) -> dict[str, Any]:
    breach = one.line.breach
    tables = [_table(_("Measured on"), statements.table(one.terms, one.rows))]
    if one.goods and one.goods is not one.rows:
        tables.append(_table(_("Goods due"), statements.goods_table(one.terms, one.goods)))
    pairs = [*statements.agreed(one.terms), *statements.measured(one.revision)]
    return {
        "title": f"{place}. {words.METRICS[one.terms.metric.value]}: "
        f"{formats.day(breach.start)} – {formats.day(breach.end)}",
        "agreed": [list(pair) for pair in pairs],
        "sums": [list(pair) for pair in statements.sums(one.revision)],
        "tables": tables,
    }


def _table(title: str, found: Table) -> dict[str, Any]:
    count = ngettext("%(n)s row", "%(n)s rows", len(found.rows)) % {"n": formats.number(len(found.rows))}
    return {
        "title": f"{title} ({count})",
        "columns": [{"label": column.label, "figure": column.is_figure} for column in found.columns],
        "rows": found.rows,
    }


def _totals(claim: SupplierClaim, found: Sequence[Kept]) -> list[list[str]]:
    lines = [
        [f"{place}. {formats.day(one.line.breach.start)}", formats.money(one.line.amount, claim.currency)]
        for place, one in enumerate(found, start=1)
    ]
    return [*lines, [_("Asked for"), formats.money(claim.amount, claim.currency)]]
