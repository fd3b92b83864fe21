"""Vouchers and the ledger that explains every change of their balance."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store
from customercare.vouchers.rules import Kind
from customercare.vouchers.rules import State as VoucherState
from orders.sales.models import Order


class Voucher(models.Model):
    """Money that a customer may spend with a code. The code itself is not here: it is derived from the id.

    One voucher per cause and order, so that a repeated run or message never makes a second one.
    """

    class State(models.TextChoices):
        ACTIVE = VoucherState.ACTIVE, _("active")
        REVOKED = VoucherState.REVOKED, _("revoked")
        EXPIRED = VoucherState.EXPIRED, _("expired")

    # Always the order's own store, which the order's key already vouches for.
    store = models.ForeignKey(Store, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="vouchers")
    cause_ref = models.CharField(_("cause"), max_length=80)
    customer_ref = models.CharField(_("customer reference"), max_length=120, blank=True)
    contact_hash = models.CharField(max_length=64, blank=True)

    amount = models.DecimalField(_("value"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    balance = models.DecimalField(_("left"), max_digits=12, decimal_places=2)
    held = models.DecimalField(_("held"), max_digits=12, decimal_places=2, default=0)

    key_id = models.CharField(max_length=20)
    code_hash = models.BinaryField(max_length=32, unique=True)
    last4 = models.CharField(_("code ends in"), max_length=4)
    # A drill's voucher looks like any other and is never redeemable.
    drill = models.BooleanField(_("drill"), default=False)

    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(_("issued"))

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cause_ref", "order"], name="one_voucher_per_cause_and_order"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="voucher_is_worth_something"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="voucher_balance_is_not_negative"),
            models.CheckConstraint(condition=Q(balance__lte=F("amount")), name="voucher_balance_is_at_most_its_value"),
            models.CheckConstraint(condition=Q(held__gte=0), name="voucher_hold_is_not_negative"),
            models.CheckConstraint(condition=Q(held__lte=F("balance")), name="voucher_hold_is_covered_by_its_balance"),
            models.CheckConstraint(condition=Q(valid_from__lt=F("valid_until")), name="voucher_ends_after_it_begins"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["valid_until"],
                name="voucher_to_expire",
                condition=Q(state="active", balance__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return f"…{self.last4}"


class VoucherEntry(models.Model):
    """One line of a voucher's ledger. Append-only; amounts are positive and the kind says what they do."""

    class EntryKind(models.TextChoices):
        ISSUE = Kind.ISSUE, _("issued")
        AUTHORIZE = Kind.AUTHORIZE, _("held")
        CAPTURE = Kind.CAPTURE, _("redeemed")
        VOID = Kind.VOID, _("hold released")
        REFUND = Kind.REFUND, _("refunded")
        REVOKE = Kind.REVOKE, _("revoked")
        EXPIRE = Kind.EXPIRE, _("expired")

    # Found through the unique key, which begins with the voucher. Written with its voucher or under its lock, and
    # vouchers are never deleted (the database refuses it), so a check for each line would find nothing.
    voucher = models.ForeignKey(
        Voucher, on_delete=models.PROTECT, related_name="entries", db_index=False, db_constraint=False
    )
    kind = models.CharField(_("kind"), max_length=10, choices=EntryKind.choices)
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)
    key = models.CharField(max_length=300)
    # The order that is being paid with the voucher, in the shop's own numbers; empty for issue, revoke and expire.
    order_ref = models.CharField(_("paid order"), max_length=120, blank=True)
    actor_ref = models.CharField(_("by"), max_length=120)
    note = models.CharField(_("note"), max_length=300, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("voucher entry")
        verbose_name_plural = _("voucher entries")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voucher", "key"], name="one_entry_per_voucher_and_key"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="voucher_entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount}"
