"""Writes to prospects, up to the day on which one becomes a supplier."""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit, changing
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory.models import Prospect, Supplier
from suppliers.directory.rules import ContactDraft, ProspectDraft, Stage, SupplierDraft
from suppliers.directory.services import common, contacts
from suppliers.directory.services.suppliers import add_supplier

PERSONAL = ("contact_name", "email", "phone")


def _subject(prospect_id: int) -> str:
    return f"prospect:{prospect_id}"


@transaction.atomic
def add_prospect(*, draft: ProspectDraft, actor: User | None, now: datetime) -> Prospect:
    """Write a new prospect. Raises Refusal (supplier.role, prospect.name, prospect.won, prospect.step,
    supplier.country)."""
    common.require_editor(actor)
    _check(draft)
    prospect = Prospect.objects.create(added_at=now, **asdict(draft))
    audit.record(actor=actor, verb="prospect.create", subject=_subject(prospect.pk), now=now, source=draft.source)
    return prospect


@transaction.atomic
def change_prospect(
    *, prospect_id: int, version: int, draft: ProspectDraft, actor: User | None, now: datetime
) -> Prospect:
    """Write what differs. Raises Stale, and Refusal as add_prospect does, or (prospect.done)."""
    common.require_editor(actor)
    prospect = changing.lock(Prospect.objects.all(), pk=prospect_id, version=version)
    _refuse_done(prospect)
    _check(draft)
    changed = changing.apply(prospect, asdict(draft))
    if changed:
        audit.record(
            actor=actor,
            verb="prospect.change",
            subject=_subject(prospect_id),
            now=now,
            **audit.changes(changed, private=PERSONAL),
        )
    return prospect


@transaction.atomic
def turn_into_supplier(
    *, prospect_id: int, version: int, code: str, currency: str, actor: User | None, now: datetime
) -> Supplier:
    """Make a supplier of a prospect, with its person as the contact for orders.

    Raises Stale, and Refusal (supplier.role, prospect.done, and as add_supplier does).
    """
    common.require_editor(actor)
    prospect = changing.lock(Prospect.objects.all(), pk=prospect_id, version=version)
    _refuse_done(prospect)
    draft = SupplierDraft(
        code=code, name=prospect.name, country=prospect.country, currency=currency, notes=prospect.notes
    )
    supplier = add_supplier(draft=draft, actor=actor, now=now)
    if prospect.contact_name:
        person = ContactDraft(name=prospect.contact_name, email=prospect.email, phone=prospect.phone, for_orders=True)
        contacts.add_contact(supplier_id=supplier.pk, draft=person, actor=actor, now=now)
    done = {"next_step": "", "next_step_on": None}
    changing.apply(prospect, {"stage": Stage.WON.value, "supplier": supplier} | done)
    audit.record(
        actor=actor, verb="prospect.won", subject=_subject(prospect_id), now=now, supplier=supplier.pk, code=code
    )
    return supplier


def _refuse_done(prospect: Prospect) -> None:
    if prospect.stage == Stage.WON:
        raise Refusal("prospect.done", _("This prospect is a supplier already. Change the supplier."))


def _check(draft: ProspectDraft) -> None:
    if not draft.name:
        raise Refusal("prospect.name", _("Enter the name of the firm."), "name")
    if draft.stage == Stage.WON:
        raise Refusal("prospect.won", _("Use the button that turns it into a supplier."), "stage")
    if draft.next_step_on is not None and not draft.next_step:
        raise Refusal("prospect.step", _("Say what the next step is."), "next_step")
    if draft.next_step and draft.stage == Stage.DROPPED:
        raise Refusal("prospect.step", _("Nothing comes next with a firm that was dropped. Empty it."), "next_step")
    common.check_country(draft.country)
