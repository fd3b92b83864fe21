"""Taking facts back: the ledger only grows, so a newer fact says again what stood before, or that nothing was."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.performance.chains import correctors, draft_of
from suppliers.performance.models import BY_KIND, Fact
from suppliers.performance.rules.facts import FactDraft
from suppliers.performance.rules.kinds import FactKind
from suppliers.performance.rules.revisions import following
from suppliers.performance.services.recording import record_facts


@transaction.atomic
def withdraw_facts(*, kind: FactKind, source: str, keys: Mapping[str, str], actor: User | None, now: datetime) -> int:
    """Take these facts back, all or none; returns how many.

    keys: the name of each fact -> the key behind which it stands (its own, or that of the first it took the place of).
    Raises Refusal (fact.unknown, fact.moved_on) when one is not there, or was corrected since.
    """
    model = BY_KIND[kind.name]
    rows = list(
        model._default_manager.filter(source=source, key__in=keys).select_related(
            "supplier", "product", "corrects__supplier", "corrects__product"
        )
    )
    if len(rows) < len(keys):
        raise Refusal("fact.unknown", _("Some of these facts are not there. Nothing was taken back."))
    moved = len(correctors(kind, rows))
    if moved:
        sentence = ngettext(
            "%(n)d of these facts was corrected since, so they are not taken back together. Correct it by itself.",
            "%(n)d of these facts were corrected since, so they are not taken back together. Correct them one by one.",
            moved,
        )
        raise Refusal("fact.moved_on", sentence % {"n": moved})
    drafts = [_before(row, kind, keys[row.key]) for row in rows]
    done = record_facts(kind=kind, source=source, drafts=drafts, actor=actor, now=now)
    if done.refused:
        raise Refusal("fact.moved_on", _("Somebody corrected one of these facts just now. Nothing was taken back."))
    return done.created


def _before(fact: Fact, kind: FactKind, key: str) -> FactDraft:
    """What stood before the fact, as one that takes its place."""
    named = following(key, fact.key)
    if fact.corrects is None:
        return replace(draft_of(fact, kind), key=named, corrects=fact.key, withdrawn=True)
    return replace(draft_of(fact.corrects, kind), key=named, corrects=fact.key)
