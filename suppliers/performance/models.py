"""What suppliers did, as facts that are only added to.

A fact is never changed. One that was wrong is corrected by a new fact that names it; of such a chain the latest counts,
which is the one that no other corrects. Null is "not captured": it is counted as unknown, never as zero or today.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from suppliers.catalog.models import Product
from suppliers.directory.models import Supplier
from suppliers.performance.rules.facts import KEY_LIMIT, REF_LIMIT, SOURCE_LIMIT, AckKind, QualityKind, RatingKind
from suppliers.performance.rules.lines import Outcome

MONEY: dict[str, Any] = {"max_digits": 16, "decimal_places": 4, "null": True, "blank": True}


def _known(field: str, words: type[Any]) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(**{f"{field}__in": [word.value for word in words]}), name=f"%(class)s_{field}_known"
    )


def _not_negative(*fields: str) -> models.CheckConstraint:
    condition = Q()
    for field in fields:
        condition &= Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0})
    return models.CheckConstraint(condition=condition, name="%(class)s_amounts_not_negative")


class Fact(models.Model):
    """key: given once by its source. digest: of what was told, so that the same told again is known as the same.

    corrects: the fact whose place this one takes; it is older and is corrected once, so that chains neither fork nor
    close. withdrawn: what was told of never was; a chain that ends so counts for nothing.
    """

    source = models.CharField(_("source"), max_length=SOURCE_LIMIT)
    key = models.CharField(_("key"), max_length=KEY_LIMIT)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+", verbose_name=_("supplier"))
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("product")
    )
    corrects = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="corrected_by", verbose_name=_("corrects")
    )
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    digest = models.CharField(max_length=40)
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["source", "key"], name="%(class)s_once_per_source"),
            models.CheckConstraint(
                condition=Q(corrects=None) | Q(corrects__lt=F("id")), name="%(class)s_corrects_an_older_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class DeliveryFact(Fact):
    """One delivery of an ordered line, or what is still open of it (outcome open, no delivered_on).

    The facts of one source with one order_ref and line_ref are the parts of one line: two halves make it whole.
    Whether a part was on time is not kept, since the window is a policy. promised_on is the first promise, revised_on
    the latest; quantity_ordered is of the whole line, quantity_delivered of this part.
    """

    order_ref = models.CharField(_("purchase order"), max_length=REF_LIMIT, blank=True)
    line_ref = models.CharField(_("line"), max_length=REF_LIMIT)
    outcome = models.CharField(_("outcome"), max_length=12)
    quoted_on = models.DateField(_("quoted"), null=True, blank=True)
    ordered_on = models.DateField(_("ordered"), null=True, blank=True)
    acknowledged_on = models.DateField(_("acknowledged"), null=True, blank=True)
    promised_on = models.DateField(_("promised first"), null=True, blank=True)
    revised_on = models.DateField(_("promised last"), null=True, blank=True)
    delivered_on = models.DateField(_("delivered"), null=True, blank=True)
    quantity_ordered = models.PositiveIntegerField(_("quantity ordered"), null=True, blank=True)
    quantity_delivered = models.PositiveIntegerField(_("quantity delivered"), null=True, blank=True)
    promise_changes = models.PositiveIntegerField(_("promise changes"), null=True, blank=True)
    weight_kg = models.DecimalField(_("weight (kg)"), max_digits=12, decimal_places=3, null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Fact.Meta.constraints,
            _known("outcome", Outcome),
            models.CheckConstraint(
                condition=Q(outcome="delivered", delivered_on__isnull=False)
                | (~Q(outcome="delivered") & Q(delivered_on__isnull=True)),
                name="deliveryfact_delivered_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="open") | Q(quantity_delivered__isnull=True),
                name="deliveryfact_nothing_came_of_open",
            ),
            models.CheckConstraint(
                condition=Q(quantity_ordered__isnull=True) | Q(quantity_ordered__gt=0),
                name="deliveryfact_ordered_something",
            ),
            _not_negative("weight_kg"),
        ]
        indexes: ClassVar = [
            # Holds all that lines are counted from, each supplier's together, while the table mixes them by time.
            models.Index(
                fields=["supplier", "source", "order_ref", "line_ref", "delivered_on"],
                include=[
                    "id", "outcome", "ordered_on", "promised_on", "quantity_ordered", "quantity_delivered",
                    "promise_changes",
                ],
                condition=Q(withdrawn=False),
                name="deliveryfact_lines",
            ),
            # A supplier's newest, without reading all that it ever delivered.
            models.Index(fields=["supplier", "-id"], name="deliveryfact_newest"),
        ]  # fmt: skip


class QualityFact(Fact):
    """One observation of quality; kind says what the units are (see QualityKind).

    For reject rate and PPM, returns for defect per 1,000 sold, repeat defects (the same defect_code again), days to
    corrective action (observed_on to corrected_on), errors of label and specification per receipt, and recalls.
    """

    kind = models.CharField(_("kind"), max_length=12)
    observed_on = models.DateField(_("observed"))
    order_ref = models.CharField(_("purchase order"), max_length=REF_LIMIT, blank=True)
    lot_ref = models.CharField(_("lot"), max_length=REF_LIMIT, blank=True)
    units_checked = models.PositiveIntegerField(_("units checked or sold"), null=True, blank=True)
    units_defective = models.PositiveIntegerField(_("units defective"), null=True, blank=True)
    rejected = models.BooleanField(_("lot rejected"), null=True, blank=True)
    label_errors = models.PositiveIntegerField(_("label errors"), null=True, blank=True)
    specification_errors = models.PositiveIntegerField(_("specification errors"), null=True, blank=True)
    defect_code = models.CharField(_("defect"), max_length=60, blank=True)
    corrected_on = models.DateField(_("corrected"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("quality observation")
        verbose_name_plural = _("quality observations")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Fact.Meta.constraints,
            _known("kind", QualityKind),
            models.CheckConstraint(
                condition=Q(units_defective__isnull=True)
                | Q(units_checked__isnull=False, units_defective__lte=F("units_checked")),
                name="qualityfact_defective_are_among_checked",
            ),
            models.CheckConstraint(
                condition=Q(corrected_on__isnull=True) | Q(corrected_on__gte=F("observed_on")),
                name="qualityfact_corrected_after_observed",
            ),
        ]


class AckFact(Fact):
    """A question to the supplier and the answer: an order to confirm, a surge, a substitute, a corrective action.

    For acknowledgement hours, confirmed of ordered at peak, surge requests accepted, and the speed of substitution.
    answered_at null: no answer yet.
    """

    kind = models.CharField(_("kind"), max_length=20)
    asked_at = models.DateTimeField(_("asked"))
    order_ref = models.CharField(_("purchase order"), max_length=REF_LIMIT, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    accepted = models.BooleanField(_("accepted"), null=True, blank=True)
    quantity_asked = models.PositiveIntegerField(_("quantity asked"), null=True, blank=True)
    quantity_confirmed = models.PositiveIntegerField(_("quantity confirmed"), null=True, blank=True)
    at_peak = models.BooleanField(_("at peak"), default=False)

    class Meta(Fact.Meta):
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Fact.Meta.constraints,
            _known("kind", AckKind),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=F("asked_at")),
                name="ackfact_answered_after_asked",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=False) | Q(accepted__isnull=True, quantity_confirmed__isnull=True),
                name="ackfact_nothing_said_without_answer",
            ),
        ]


class InvoiceFact(Fact):
    """One invoice line: for price stability, invoice match rate, disputed value, and exposure by deposits.

    matched null: not compared yet. deposit_open: paid ahead and not yet delivered for.
    """

    invoice_ref = models.CharField(_("invoice"), max_length=REF_LIMIT)
    invoiced_on = models.DateField(_("invoiced"))
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    order_ref = models.CharField(_("purchase order"), max_length=REF_LIMIT, blank=True)
    amount_ordered = models.DecimalField(_("amount ordered"), **MONEY)
    amount_disputed = models.DecimalField(_("amount disputed"), **MONEY)
    matched = models.BooleanField(_("matched"), null=True, blank=True)
    unit_price = models.DecimalField(_("unit price"), **MONEY)
    unit_price_agreed = models.DecimalField(_("unit price agreed"), **MONEY)
    deposit_open = models.DecimalField(_("deposit open"), **MONEY)

    class Meta(Fact.Meta):
        verbose_name = _("invoice")
        verbose_name_plural = _("invoices")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Fact.Meta.constraints,
            _not_negative("amount_ordered", "amount_disputed", "unit_price", "unit_price_agreed", "deposit_open"),
            models.CheckConstraint(
                condition=Q(amount_disputed__isnull=True) | Q(amount_disputed__lte=F("amount")),
                name="invoicefact_disputed_is_part_of_amount",
            ),
        ]


class ClaimFact(Fact):
    """One claim on the supplier: for the share that is recovered. closed_on null: still open."""

    claim_ref = models.CharField(_("claim"), max_length=REF_LIMIT)
    opened_on = models.DateField(_("opened"))
    currency = models.CharField(_("currency"), max_length=3)
    amount_claimed = models.DecimalField(_("amount claimed"), max_digits=16, decimal_places=4)
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    amount_recovered = models.DecimalField(_("amount recovered"), **MONEY)
    closed_on = models.DateField(_("closed"), null=True, blank=True)

    class Meta(Fact.Meta):
        verbose_name = _("claim")
        verbose_name_plural = _("claims")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Fact.Meta.constraints,
            _not_negative("amount_claimed", "amount_recovered"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=F("opened_on")),
                name="claimfact_closed_after_opened",
            ),
        ]


class RatingFact(Fact):
    """What others say of the supplier's goods and feed. answers: how many answers the value is the mean of.

    stars, satisfaction: value of out_of (4.2 of 5). complaints: so many (value) of so many units sold (out_of).
    feed_uptime: minutes up of minutes watched. feed_age: hours since the stock feed was last new, without out_of.
    """

    kind = models.CharField(_("kind"), max_length=12)
    observed_on = models.DateField(_("observed"))
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=4)
    out_of = models.DecimalField(_("out of"), max_digits=14, decimal_places=4, null=True, blank=True)
    answers = models.PositiveIntegerField(_("answers"), default=1)

    class Meta(Fact.Meta):
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Fact.Meta.constraints,
            _known("kind", RatingKind),
            models.CheckConstraint(
                condition=Q(value__gte=0)
                & Q(answers__gt=0)
                & (
                    Q(kind=RatingKind.FEED_AGE.value, out_of__isnull=True)
                    | (~Q(kind=RatingKind.FEED_AGE.value) & Q(out_of__gt=0, value__lte=F("out_of")))
                ),
                name="ratingfact_value_is_of_something",
            ),
        ]


BY_KIND: Mapping[str, type[Fact]] = {
    "deliveries": DeliveryFact,
    "quality": QualityFact,
    "acknowledgements": AckFact,
    "invoices": InvoiceFact,
    "claims": ClaimFact,
    "ratings": RatingFact,
}
