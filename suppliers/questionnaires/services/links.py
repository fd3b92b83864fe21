"""Links by which a supplier opens its sheet: 192 random bits, kept as a hash alone."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory.services import common
from suppliers.questionnaires.models import AnswerSheet, SheetLink

TOKEN_BYTES = 24
LIFE = timedelta(days=30)
MOST_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Issued:
    """A new link. token is told once and stored nowhere."""

    link: SheetLink
    token: str


def hash_of(token: str) -> str:
    """What is kept of a token. It is random enough that a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def issue_link(*, sheet_id: int, actor: User | None, now: datetime, life: timedelta = LIFE) -> Issued:
    """One more link to an open sheet; the ones before it go on working, so that a reminder stops nobody's work.

    Raises Refusal (supplier.role, sheet.state, sheet.by, sheet.links).
    """
    common.require_editor(actor)
    sheet = AnswerSheet.objects.select_for_update().get(pk=sheet_id)
    if sheet.state != AnswerSheet.State.OPEN:
        raise Refusal("sheet.state", _("These answers were handed in or closed, so nobody needs a link to them."))
    if sheet.by != AnswerSheet.By.SUPPLIER:
        raise Refusal("sheet.by", _("This sheet is filled in by us. Start one for the supplier."))
    if sheet.links.filter(revoked_at=None, expires_at__gt=now).count() >= MOST_AT_ONCE:
        raise Refusal("sheet.links", _("Five links are open already. Revoke them, then make a new one."))
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = SheetLink.objects.create(
        sheet=sheet, token_hash=hash_of(token), issued_by=actor, issued_at=now, expires_at=now + life
    )
    audit.record(
        actor=actor, verb="sheet.link", subject=common.subject(sheet.supplier_id), now=now, sheet=sheet.pk, link=link.pk
    )
    return Issued(link, token)


@transaction.atomic
def end_links(*, sheet_id: int, actor: User | None, now: datetime) -> int:
    """Let no link to this sheet work any more; returns how many did. Raises Refusal (supplier.role)."""
    common.require_editor(actor)
    sheet = AnswerSheet.objects.select_for_update().get(pk=sheet_id)
    ended = sheet.links.filter(revoked_at=None).update(revoked_at=now)
    audit.record(
        actor=actor,
        verb="sheet.revoke",
        subject=common.subject(sheet.supplier_id),
        now=now,
        sheet=sheet.pk,
        count=ended,
    )
    return ended


def note_opened(*, link: SheetLink, now: datetime) -> None:
    """Remember when a link was first opened."""
    SheetLink.objects.filter(pk=link.pk, opened_at=None).update(opened_at=now)
