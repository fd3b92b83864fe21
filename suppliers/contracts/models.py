"""Contracts, their service levels, breaches with revisions that only grow, claims, and what was recovered."""

from datetime import date
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store, User
from suppliers.contracts.rules import penalties, windows
from suppliers.contracts.rules.claims import (
    NOTE_LIMIT,
    REASON_LIMIT,
    ClaimKind,
    ClaimState,
    ContractState,
    RecoveryKind,
)
from suppliers.contracts.rules.measuring import COMPARED, Comparison, Metric
from suppliers.contracts.rules.penalties import Curve
from suppliers.contracts.rules.windows import WindowKind
from suppliers.directory.models import Supplier

# As many decimals as facts about claims keep; services round to the currency's own.
AMOUNT: dict[str, Any] = {"max_digits": 16, "decimal_places": 4}
_POINTS: dict[str, Any] = {"max_digits": 12, "decimal_places": 2}


class Contract(models.Model):
    """What a supplier and we agreed. terminated_on: its last day, once notice was given. store: who we are in it."""

    class State(models.TextChoices):
        DRAFT = ContractState.DRAFT, _("Draft")
        ACTIVE = ContractState.ACTIVE, _("Active")
        TERMINATED = ContractState.TERMINATED, _("Terminated")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="contracts")
    number = models.CharField(_("number"), max_length=60)
    title = models.CharField(_("title"), max_length=200)
    store = models.ForeignKey(Store, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    terminated_on = models.DateField(_("ends early on"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=0)
    currency = models.CharField(_("currency"), max_length=3)
    liability_cap = models.DecimalField(_("liability cap"), null=True, blank=True, **AMOUNT)
    note = models.CharField(_("note"), max_length=NOTE_LIMIT, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["supplier", "number"], name="one_contract_per_supplier_and_number"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="contract_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(state="terminated", terminated_on__gte=F("valid_from"))
                | ~Q(state="terminated") & Q(terminated_on__isnull=True),
                name="terminated_contract_has_its_day",
            ),
            models.CheckConstraint(
                condition=Q(liability_cap__isnull=True) | Q(liability_cap__gt=0), name="liability_cap_is_an_amount"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["valid_until"], name="contract_by_end")]

    def __str__(self) -> str:
        return self.number

    @property
    def last_day(self) -> date | None:
        """The day on which it ends, None while nobody knows one."""
        known = [day for day in (self.valid_until, self.terminated_on) if day is not None]
        return min(known, default=None)

    @property
    def terminate_by(self) -> date | None:
        return windows.terminate_by(valid_until=self.valid_until, notice_days=self.notice_days)


class ServiceLevel(models.Model):
    """What is promised in a contract, how it is measured, and what missing it costs; the curve is data.

    judged_until, seen: the last day of the windows that were judged, and how many facts they were judged from; the
    check looks again when either has moved. applies_until None: as long as the contract.
    """

    class What(models.TextChoices):
        OTIF = Metric.OTIF, _("On time in full")
        DAYS_LATE = Metric.DAYS_LATE, _("Days late, 9 in 10 lines")
        ACK_HOURS = Metric.ACK_HOURS, _("Hours to confirm, 9 in 10 orders")
        LOTS_REJECTED = Metric.LOTS_REJECTED, _("Lots rejected")
        INVOICE_MATCH = Metric.INVOICE_MATCH, _("Invoices that match")

    class Compared(models.TextChoices):
        AT_LEAST = Comparison.AT_LEAST, _("at least")
        AT_MOST = Comparison.AT_MOST, _("at most")

    class Every(models.TextChoices):
        MONTH = WindowKind.MONTH, _("Every month")
        QUARTER = WindowKind.QUARTER, _("Every quarter")
        DAYS = WindowKind.DAYS, _("Every so many days")

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="levels")
    clause = models.CharField(_("clause"), max_length=60, blank=True)
    metric = models.CharField(_("measured"), max_length=20, choices=What.choices)
    comparison = models.CharField(_("compared"), max_length=8, choices=Compared.choices)
    target = models.DecimalField(_("target"), **_POINTS)
    window = models.CharField(_("window"), max_length=8, choices=Every.choices)
    window_days = models.PositiveSmallIntegerField(_("days"), null=True, blank=True)
    minimum = models.PositiveIntegerField(_("minimum"), default=1)
    early_days = models.PositiveSmallIntegerField(_("days early"), default=0)
    late_days = models.PositiveSmallIntegerField(_("days late"), default=0)
    penalty = models.JSONField(_("penalty"))
    cap = models.DecimalField(_("cap"), null=True, blank=True, **AMOUNT)
    applies_from = models.DateField(_("applies from"))
    applies_until = models.DateField(_("applies until"), null=True, blank=True)
    judged_until = models.DateField(null=True, blank=True)
    seen = models.PositiveBigIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("service level")
        verbose_name_plural = _("service levels")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(window="days", window_days__range=(windows.SHORTEST_DAYS, windows.LONGEST_DAYS))
                | Q(window__in=["month", "quarter"], window_days__isnull=True),
                name="level_window_has_its_days",
            ),
            models.CheckConstraint(
                condition=Q(applies_until__isnull=True) | Q(applies_until__gte=F("applies_from")),
                name="level_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(metric__in=[m.value for m, c in COMPARED.items() if c is Comparison.AT_LEAST],
                            comparison="at_least")
                | Q(metric__in=[m.value for m, c in COMPARED.items() if c is Comparison.AT_MOST],
                    comparison="at_most"),
                name="level_compares_the_way_its_metric_runs",
            ),
            models.CheckConstraint(condition=Q(minimum__gte=1), name="level_needs_something_to_judge"),
            models.CheckConstraint(condition=Q(cap__isnull=True) | Q(cap__gt=0), name="level_cap_is_an_amount"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_metric_display()} {self.clause}".strip()

    @property
    def curve(self) -> Curve:
        return penalties.read(self.penalty)

    @property
    def last_day(self) -> date | None:
        """The last day that counts, None while nobody knows one."""
        known = [day for day in (self.applies_until, self.contract.last_day) if day is not None]
        return min(known, default=None)


