"""Writes to the contact log."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory import rules
from suppliers.directory.models import ContactLog, SupplierContact
from suppliers.directory.services import common
from suppliers.directory.services.suppliers import newest_talk


@transaction.atomic
def log_talk(
    *,
    supplier_id: int,
    channel: str,
    happened_on: date,
    said: str,
    contact_id: int | None,
    next_contact_on: date | None,
    actor: User | None,
    now: datetime,
) -> ContactLog:
    """Append one talk and work out when the next one is due: the newest talk decides, whenever it was written down.

    Raises Refusal (supplier.role, talk.empty, talk.future, talk.next, talk.contact).
    """
    common.require_editor(actor)
    supplier = common.hold(supplier_id)
    _check(said=said, happened_on=happened_on, next_contact_on=next_contact_on, today=common.today(now))
    if contact_id is not None and not SupplierContact.objects.filter(pk=contact_id, supplier_id=supplier_id).exists():
        raise Refusal("talk.contact", _("That person does not work there. Choose one from the list."), "contact")
    talk = ContactLog.objects.create(
        supplier=supplier,
        contact_id=contact_id,
        happened_on=happened_on,
        channel=channel,
        said=said,
        next_contact_on=next_contact_on,
        written_by=actor,
        recorded_at=now,
    )
    newest = newest_talk(supplier_id) or talk
    supplier.last_contact_on = newest.happened_on
    supplier.contact_due_on = rules.contact_due(
        last_on=newest.happened_on,
        next_on=newest.next_contact_on,
        cadence_days=supplier.cadence_days,
        since=common.today(now),
    )
    supplier.save(update_fields=["last_contact_on", "contact_due_on"])
    audit.record(
        actor=actor,
        verb="supplier.talk",
        subject=common.subject(supplier_id),
        now=now,
        talk=talk.pk,
        channel=channel,
        due=str(supplier.contact_due_on or ""),
    )
    return talk


def _check(*, said: str, happened_on: date, next_contact_on: date | None, today: date) -> None:
    if not said:
        raise Refusal("talk.empty", _("Write what was said, so that others can follow it later."), "said")
    if happened_on > today:
        raise Refusal("talk.future", _("That day is still to come. Enter the day of the talk."), "happened_on")
    if next_contact_on is not None and next_contact_on < happened_on:
        raise Refusal("talk.next", _("The next talk cannot be before this one."), "next_contact_on")
