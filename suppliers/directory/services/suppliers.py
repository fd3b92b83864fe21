"""Writes to suppliers themselves."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel import audit, changing, text
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory import rules
from suppliers.directory.models import ContactLog, Supplier
from suppliers.directory.rules import SupplierDraft, SupplierKind
from suppliers.directory.services import common

CODE_LIMIT = 64
# A room above may use a supplier in a way that a warehouse of our own cannot be used; it says here how often.
_uses: dict[str, Callable[[int], int]] = {}


def register_use(name: str, count: Callable[[int], int]) -> None:
    """Let a room above say how often it buys from a supplier, by its id. Registering a name again replaces it."""
    _uses[name] = count


def ensure(*, names: Mapping[str, str]) -> int:
    """Create the suppliers that are missing, by code -> name. Existing ones stay as they are.

    Returns how many were created.
    """
    before = Supplier.objects.filter(code__in=names.keys()).count()
    Supplier.objects.bulk_create(
        [Supplier(code=code, name=name or code) for code, name in sorted(names.items())], ignore_conflicts=True
    )
    return len(names) - before


@transaction.atomic
def add_supplier(*, draft: SupplierDraft, actor: User | None, now: datetime) -> Supplier:
    """Write a new supplier.

    Raises Refusal (supplier.role, supplier.code, supplier.known, supplier.cadence, supplier.country, money.currency).
    """
    common.require_editor(actor)
    values = _checked(draft)
    _refuse_known_code(values["code"], besides=0)
    supplier = Supplier(**values)
    supplier.contact_due_on = _due(supplier, now)
    supplier.save()
    audit.record(actor=actor, verb="supplier.create", subject=common.subject(supplier.pk), now=now, code=supplier.code)
    return supplier


@transaction.atomic
def change_supplier(
    *, supplier_id: int, version: int, draft: SupplierDraft, actor: User | None, now: datetime
) -> Supplier:
    """Write what differs. Raises Stale, and Refusal as add_supplier does, or (supplier.bought_from)."""
    common.require_editor(actor)
    supplier = changing.lock(Supplier.objects.all(), pk=supplier_id, version=version)
    values = _checked(draft)
    if values["code"] != supplier.code:
        _refuse_known_code(values["code"], besides=supplier_id)
    if values["kind"] == SupplierKind.WAREHOUSE != supplier.kind:
        _refuse_used(supplier_id)
    changed = changing.apply(supplier, values)
    if "cadence_days" in changed:
        supplier.contact_due_on = _due(supplier, now)
        supplier.save(update_fields=["contact_due_on"])
    if changed:
        audit.record(
            actor=actor,
            verb="supplier.change",
            subject=common.subject(supplier_id),
            now=now,
            **audit.changes(changed),
        )
    return supplier


def _checked(draft: SupplierDraft) -> dict[str, Any]:
    code = text.exact_code(draft.code, limit=CODE_LIMIT)
    if not code or code[0] in "=+-@":
        raise Refusal("supplier.code", _("Begin the code with a letter or a digit."), "code")
    if text.mixed_scripts(code):
        raise Refusal("supplier.code", _("The code mixes alphabets that look alike. Type it in one of them."), "code")
    if draft.cadence_days is not None and not 1 <= draft.cadence_days <= rules.LONGEST_CADENCE:
        raise Refusal("supplier.cadence", _("Enter from 1 to 730 days."), "cadence_days")
    common.check_country(draft.country)
    common.check_currency(draft.currency)
    spoken = dict.fromkeys([*([draft.language] if draft.language else []), *draft.languages])
    return asdict(draft) | {"code": code, "languages": list(spoken)}


def _refuse_known_code(code: str, *, besides: int) -> None:
    known = Supplier.objects.filter(code__iexact=code).exclude(pk=besides).first()
    if known is not None:
        raise Refusal(
            "supplier.known", _("{name} has this code already. Choose another.").format(name=known.name), "code"
        )


def _refuse_used(supplier_id: int) -> None:
    used = sum(count(supplier_id) for count in _uses.values())
    if used:
        raise Refusal(
            "supplier.bought_from",
            ngettext(
                "%(n)d item is bought here, so this is no warehouse of ours. End it first.",
                "%(n)d items are bought here, so this is no warehouse of ours. End them first.",
                used,
            )
            % {"n": used},
            "kind",
        )


def _due(supplier: Supplier, now: datetime) -> Any:
    newest = newest_talk(supplier.pk) if supplier.pk else None
    return rules.contact_due(
        last_on=newest.happened_on if newest else None,
        next_on=newest.next_contact_on if newest else None,
        cadence_days=supplier.cadence_days,
        since=common.today(now),
    )


def newest_talk(supplier_id: int) -> ContactLog | None:
    """The talk of the latest day; of several on one day, the one written last."""
    return ContactLog.objects.filter(supplier_id=supplier_id).order_by("-happened_on", "-id").first()