class Breach(models.Model):
    """One window in which a service level was missed; one row a window, whatever is checked twice.

    revision, stands, n, value, penalty repeat the newest revision, which counts; not stands: facts that came later
    show that the level was kept. waived: a person lets it go.
    """

    level = models.ForeignKey(ServiceLevel, on_delete=models.PROTECT, related_name="breaches")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="breaches")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+")
    start = models.DateField(_("from"))
    end = models.DateField(_("to"))
    revision = models.PositiveIntegerField(_("revision"), default=1)
    stands = models.BooleanField(_("stands"), default=True)
    n = models.PositiveIntegerField(_("counted"))
    value = models.DecimalField(_("value"), null=True, **_POINTS)
    penalty = models.DecimalField(_("penalty"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3)
    found_at = models.DateTimeField(_("found"))
    waived_at = models.DateTimeField(_("let go"), null=True, blank=True)
    waived_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    waived_why = models.CharField(_("why"), max_length=NOTE_LIMIT, blank=True)

    class Meta:
        verbose_name = _("breach")
        verbose_name_plural = _("breaches")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["level", "start"], name="one_breach_per_level_and_window"),
            models.CheckConstraint(condition=Q(end__gte=F("start")), name="breach_window_is_a_window"),
            models.CheckConstraint(condition=Q(penalty__gte=0), name="breach_penalty_not_negative"),
            models.CheckConstraint(
                condition=Q(waived_at__isnull=True, waived_why="") | Q(waived_at__isnull=False) & ~Q(waived_why=""),
                name="waived_breach_says_why",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["contract", "-start"], name="breach_of_contract")]

    def __str__(self) -> str:
        return f"{self.level_id} {self.start}"


