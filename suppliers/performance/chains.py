"""What the ledger says today under a key: the fact of that name, or the last of those that took its place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Generic, TypeVar

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.kernel.text import shown
from suppliers.performance.models import BY_KIND, Fact
from suppliers.performance.rules.facts import DeliveryDraft, FactDraft
from suppliers.performance.rules.kinds import FactKind
from suppliers.performance.rules.revisions import following, stem

D = TypeVar("D")
_LATEST = """
WITH RECURSIVE chain AS (
    SELECT f.id, f.key AS asked, wanted.stem, 1 AS depth
    FROM {table} f JOIN unnest(%(keys)s::text[], %(stems)s::text[]) AS wanted(key, stem) ON wanted.key = f.key
    WHERE f.source = %(source)s
    UNION ALL
    SELECT f.id, chain.asked, chain.stem, chain.depth + 1
    FROM {table} f JOIN chain ON f.corrects_id = chain.id AND starts_with(f.key, chain.stem)
)
SELECT DISTINCT ON (asked) asked, id FROM chain ORDER BY asked, depth DESC
"""


class Verdict(StrEnum):
    """What recording a draft would do. TAKEN: it differs, and a fact of another name has taken its place."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Compared(Generic[D]):
    """draft: as it is to be recorded. by: the key of what has taken the place of key."""

    verdict: Verdict
    draft: D
    key: str = ""
    by: str = ""

    @property
    def reason(self) -> str:
        """Why it cannot be recorded, "" when it can."""
        if self.verdict is not Verdict.TAKEN:
            return ""
        sentence = _("“%(key)s” was corrected by “%(by)s” since. Correct that one instead.")
        return sentence % {"key": shown(self.key), "by": shown(self.by)}


def latest(kind: FactKind, *, source: str, keys: Collection[str]) -> dict[str, Fact]:
    """Return by key the last fact that stands under it. Two queries, however many keys."""
    model = BY_KIND[kind.name]
    wanted = sorted(set(keys))
    parameters: dict[str, Any] = {"keys": wanted, "stems": [stem(key) for key in wanted], "source": source}
    with connection.cursor() as cursor:
        cursor.execute(_LATEST.format(table=model._meta.db_table), parameters)
        ids = dict(cursor.fetchall())
    rows = model._default_manager.filter(pk__in=ids.values()).select_related("supplier", "product")
    by_id = {row.pk: row for row in rows}
    return {key: by_id[one] for key, one in ids.items()}


def correctors(kind: FactKind, facts: Collection[Fact]) -> dict[int, str]:
    """Return which of these facts were corrected: by id, the key of the one that took its place."""
    statement = f"SELECT corrects_id, key FROM {BY_KIND[kind.name]._meta.db_table} WHERE corrects_id = ANY(%s)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [[fact.pk for fact in facts]])
        return dict(cursor.fetchall())


def draft_of(fact: Fact, kind: FactKind) -> FactDraft:
    """The draft that this fact was, but for what it corrects."""
    told: dict[str, Any] = {
        "supplier_code": fact.supplier.code,
        "sku": fact.product.sku if fact.product else "",
        "corrects": "",
    }
    for name in kind.draft.__dataclass_fields__:
        if name not in told:
            told[name] = getattr(fact, name)
    return kind.draft(**told)


def compare(kind: FactKind, *, source: str, drafts: Sequence[FactDraft]) -> list[Compared[FactDraft]]:
    """Say what each draft would do, in their order; one that differs is renamed, and corrects what stands there."""
    found = latest(kind, source=source, keys=[draft.key for draft in drafts])
    taken = correctors(kind, found.values())
    return [_compared(draft, found.get(draft.key), kind, taken) for draft in drafts]


def _compared(draft: FactDraft, fact: Fact | None, kind: FactKind, taken: Mapping[int, str]) -> Compared[FactDraft]:
    if fact is None:
        return Compared(Verdict.NEW, draft)
    if not fact.withdrawn and _said(draft, draft.key) == _said(draft_of(fact, kind), draft.key):
        return Compared(Verdict.SAME, draft)
    if fact.pk in taken:
        return Compared(Verdict.TAKEN, draft, key=draft.key, by=taken[fact.pk])
    named = replace(draft, key=following(draft.key, fact.key), corrects=fact.key)
    return Compared(Verdict.CHANGED, _on_line(named, draft.key))


def _said(draft: FactDraft, key: str) -> FactDraft:
    """The draft without its names, so that two that tell the same are equal."""
    return replace(_on_line(draft, key), key="", corrects="", withdrawn=False)


def _on_line(draft: FactDraft, key: str) -> FactDraft:
    """A delivery that names no line is a line of its own, and stays that line when it is corrected."""
    return replace(draft, line_ref=draft.line_ref or key) if isinstance(draft, DeliveryDraft) else draft
