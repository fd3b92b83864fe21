"""What was promised to whom and why, and the budgets that pay for it."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store
from orders.sales.models import Order


class Grant(models.Model):
    """One decision to give one order something for one cause, with its reason; also the decision to give nothing."""

    class Kind(models.TextChoices):
        VOUCHER = "voucher", _("voucher")

    class State(models.TextChoices):
        GRANTED = "granted", _("granted")
        NOTHING = "nothing", _("nothing to give")

    cause_ref = models.CharField(_("cause"), max_length=80)
    # Its voucher and its notice are checked against the order already; a third check would cost as much as the row.
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="grants", db_constraint=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    why = models.CharField(_("why"), max_length=300)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    drill = models.BooleanField(_("drill"), default=False)
    created_at = models.DateTimeField(_("granted at"))

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cause_ref", "order", "kind"], name="one_grant_per_cause_order_and_kind"),
            models.CheckConstraint(
                condition=Q(state="granted", amount__gt=0) | Q(state="nothing", amount=0),
                name="grant_is_worth_something_or_says_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class Budget(models.Model):
    """Money set aside for compensation. reserved is promised but not issued yet, committed is issued."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    name = models.CharField(_("name"), max_length=120)
    currency = models.CharField(_("currency"), max_length=3)
    limit_amount = models.DecimalField(_("limit"), max_digits=14, decimal_places=2)
    reserved = models.DecimalField(_("reserved"), max_digits=14, decimal_places=2, default=0)
    committed = models.DecimalField(_("committed"), max_digits=14, decimal_places=2, default=0)

    class Meta:
        verbose_name = _("budget")
        verbose_name_plural = _("budgets")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "name"], name="one_budget_per_store_and_name"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="budget_reserve_is_not_negative"),
            models.CheckConstraint(condition=Q(committed__gte=0), name="budget_commitment_is_not_negative"),
            models.CheckConstraint(
                condition=Q(limit_amount__gte=F("reserved") + F("committed")), name="budget_is_never_overspent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BudgetEntry(models.Model):
    """One line of a budget's ledger. Append-only."""

    class Kind(models.TextChoices):
        RESERVE = "reserve", _("reserved")
        COMMIT = "commit", _("committed")
        RELEASE = "release", _("released")

    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    amount = models.DecimalField(_("amount"), max_digits=14, decimal_places=2)
    cause_ref = models.CharField(_("cause"), max_length=80, db_index=True)
    key = models.CharField(max_length=160, unique=True)
    actor_ref = models.CharField(_("by"), max_length=120)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("budget entry")
        verbose_name_plural = _("budget entries")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="budget_entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