class BreachRevision(models.Model):
    """One judgement of a window, never changed: the rows it stands on, the measure, and the penalty step by step.

    terms: of the level as it was. rows: see rules.measuring; goods: what was due, where the penalty is counted on it.
    """

    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="revisions")
    revision = models.PositiveIntegerField(_("revision"))
    judged_on = models.DateField(_("as of"))
    stands = models.BooleanField(_("stands"))
    n = models.PositiveIntegerField(_("counted"))
    value = models.DecimalField(_("value"), null=True, **_POINTS)
    penalty = models.DecimalField(_("penalty"), **AMOUNT)
    terms = models.JSONField()
    reading = models.JSONField()
    sums = models.JSONField()
    rows = models.JSONField()
    goods = models.JSONField()
    digest = models.CharField(max_length=40)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("judgement of a breach")
        verbose_name_plural = _("judgements of breaches")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["breach", "revision"], name="breach_revision_once"),
            models.CheckConstraint(condition=Q(penalty__gte=0), name="judged_penalty_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.breach_id}/{self.revision}"


class SupplierClaim(models.Model):
    """What we ask a supplier for. recovered is the sum of its recoveries, and never more than was asked for.

    paper: what the evidence pack says of both sides, kept when the claim is sent. told: how many facts measuring
    was told of this claim.
    """

    class Kind(models.TextChoices):
        BREACH = ClaimKind.BREACH, _("Service level missed")
        DEFECT = ClaimKind.DEFECT, _("Defective goods")
        DEFAULT = ClaimKind.DEFAULT, _("Did not deliver")
        OTHER = ClaimKind.OTHER, _("Something else")

    class State(models.TextChoices):
        DRAFT = ClaimState.DRAFT, _("Draft")
        SENT = ClaimState.SENT, _("Sent")
        ACCEPTED = ClaimState.ACCEPTED, _("Accepted")
        PARTLY = ClaimState.PARTLY, _("Partly accepted")
        DISPUTED = ClaimState.DISPUTED, _("Disputed")
        SETTLED = ClaimState.SETTLED, _("Settled")
        WITHDRAWN = ClaimState.WITHDRAWN, _("Withdrawn")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="claims")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, null=True, blank=True, related_name="claims")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    title = models.CharField(_("title"), max_length=200)
    reason = models.CharField(_("what happened"), max_length=REASON_LIMIT, blank=True)
    state = models.CharField(_("state"), max_length=16, choices=State.choices, default=State.DRAFT)
    amount = models.DecimalField(_("asked for"), **AMOUNT)
    currency = models.CharField(_("currency"), max_length=3)
    accepted = models.DecimalField(_("accepted"), null=True, blank=True, **AMOUNT)
    recovered = models.DecimalField(_("recovered"), default=0, **AMOUNT)
    drafted_at = models.DateTimeField(_("drafted"))
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    sent_on = models.DateField(_("sent"), null=True, blank=True)
    answer_due = models.DateField(_("answer due"), null=True, blank=True)
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=NOTE_LIMIT, blank=True)
    paper = models.JSONField(default=dict)
    told = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("claim on a supplier")
        verbose_name_plural = _("claims on suppliers")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="claim_asks_for_something"),
            models.CheckConstraint(
                condition=Q(recovered__gte=0, recovered__lte=F("amount")), name="claim_recovers_at_most_its_amount"
            ),
            models.CheckConstraint(
                condition=Q(accepted__isnull=True) | Q(accepted__gt=0, accepted__lte=F("amount")),
                name="claim_accepted_is_part_of_it",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", sent_on__isnull=True)
                | Q(state="withdrawn")
                | ~Q(state__in=["draft", "withdrawn"]) & Q(sent_on__isnull=False, answer_due__gte=F("sent_on")),
                name="sent_claim_has_its_days",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["settled", "withdrawn"], closed_on__isnull=False)
                | ~Q(state__in=["settled", "withdrawn"]) & Q(closed_on__isnull=True),
                name="closed_claim_has_its_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["supplier", "-id"], name="claims_of_supplier"),
            models.Index(fields=["state", "-id"], name="claims_by_state"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How both sides name it."""
        return f"SC-{self.pk:06d}"

    @property
    def outstanding(self) -> Any:
        """What is asked for, or accepted, and has not come."""
        return max((self.accepted or self.amount) - self.recovered, 0)


class ClaimBreach(models.Model):
    """A breach in a claim, as it was judged then. is_live: the claim was not withdrawn; a breach is in one such."""

    claim = models.ForeignKey(SupplierClaim, on_delete=models.PROTECT, related_name="lines")
    breach = models.ForeignKey(Breach, on_delete=models.PROTECT, related_name="claimed")
    revision = models.ForeignKey(BreachRevision, on_delete=models.PROTECT, related_name="+")
    amount = models.DecimalField(_("penalty"), **AMOUNT)
    is_live = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("claimed breach")
        verbose_name_plural = _("claimed breaches")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["breach"], condition=Q(is_live=True), name="breach_in_one_claim_at_a_time"),
            models.UniqueConstraint(fields=["claim", "breach"], name="breach_once_in_a_claim"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="claimed_penalty_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.breach_id}"


class ClaimRecovery(models.Model):
    """Money that came back on a claim. Append-only; one row a reference, so that no credit note counts twice."""

    class Kind(models.TextChoices):
        CREDIT_NOTE = RecoveryKind.CREDIT_NOTE, _("Credit note")
        PAYMENT = RecoveryKind.PAYMENT, _("Payment")
        SET_OFF = RecoveryKind.SET_OFF, _("Set off against an invoice")

    claim = models.ForeignKey(SupplierClaim, on_delete=models.PROTECT, related_name="recoveries")
    amount = models.DecimalField(_("amount"), **AMOUNT)
    day = models.DateField(_("day"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    reference = models.CharField(_("reference"), max_length=120)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("recovery")
        verbose_name_plural = _("recoveries")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["claim", "kind", "reference"], name="recovery_once_per_reference"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="recovery_is_an_amount"),
            models.CheckConstraint(condition=~Q(reference=""), name="recovery_names_its_paper"),
        ]

    def __str__(self) -> str:
        return self.reference
