"""What all writes to the directory share: who may, and which values are codes."""

import re

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from backoffice.kernel.numbers import currency_exponent
from backoffice.kernel.roles import Capability
from suppliers.directory.models import Supplier

today = timezone.localdate
_COUNTRY = re.compile(r"[A-Z]{2}")


def require_editor(actor: User | None) -> None:
    """Raise Refusal (supplier.role) for a person who may not change suppliers. None is the system itself."""
    if actor is not None and not actor.can(Capability.EDIT_SUPPLIERS):
        raise Refusal("supplier.role", _("Your role may not change suppliers. Ask somebody who buys."))


def subject(supplier_id: int) -> str:
    """Everything that happens to a supplier, and to what belongs to it, is told under one subject."""
    return f"supplier:{supplier_id}"


def hold(supplier_id: int) -> Supplier:
    """The supplier, held until the transaction ends."""
    return Supplier.objects.select_for_update().get(pk=supplier_id)


def check_country(code: str) -> None:
    """Raise Refusal (supplier.country) for what is no code of two capital letters; "" is allowed."""
    if code and not _COUNTRY.fullmatch(code):
        raise Refusal("supplier.country", _("Choose a country from the list."), "country")


def check_currency(code: str) -> None:
    """Raise Refusal (money.currency) for a currency that money is not counted in; "" is allowed."""
    if not code:
        return
    try:
        currency_exponent(code)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, "currency") from refusal
