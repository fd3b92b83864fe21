"""What people type about contracts, service levels, claims and what came back, checked."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, ClassVar, cast

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from backoffice.kernel import fields, numbers
from backoffice.kernel.editing import EditForm
from backoffice.kernel.errors import Refusal
from backoffice.kernel.fields import Amount, Choice, DayField, Line, Text, Whole
from backoffice.kernel.models import Store
from suppliers.contracts.models import ClaimRecovery, Contract, ServiceLevel, SupplierClaim
from suppliers.contracts.rules.claims import (
    LONGEST_GRACE,
    LONGEST_NOTICE,
    NOTE_LIMIT,
    REASON_LIMIT,
    ClaimDraft,
    ClaimKind,
    ContractDraft,
    LevelDraft,
    RecoveryDraft,
    RecoveryKind,
)
from suppliers.contracts.rules.measuring import Comparison, Metric
from suppliers.contracts.rules.penalties import Basis, Curve, Shape, Step
from suppliers.contracts.rules.windows import LONGEST_DAYS, SHORTEST_DAYS, WindowKind
from suppliers.directory.forms import CurrencyCode, offer

LARGEST_MINIMUM = 1_000_000
BASES = [
    (Basis.VALUE.value, gettext_lazy("per cent of the value of goods due in the window")),
    (Basis.FIXED.value, gettext_lazy("an amount in the contract's currency")),
]
SHAPES = [
    (Shape.STEPS.value, gettext_lazy("in steps")),
    (Shape.LINEAR.value, gettext_lazy("the same for each missed point")),
]
DAY_NEEDED = {"required": gettext_lazy("Enter a day, like 2026-11-23.")}


class MoneyForm(EditForm):
    """A form whose amounts are read once their currency is known."""

    money_fields: ClassVar[tuple[str, ...]] = ()

    def currency_of(self, data: Mapping[str, Any]) -> str:
        """The currency that the amounts are in, "" when it is not known yet."""
        return str(data.get("currency") or "")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in self.money_fields:
            typed = str(data.get(name) or "").strip()
            data[name] = self._money(name, typed, self.currency_of(data)) if typed else None
        return data

    def _money(self, name: str, typed: str, currency: str) -> Decimal | None:
        if not currency:
            return None
        try:
            return fields.amount(typed, currency=currency)
        except Refusal as refusal:
            self.add_error(name if refusal.code != "money.currency" else "currency", refusal.message)
            return None


class ContractForm(MoneyForm):
    """One contract."""

    number = Line(
        label=gettext_lazy("Number"), limit=60, required=True,
        error_messages={"required": gettext_lazy("Enter the number that stands on the contract.")},
    )  # fmt: skip
    title = Line(
        label=gettext_lazy("What is it about?"), limit=200, required=True,
        error_messages={"required": gettext_lazy("Say in one line what it is about.")},
    )  # fmt: skip
    valid_from = DayField(label=gettext_lazy("Valid from"), error_messages=DAY_NEEDED)
    valid_until = DayField(
        label=gettext_lazy("Valid until"),
        required=False,
        help_text=gettext_lazy("Empty: it goes on until somebody ends it."),
    )
    notice_days = Whole(
        label=gettext_lazy("Days of notice"), smallest=0, largest=LONGEST_NOTICE,
        error_messages={"required": gettext_lazy("Enter 0 when no notice is needed.")},
    )  # fmt: skip
    currency = CurrencyCode(
        label=gettext_lazy("Currency"), required=True, help_text=gettext_lazy("Such as EUR. Penalties are in it."),
        error_messages={"required": gettext_lazy("Enter the currency of the contract.")},
    )  # fmt: skip
    liability_cap = Amount(
        label=gettext_lazy("Liability limit"),
        help_text=gettext_lazy("All claims under this contract together. Empty: none."),
    )
    store = Choice(label=gettext_lazy("Signed for"), required=False)
    note = Line(label=gettext_lazy("Note"), limit=NOTE_LIMIT)
    layout: ClassVar = (("number", "title"), ("valid_from", "valid_until"), ("notice_days", "currency"),
                        ("liability_cap", "store"))  # fmt: skip
    money_fields: ClassVar = ("liability_cap",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stores = Store.objects.order_by("name").values_list("pk", "name")
        offer(self, "store", _("our first store"), [(str(pk), name) for pk, name in stores])

    def draft(self) -> ContractDraft:
        """The cleaned page as the service takes it."""
        values = self.values()
        store = values.pop("store")
        return ContractDraft(store_id=int(store) if store else None, **values)

    @staticmethod
    def of(contract: Contract) -> dict[str, Any]:
        """What a contract holds of the fields."""
        named = ("number", "title", "valid_from", "valid_until", "notice_days", "currency", "liability_cap", "note")
        return {name: getattr(contract, name) for name in named} | {"store": str(contract.store_id or "")}


class LevelForm(MoneyForm):
    """One service level of a contract."""

    metric = Choice(label=gettext_lazy("What is measured?"), choices=ServiceLevel.What.choices)
    clause = Line(label=gettext_lazy("Clause of the contract"), limit=60)
    comparison = Choice(label=gettext_lazy("It should be"), choices=ServiceLevel.Compared.choices)
    target = forms.CharField(
        label=gettext_lazy("Target"), max_length=12, help_text=gettext_lazy("Per cent, days or hours."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the target, like 95.")},
    )  # fmt: skip
    window = Choice(label=gettext_lazy("Judged"), choices=ServiceLevel.Every.choices)
    window_days = Whole(
        label=gettext_lazy("How many days?"), smallest=SHORTEST_DAYS, largest=LONGEST_DAYS, required=False,
        help_text=gettext_lazy("Only for windows that are counted in days."),
    )  # fmt: skip
    minimum = Whole(
        label=gettext_lazy("Judged from so many on"), smallest=1, largest=LARGEST_MINIMUM,
        help_text=gettext_lazy("Lines, orders, lots or invoices in the window. With fewer nothing is claimed."),
        error_messages={"required": gettext_lazy("Enter 1 to judge every window.")},
    )  # fmt: skip
    early_days = Whole(label=gettext_lazy("Days early that count as on time"), smallest=0, largest=LONGEST_GRACE)
    late_days = Whole(label=gettext_lazy("Days late that count as on time"), smallest=0, largest=LONGEST_GRACE)
    basis = Choice(label=gettext_lazy("The rate is"), choices=BASES)
    shape = Choice(label=gettext_lazy("The penalty grows"), choices=SHAPES)
    curve = Text(
        label=gettext_lazy("Rates"), limit=400, required=True,
        help_text=gettext_lazy("In steps: one a line, missed points and rate, like 5: 2. Otherwise one rate."),
        error_messages={"required": gettext_lazy("Say what missing it costs: at least one rate.")},
    )  # fmt: skip
    cap = Amount(label=gettext_lazy("Limit of one window"), help_text=gettext_lazy("Empty: none."))
    applies_from = DayField(
        label=gettext_lazy("Applies from"),
        required=False,
        help_text=gettext_lazy("Empty: from the first day of the contract."),
    )
    layout: ClassVar = (("metric", "clause"), ("comparison", "target"), ("window", "window_days"),
                        ("minimum", "applies_from"), ("early_days", "late_days"), ("basis",),
                        ("shape", "cap"), ("curve",))  # fmt: skip
    money_fields: ClassVar = ("cap",)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def currency_of(self, data: Mapping[str, Any]) -> str:
        return self.currency

    def clean_target(self) -> Decimal:
        return _decimal(self.cleaned_data["target"].strip(), decimals=2)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("curve") and data.get("basis") and data.get("shape"):
            try:
                data["penalty"] = _curve(data["curve"], Basis(data["basis"]), Shape(data["shape"]))
            except forms.ValidationError as error:
                self.add_error("curve", error)
        return data

    def draft(self) -> LevelDraft:
        """The cleaned page as the service takes it."""
        values = self.cleaned_data
        return LevelDraft(
            metric=Metric(values["metric"]), comparison=Comparison(values["comparison"]), target=values["target"],
            window=WindowKind(values["window"]), window_days=values["window_days"], minimum=values["minimum"],
            early_days=values["early_days"], late_days=values["late_days"], curve=values["penalty"],
            cap=values["cap"], clause=values["clause"], applies_from=values["applies_from"],
        )  # fmt: skip

    @staticmethod
    def of(level: ServiceLevel) -> dict[str, Any]:
        """What a level holds of the fields."""
        curve = level.curve
        named = ("metric", "clause", "comparison", "window", "window_days", "minimum", "early_days", "late_days",
                 "cap", "applies_from")  # fmt: skip
        return {name: getattr(level, name) for name in named} | {
            "target": _typed(level.target), "basis": curve.basis.value, "shape": curve.shape.value,
            "curve": _lines(curve),
        }  # fmt: skip


class LastDayForm(EditForm):
    """The day on which a contract or a service level ends."""

    last_day = DayField(label=gettext_lazy("Last day"), error_messages=DAY_NEEDED)


class ReasonForm(EditForm):
    """Why a step is taken."""

    note = Line(
        label=gettext_lazy("Why?"), limit=NOTE_LIMIT, required=True,
        error_messages={"required": gettext_lazy("Say in one line why.")},
    )  # fmt: skip


class BreachesForm(EditForm):
    """Which breaches a claim is drafted over. choices: id and words of each that can be claimed."""

    title = Line(
        label=gettext_lazy("Subject"), limit=200, required=True,
        error_messages={"required": gettext_lazy("Say in one line what the claim is about.")},
    )  # fmt: skip
    breaches = forms.MultipleChoiceField(
        label=gettext_lazy("Breaches"), widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("Tick at least one breach."),
            "invalid_choice": gettext_lazy("One of these can no longer be claimed. Choose again."),
        },
    )  # fmt: skip

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.MultipleChoiceField, self.fields["breaches"]).choices = list(choices)


class ClaimForm(MoneyForm):
    """A claim that stands on no breach."""

    kind = Choice(label=gettext_lazy("What is it about?"))
    contract = Choice(label=gettext_lazy("Contract"), required=False)
    title = Line(
        label=gettext_lazy("Subject"), limit=200, required=True,
        error_messages={"required": gettext_lazy("Say in one line what the claim is about.")},
    )  # fmt: skip
    reason = Text(
        label=gettext_lazy("What happened?"), limit=REASON_LIMIT, required=True,
        help_text=gettext_lazy("The supplier reads it in the evidence pack."),
        error_messages={"required": gettext_lazy("Say what happened; the supplier reads it.")},
    )  # fmt: skip
    amount = Amount(label=gettext_lazy("Asked for"))
    currency = CurrencyCode(
        label=gettext_lazy("Currency"), required=True,
        error_messages={"required": gettext_lazy("Enter the currency of the claim.")},
    )  # fmt: skip
    layout: ClassVar = (("kind", "contract"), ("title",), ("reason",), ("amount", "currency"))
    money_fields: ClassVar = ("amount",)

    def __init__(self, *args: Any, contracts: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [(code, str(label)) for code, label in SupplierClaim.Kind.choices if code != ClaimKind.BREACH]
        offer(self, "kind", "", kinds)
        offer(self, "contract", _("none"), list(contracts))

    def draft(self) -> ClaimDraft:
        """The cleaned page as the service takes it; no amount is asked for as zero, which the service refuses."""
        values = self.cleaned_data
        return ClaimDraft(
            kind=ClaimKind(values["kind"]), title=values["title"], reason=values["reason"],
            amount=values["amount"] or Decimal(0), currency=values["currency"],
            contract_id=int(values["contract"]) if values["contract"] else None,
        )  # fmt: skip


class ClaimChangeForm(MoneyForm):
    """A draft of a claim. has_reason: it stands on no breach, and says what happened."""

    title = Line(
        label=gettext_lazy("Subject"), limit=200, required=True,
        error_messages={"required": gettext_lazy("Say in one line what the claim is about.")},
    )  # fmt: skip
    reason = Text(label=gettext_lazy("What happened?"), limit=REASON_LIMIT)
    amount = Amount(label=gettext_lazy("Asked for"))
    money_fields: ClassVar = ("amount",)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def currency_of(self, data: Mapping[str, Any]) -> str:
        return self.currency


class SendForm(EditForm):
    """By when the supplier has to answer."""

    answer_due = DayField(label=gettext_lazy("Answer due"), error_messages=DAY_NEEDED)


class PartlyForm(ClaimChangeForm):
    """What a supplier accepts of a claim."""

    title = None  # type: ignore[assignment]
    reason = None  # type: ignore[assignment]
    amount = None  # type: ignore[assignment]
    accepted = Amount(label=gettext_lazy("They accept"))
    money_fields: ClassVar = ("accepted",)


class RecoveryForm(ClaimChangeForm):
    """Money that came back."""

    title = None  # type: ignore[assignment]
    reason = None  # type: ignore[assignment]
    amount = Amount(label=gettext_lazy("Amount"))
    day = DayField(label=gettext_lazy("Day"), error_messages=DAY_NEEDED)
    kind = Choice(label=gettext_lazy("How did it come?"), choices=ClaimRecovery.Kind.choices)
    reference = Line(
        label=gettext_lazy("Number of the paper"), limit=120, required=True,
        error_messages={"required": gettext_lazy("Enter the number of the credit note or payment.")},
    )  # fmt: skip
    layout: ClassVar = (("amount", "day"), ("kind", "reference"))

    def draft(self) -> RecoveryDraft:
        """The cleaned page as the service takes it."""
        values = self.cleaned_data
        amount = values["amount"] or Decimal(0)
        return RecoveryDraft(amount, values["day"], RecoveryKind(values["kind"]), values["reference"])


def _curve(typed: str, basis: Basis, shape: Shape) -> Curve:
    """The rates as people write them. Raises ValidationError."""
    lines = [line.strip() for line in typed.splitlines() if line.strip()]
    if shape is Shape.LINEAR:
        if len(lines) != 1 or ":" in lines[0]:
            raise forms.ValidationError(_("Write one rate alone, or choose steps."))
        return Curve(basis, shape, per_point=_decimal(lines[0], decimals=4))
    steps = []
    for line in lines:
        points, colon, rate = line.partition(":")
        if not colon:
            raise forms.ValidationError(_("Write each step as missed points and rate, like 5: 2."))
        steps.append(Step(_decimal(points.strip(), decimals=2), _decimal(rate.strip(), decimals=4)))
    return Curve(basis, shape, tuple(steps))


def _decimal(typed: str, *, decimals: int) -> Decimal:
    try:
        return numbers.parse_decimal(typed, decimals=decimals, style=numbers.style_for(get_language() or "en"))
    except Refusal as refusal:
        raise forms.ValidationError(refusal.message) from refusal


def _typed(value: Decimal) -> str:
    """A figure as the reader's language writes it."""
    return f"{value.normalize():f}".replace(".", numbers.style_for(get_language() or "en").point)


def _lines(curve: Curve) -> str:
    if curve.shape is Shape.LINEAR:
        return _typed(curve.per_point)
    return "\n".join(f"{_typed(step.points)}: {_typed(step.rate)}" for step in curve.steps)
