"""What happened to a supplier, told to people: who did what, and what each field held before and after."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import states
from backoffice.kernel.models import AuditEntry
from suppliers.directory import words

WORDS = {
    "supplier.create": gettext_lazy("Supplier added"),
    "supplier.change": gettext_lazy("Supplier changed"),
    "supplier.talk": gettext_lazy("Talk written down"),
    "contact.create": gettext_lazy("Contact added"),
    "contact.change": gettext_lazy("Contact changed"),
    "certificate.create": gettext_lazy("Certificate added"),
    "certificate.change": gettext_lazy("Certificate changed"),
    "assessment.start": gettext_lazy("Assessment started"),
    "assessment.change": gettext_lazy("Assessment changed"),
    "assessment.submit": gettext_lazy("Assessment submitted"),
    "assessment.attach": gettext_lazy("File added to an assessment"),
    "assessment.withdraw": gettext_lazy("File taken away from an assessment"),
    "sheet.start": gettext_lazy("Questionnaire started"),
    "sheet.link": gettext_lazy("Link to a questionnaire made"),
    "sheet.revoke": gettext_lazy("Links to a questionnaire revoked"),
    "sheet.file": gettext_lazy("File added to a questionnaire"),
    "sheet.submit": gettext_lazy("Questionnaire handed in"),
    "sheet.send_back": gettext_lazy("Questionnaire sent back"),
    "sheet.accept": gettext_lazy("Questionnaire accepted"),
    "sheet.close": gettext_lazy("Questionnaire closed"),
    "event.create": gettext_lazy("Critical event reported"),
    "event.change": gettext_lazy("Critical event changed"),
    "action.ask": gettext_lazy("Correction asked for"),
    "action.change": gettext_lazy("Request for a correction changed"),
    "action.answer": gettext_lazy("Correction answered"),
    "action.verify": gettext_lazy("Correction verified"),
    "action.reject": gettext_lazy("Answer to a correction rejected"),
    "action.withdraw": gettext_lazy("Request for a correction withdrawn"),
    "standing.override": gettext_lazy("Decided otherwise than the standing"),
    "item.create": gettext_lazy("Item added"),
    "item.change": gettext_lazy("Item changed"),
    "backup.verify": gettext_lazy("Backup verified"),
    "contract.create": gettext_lazy("Contract added"),
    "contract.change": gettext_lazy("Contract changed"),
    "contract.activate": gettext_lazy("Contract activated"),
    "contract.terminate": gettext_lazy("Contract terminated"),
    "level.create": gettext_lazy("Service level added"),
    "level.change": gettext_lazy("Service level changed"),
    "level.end": gettext_lazy("Service level ended"),
    "breach.found": gettext_lazy("Service level missed"),
    "breach.judged": gettext_lazy("Breach judged anew"),
    "breach.waive": gettext_lazy("Breach let go"),
    "claim.draft": gettext_lazy("Claim drafted"),
    "claim.change": gettext_lazy("Claim changed"),
    "claim.sent": gettext_lazy("Claim sent"),
    "claim.accepted": gettext_lazy("Claim accepted"),
    "claim.partly_accepted": gettext_lazy("Claim accepted in part"),
    "claim.disputed": gettext_lazy("Claim disputed"),
    "claim.settled": gettext_lazy("Claim settled"),
    "claim.withdrawn": gettext_lazy("Claim withdrawn"),
    "claim.recover": gettext_lazy("Recovery written down"),
    "supplier.default": gettext_lazy("Default declared"),
    "supplier.lift": gettext_lazy("Default lifted"),
    "switch.draft": gettext_lazy("Switch to backups drafted"),
    "switch.confirm": gettext_lazy("Switch to backups confirmed"),
    "switch.undo": gettext_lazy("Switch to backups undone"),
    "switch.sent": gettext_lazy("Backups told"),
}
FIELDS = {
    "code": gettext_lazy("Code"),
    "name": gettext_lazy("Name"),
    "legal_name": gettext_lazy("Legal name"),
    "kind": gettext_lazy("Kind"),
    "state": gettext_lazy("State"),
    "country": gettext_lazy("Country"),
    "currency": gettext_lazy("Currency"),
    "language": gettext_lazy("Language"),
    "languages": gettext_lazy("Languages"),
    "cadence_days": gettext_lazy("Days between talks"),
    "notes": gettext_lazy("Notes"),
    "role": gettext_lazy("Role"),
    "email": gettext_lazy("E-mail"),
    "phone": gettext_lazy("Phone"),
    "for_orders": gettext_lazy("Gets purchase orders"),
    "for_quality": gettext_lazy("Answers for quality"),
    "for_invoices": gettext_lazy("Answers for invoices"),
    "for_emergencies": gettext_lazy("Called in an emergency"),
    "is_active": gettext_lazy("Still works there"),
    "number": gettext_lazy("Number"),
    "issuer": gettext_lazy("Issued by"),
    "valid_from": gettext_lazy("Valid from"),
    "valid_until": gettext_lazy("Valid until"),
    "is_critical": gettext_lazy("Critical"),
    "is_retired": gettext_lazy("Replaced"),
    "supplier_sku": gettext_lazy("Supplier's own number"),
    "moq": gettext_lazy("Minimum order"),
    "pack_size": gettext_lazy("Units in a pack"),
    "order_multiple": gettext_lazy("Orders come in multiples of"),
    "price": gettext_lazy("Unit price"),
    "breaks": gettext_lazy("Price breaks"),
    "lead_time_days": gettext_lazy("Lead time in days"),
    "capacity_per_week": gettext_lazy("Units a week at most"),
    "rank": gettext_lazy("Rank"),
}
LONGEST = 80
# Codes that people know by another name.
WORDED: dict[str, Callable[[str], str]] = {
    "country": words.country,
    "language": words.language,
    "languages": words.language,
    "state": lambda code: str(states.describe(code).label),
    "kind": lambda code: str(states.describe(code).label),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one entry; None for a value that the log leaves out because it is about a person."""

    label: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the history. about: the SKU or number it was about, "" for the supplier itself."""

    at: datetime
    who: str
    title: str
    about: str
    changes: list[Change]


def line(entry: AuditEntry) -> Line:
    """One entry in words; a verb or field nobody named is shown as it stands."""
    detail = entry.detail
    told = [
        Change(_field(name), _value(was, name), _value(now, name))
        for name, (was, now) in detail.get("changes", {}).items()
    ]
    told += [Change(_field(name), None, None) for name in detail.get("hidden", [])]
    return Line(
        at=entry.at,
        who=str(entry.actor) if entry.actor else _("the system"),
        title=str(WORDS.get(entry.verb, entry.verb)),
        about=str(detail.get("sku") or detail.get("number") or ""),
        changes=told,
    )


def _field(name: str) -> str:
    return str(FIELDS.get(name, name))


def _value(value: Any, field: str) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(_value(one, field) for one in value) or "—"
    if value in (None, ""):
        return "—"
    text = WORDED[field](str(value)) if field in WORDED else str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
