"""What a supplier is before it is written, when it is due to hear from us, and how its papers stand."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

# A paper that ends within so many days is worth asking after: an audit takes weeks to arrange.
EXPIRING_DAYS = 60
LONGEST_CADENCE = 730


class SupplierKind(StrEnum):
    """Whom we buy from, or a place of our own. A warehouse of our own is never ranked beside suppliers."""

    SUPPLIER = "supplier"
    WAREHOUSE = "warehouse"


class SupplierState(StrEnum):
    """Whether we buy there now, not at the moment, or no more."""

    ACTIVE = "active"
    PAUSED = "paused"
    ENDED = "ended"


class Stage(StrEnum):
    """How far talks with somebody we do not buy from yet have come."""

    FOUND = "found"
    CONTACTED = "contacted"
    SAMPLING = "sampling"
    NEGOTIATING = "negotiating"
    WON = "won"
    DROPPED = "dropped"


class Paper(StrEnum):
    """How a certificate stands on a day."""

    VALID = "cert_valid"
    EXPIRING = "cert_expiring"
    EXPIRED = "cert_expired"
    FUTURE = "cert_future"
    RETIRED = "cert_retired"


# What a contact can be the one for; each has one person at most.
DUTIES = ("for_orders", "for_quality", "for_invoices", "for_emergencies")


@dataclass(frozen=True, slots=True)
class SupplierDraft:
    """A supplier as people describe it. language: preferred, as a code; languages: all that are understood there.

    cadence_days: how often we mean to talk, None for never by plan.
    """

    code: str
    name: str
    legal_name: str = ""
    kind: str = SupplierKind.SUPPLIER
    state: str = SupplierState.ACTIVE
    country: str = ""
    currency: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    cadence_days: int | None = None
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """One person at a supplier. The duties say what this person is the one for."""

    name: str
    role: str = ""
    email: str = ""
    phone: str = ""
    language: str = ""
    for_orders: bool = False
    for_quality: bool = False
    for_invoices: bool = False
    for_emergencies: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class CertificateDraft:
    """One paper. valid_until: its last day, None when it does not end. is_critical: without it we must not buy."""

    kind: str
    number: str
    issuer: str = ""
    valid_from: date | None = None
    valid_until: date | None = None
    is_critical: bool = False
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class ProspectDraft:
    """Somebody we may buy from one day. source_detail: which platform, fair or person."""

    name: str
    source: str
    source_detail: str = ""
    stage: str = Stage.FOUND
    country: str = ""
    contact_name: str = ""
    email: str = ""
    phone: str = ""
    notes: str = ""
    next_step: str = ""
    next_step_on: date | None = None


def contact_due(*, last_on: date | None, next_on: date | None, cadence_days: int | None, since: date) -> date | None:
    """The day on which we should talk again, None for no plan.

    last_on, next_on: of the newest talk, its day and what was agreed. since: the day from which the plan holds; who
    was never talked to is due on it.
    """
    if next_on is not None:
        return next_on
    if cadence_days is None:
        return None
    return last_on + timedelta(days=cadence_days) if last_on else since


def paper_state(*, valid_from: date | None, valid_until: date | None, is_retired: bool, today: date) -> Paper:
    """How a certificate stands today. It still counts on its last day."""
    if is_retired:
        return Paper.RETIRED
    if valid_until is not None and valid_until < today:
        return Paper.EXPIRED
    if valid_until is not None and (valid_until - today).days <= EXPIRING_DAYS:
        return Paper.EXPIRING
    if valid_from is not None and valid_from > today:
        return Paper.FUTURE
    return Paper.VALID
