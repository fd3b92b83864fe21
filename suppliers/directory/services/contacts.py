"""Writes to the people at a supplier."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory.models import SupplierContact
from suppliers.directory.rules import DUTIES, ContactDraft
from suppliers.directory.services import common

PERSONAL = ("name", "email", "phone")


@transaction.atomic
def add_contact(*, supplier_id: int, draft: ContactDraft, actor: User | None, now: datetime) -> SupplierContact:
    """Write a new contact; the duties it has are taken from whoever had them.

    Raises Refusal (supplier.role, contact.name, contact.gone).
    """
    common.require_editor(actor)
    common.hold(supplier_id)
    values = _checked(draft)
    freed = _hand_over(supplier_id, draft, besides=0)
    contact = SupplierContact.objects.create(supplier_id=supplier_id, **values)
    audit.record(
        actor=actor,
        verb="contact.create",
        subject=common.subject(supplier_id),
        now=now,
        contact=contact.pk,
        duties=[duty for duty in DUTIES if values[duty]],
        freed=freed,
    )
    return contact


@transaction.atomic
def change_contact(
    *, contact_id: int, version: int, draft: ContactDraft, actor: User | None, now: datetime
) -> SupplierContact:
    """Write what differs; a duty that is new here is taken from whoever had it. Raises Stale, and as add_contact."""
    common.require_editor(actor)
    # The supplier before the contact, as adding does: two people who hand duties over wait for each other.
    common.hold(SupplierContact.objects.values_list("supplier_id", flat=True).get(pk=contact_id))
    contact = changing.lock(SupplierContact.objects.all(), pk=contact_id, version=version)
    values = _checked(draft)
    freed = _hand_over(contact.supplier_id, draft, besides=contact_id)
    changed = changing.apply(contact, values)
    if changed:
        audit.record(
            actor=actor,
            verb="contact.change",
            subject=common.subject(contact.supplier_id),
            now=now,
            contact=contact_id,
            freed=freed,
            **audit.changes(changed, private=PERSONAL),
        )
    return contact


def _checked(draft: ContactDraft) -> dict[str, Any]:
    if not draft.name:
        raise Refusal("contact.name", _("Enter the name of the person."), "name")
    values = asdict(draft)
    if not draft.is_active and any(values[duty] for duty in DUTIES):
        raise Refusal("contact.gone", _("Somebody who has left can have no duty. Untick the duties."), "is_active")
    return values


def _hand_over(supplier_id: int, draft: ContactDraft, *, besides: int) -> list[int]:
    """Take the draft's duties from whoever has them; returns the ids of those contacts."""
    freed = set[int]()
    others = SupplierContact.objects.filter(supplier_id=supplier_id, is_active=True).exclude(pk=besides)
    for other in others.select_for_update():
        taken = {duty: False for duty in DUTIES if getattr(draft, duty) and getattr(other, duty)}
        if taken:
            changing.apply(other, taken)
            freed.add(other.pk)
    return sorted(freed)
