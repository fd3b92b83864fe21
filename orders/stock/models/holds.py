"""Units that are spoken for: holds with an end, and what became of each."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.stock import rules
from orders.stock.models.levels import StockLevel


class Reservation(models.Model):
    """A hold on one or several articles, all or nothing. ref: whose it is, as an opaque reference.

    expires_at: None for what was sold without a hold before.
    """

    class State(models.TextChoices):
        HELD = rules.HoldState.HELD, _("Held for a while")
        CONFIRMED = rules.HoldState.CONFIRMED, _("Sold")
        RELEASED = rules.HoldState.RELEASED, _("Given back")
        EXPIRED = rules.HoldState.EXPIRED, _("Ran out")

    key = models.CharField(max_length=rules.KEY_LIMIT, unique=True)
    ref = models.CharField(_("for"), max_length=rules.REF_LIMIT)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.HELD)
    held_at = models.DateTimeField(_("since"))
    expires_at = models.DateTimeField(_("until"), null=True, blank=True)
    settled_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("reservation")
        verbose_name_plural = _("reservations")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(state="held", settled_at__isnull=True, expires_at__isnull=False)
                | Q(state__in=["confirmed", "released", "expired"], settled_at__isnull=False),
                name="reservation_state_has_its_moment",
            )
        ]
        indexes: ClassVar[list[Any]] = [
            models.Index(fields=["expires_at", "id"], condition=Q(state="held"), name="holds_that_run_out"),
            models.Index(fields=["ref"], name="reservation_of"),
        ]

    def __str__(self) -> str:
        return self.key


class ReservationLine(models.Model):
    """Units of one level. Of a sold line so many left the house (shipped) or were given back (cancelled)."""

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="lines")
    level = models.ForeignKey(StockLevel, on_delete=models.PROTECT, related_name="reservation_lines")
    quantity = models.PositiveIntegerField(_("units"))
    shipped = models.PositiveIntegerField(_("shipped"), default=0)
    cancelled = models.PositiveIntegerField(_("cancelled"), default=0)

    class Meta:
        verbose_name = _("line of a reservation")
        verbose_name_plural = _("lines of reservations")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["reservation", "level"], name="one_line_per_reservation_and_level"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="reservation_line_holds_something"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped") + F("cancelled")), name="reservation_line_leaves_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reservation_id} {self.level_id}"
