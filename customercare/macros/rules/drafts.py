"""What a macro is made of, the scenarios, and how a text is put together."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from backoffice.kernel.errors import Refusal
from backoffice.messaging.problems import gettext_noop


class Kind(StrEnum):
    """NEXT_UPDATE stands in for MAIN where the new date is not known: it says when the customer hears again."""

    MAIN = "main"
    NEXT_UPDATE = "next_update"


class Point(StrEnum):
    """What a text can say that no placeholder proves. The writer declares it, a second person approves it."""

    FACT = "fact"
    OWNERSHIP = "ownership"
    REMEDY = "remedy"
    REFUND = "refund"
    APOLOGY = "apology"
    CANCEL = "cancel"


class NewDate(StrEnum):
    ALWAYS = "always"
    CHOICE = "choice"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Scenario:
    """must: placeholders no text may lack; never: those without sense here; arrived: the customer has the goods."""

    title: str
    new_date: NewDate
    must: frozenset[str] = frozenset({"order_number", "contact_email"})
    never: frozenset[str] = frozenset({"delivered_date"})
    points: frozenset[Point] = frozenset({Point.FACT, Point.OWNERSHIP, Point.APOLOGY})
    arrived: bool = False


_BASE: Final = Scenario("", NewDate.NEVER)

# Taking responsibility and offering repair carry an apology, so no scenario goes without either. A wrong price adds
# the facts of the refund: the amount, and that it comes back by itself.
SCENARIOS: Final[Mapping[str, Scenario]] = {
    "delay": Scenario(gettext_noop("Late parcel"), NewDate.ALWAYS),
    "arrived_late": Scenario(gettext_noop("Arrived late"), NewDate.NEVER, never=frozenset(), arrived=True),
    "stock_out": Scenario(gettext_noop("Sold out"), NewDate.CHOICE),
    "oversell": Scenario(gettext_noop("Oversold"), NewDate.CHOICE),
    "price_error": Scenario(
        gettext_noop("Wrong price"),
        NewDate.NEVER,
        must=_BASE.must | {"order_total"},
        points=_BASE.points | {Point.REFUND},
    ),
    "supplier_default": Scenario(gettext_noop("Supplier default"), NewDate.CHOICE),
    "carrier_outage": Scenario(gettext_noop("Carrier outage"), NewDate.ALWAYS),
    "system_failure": Scenario(gettext_noop("System failure"), NewDate.CHOICE),
    "goodwill": Scenario(gettext_noop("Small gesture"), NewDate.NEVER, never=frozenset()),
}


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One text in one language. `offer` is left out where a run carries no voucher; the rest is always sent."""

    language: str
    kind: Kind
    subject: str
    text: str
    closing: str
    offer: str = ""
    says: frozenset[Point] = frozenset()

    @property
    def place(self) -> str:
        return f"{self.language}.{self.kind}"


@dataclass(frozen=True, slots=True)
class MacroDraft:
    """A macro as a person wrote it, before it is checked. `folder` is its name, such as "Delay::Late parcel"."""

    key: str
    folder: str
    scenario: str
    owner_role: str
    needs_new_date: bool
    variants: tuple[VariantDraft, ...]


def compose(variant: VariantDraft, *, with_voucher: bool) -> tuple[str, str]:
    """The finished subject and text: text, then the offer if the run carries a voucher, then the closing.

    Raises Refusal where there is a voucher and no offer to hand it over.
    """
    if with_voucher and not variant.offer.strip():
        message = gettext_noop("The voucher would stay unmentioned. Add an offer to this text first.")
        raise Refusal("macro.no_offer", message, "offer")
    parts = (variant.text, variant.offer if with_voucher else "", variant.closing)
    return variant.subject.strip(), "\n\n".join(part.strip() for part in parts if part.strip())
