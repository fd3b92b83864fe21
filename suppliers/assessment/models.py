"""Policies, assessments, scorecards, standings and corrective actions.

Policies, scorecards, the history of standings and the steps of corrective actions only grow.
"""

from datetime import date
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from suppliers.assessment.rules import actions
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Consequence, Method, Switch
from suppliers.directory.models import Supplier
from suppliers.evidence.models import EvidenceFile


class PolicyVersion(models.Model):
    """One version of the scorecard policy, as rules.policy reads it. The highest number is in force; none changes."""

    number = models.PositiveIntegerField(_("number"), unique=True)
    body = models.JSONField(_("policy"))
    note = models.CharField(_("what changed"), max_length=200)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("scorecard policy")
        verbose_name_plural = _("scorecard policies")

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.number}"


def _points(label: Any) -> "models.PositiveSmallIntegerField[int | None, int | None]":
    return models.PositiveSmallIntegerField(label, null=True, blank=True)


class Assessment(models.Model):
    """What somebody found by looking: 0 to 100 points for the dimensions they looked at, the others None.

    A draft changes, `version` counts how often; a submitted one never does (a trigger holds it), and only it counts.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")

    class How(models.TextChoices):
        QUESTIONNAIRE = Method.QUESTIONNAIRE, _("Questionnaire")
        SITE_VISIT = Method.SITE_VISIT, _("Site visit")
        DOCUMENTS = Method.DOCUMENTS, _("Document review")
        THIRD_PARTY = Method.THIRD_PARTY, _("Third party")
        TRIAL_ORDER = Method.TRIAL_ORDER, _("Trial order")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="assessments")
    method = models.CharField(_("method"), max_length=14, choices=How.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    made_on = models.DateField(_("made on"))
    valid_until = models.DateField(_("counts in full until"))
    capacity = _points(_("capacity"))
    quality = _points(_("quality"))
    delivery = _points(_("delivery"))
    finance = _points(_("finance"))
    technical = _points(_("technical"))
    compliance = _points(_("compliance"))
    customer = _points(_("customer rating"))
    evidence = models.TextField(_("evidence"), blank=True)
    assessor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(_("saved"))
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    version = models.PositiveIntegerField(default=1)
    # The open page that saved last, and from which version it began: see kernel.page_runs.
    page = models.CharField(max_length=64, blank=True)
    page_since = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("assessment")
        verbose_name_plural = _("assessments")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(method__in=[method.value for method in Method]), name="assessment_method_known"
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("made_on")), name="assessment_ends_after_it_is_made"),
            *[
                models.CheckConstraint(
                    condition=Q(**{f"{name.value}__isnull": True}) | Q(**{f"{name.value}__lte": 100}),
                    name=f"assessment_{name.value}_is_points",
                )
                for name in Dimension
            ],
            models.CheckConstraint(
                condition=Q(state="draft", submitted_at__isnull=True)
                | Q(state="submitted", submitted_at__isnull=False)
                & (Q(capacity__gte=0) | Q(quality__gte=0) | Q(delivery__gte=0) | Q(finance__gte=0)
                   | Q(technical__gte=0) | Q(compliance__gte=0) | Q(customer__gte=0)),
                name="submitted_assessment_says_something",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["supplier", "-made_on", "-id"], name="assessment_newest_first")]

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.made_on}"

    def points(self) -> dict[Dimension, int]:
        """The dimensions that were looked at, with their points."""
        return {name: found for name in Dimension if (found := getattr(self, name.value)) is not None}


class AssessmentFile(models.Model):
    """A file put beside an assessment as evidence, or taken away from its draft again. Append-only."""

    class Act(models.TextChoices):
        ATTACH = "attach", _("Attached")
        WITHDRAW = "withdraw", _("Taken away")

    assessment = models.ForeignKey(Assessment, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(EvidenceFile, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(_("what"), max_length=8, choices=Act.choices)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("file of an assessment")
        verbose_name_plural = _("files of assessments")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["assessment", "file", "act"], name="assessment_file_act_once"),
        ]

    def __str__(self) -> str:
        return f"{self.assessment_id} {self.act}"


class CriticalEvent(models.Model):
    """What stops buying whatever the score says, from a day until it is over (ended_on None: it goes on)."""

    class Kind(models.TextChoices):
        INSOLVENCY = Switch.INSOLVENCY, _("Insolvency")
        SAFETY = Switch.SAFETY, _("Dangerous goods reached customers")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="critical_events")
    kind = models.CharField(_("what"), max_length=12, choices=Kind.choices)
    happened_on = models.DateField(_("since"))
    ended_on = models.DateField(_("over since"), null=True, blank=True)
    note = models.CharField(_("what happened"), max_length=200)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("critical event")
        verbose_name_plural = _("critical events")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("happened_on")),
                name="critical_event_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[Switch.INSOLVENCY.value, Switch.SAFETY.value]), name="critical_event_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.happened_on}"


class Scorecard(models.Model):
    """One revision of a supplier's score: what went in, what came out, and why it differs from the one before.

    inputs, result: see rules.snapshot; explanation: see services.scorecards. total None: not enough data.
    """

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(_("revision"))
    previous = models.OneToOneField("self", on_delete=models.PROTECT, null=True, blank=True, related_name="next")
    day = models.DateField(_("day"))
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    inputs = models.JSONField()
    result = models.JSONField()
    explanation = models.JSONField()
    total = models.DecimalField(_("score"), max_digits=4, decimal_places=1, null=True, blank=True)
    low = models.DecimalField(_("from"), max_digits=4, decimal_places=1, null=True, blank=True)
    high = models.DecimalField(_("to"), max_digits=4, decimal_places=1, null=True, blank=True)
    coverage = models.DecimalField(_("coverage"), max_digits=4, decimal_places=1)
    digest = models.CharField(max_length=40)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("scorecard")
        verbose_name_plural = _("scorecards")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["supplier", "revision"], name="scorecard_revision_once"),
            models.CheckConstraint(
                condition=Q(total__isnull=True, low__isnull=True, high__isnull=True)
                | Q(low__gte=0, low__lte=F("total"), high__gte=F("total"), high__lte=100),
                name="scorecard_interval_holds_the_score",
            ),
            models.CheckConstraint(
                condition=Q(revision=1, previous__isnull=True) | Q(revision__gt=1, previous__isnull=False),
                name="scorecard_follows_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id}/{self.revision}"


def _known_consequence(field: str, *, name: str, empty: bool = False) -> models.CheckConstraint:
    known = [one.value for one in Consequence] + ([""] if empty else [])
    return models.CheckConstraint(condition=Q(**{f"{field}__in": known}), name=name)


class Standing(models.Model):
    """Where a supplier stands now, and what that means for purchase orders; one row a supplier.

    standing: a band's key, "not_enough_data" or "stopped". band, better_since, better_band: see rules.standing.Held.
    seen: how many rows of each kind the score was made of, by which the watch notices newer ones. scored_on: the day.
    override: what a person decided instead, until a day, that day included; a change of the standing ends a milder one.
    """

    supplier = models.OneToOneField(Supplier, on_delete=models.PROTECT, related_name="standing")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="+")
    policy = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    standing = models.CharField(_("standing"), max_length=40)
    consequence = models.CharField(_("for purchase orders"), max_length=10)
    may_override = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    since = models.DateField(_("since"))
    band = models.CharField(max_length=40, blank=True)
    better_since = models.DateField(null=True, blank=True)
    better_band = models.CharField(max_length=40, blank=True)
    seen = models.JSONField(default=dict)
    scored_on = models.DateField()
    override = models.CharField(_("decided instead"), max_length=10, blank=True)
    override_until = models.DateField(_("until"), null=True, blank=True)
    override_reason = models.CharField(_("reason"), max_length=200, blank=True)
    override_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")
        constraints: ClassVar[list[Any]] = [
            _known_consequence("consequence", name="standing_consequence_known"),
            _known_consequence("override", name="standing_override_known", empty=True),
            models.CheckConstraint(
                condition=Q(override="", override_until__isnull=True, override_by__isnull=True, override_reason="")
                | (~Q(override="") & Q(override_until__isnull=False, override_by__isnull=False)
                   & ~Q(override_reason="")),
                name="standing_override_is_whole",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.supplier_id}: {self.standing}"

    def effective(self, day: date) -> str:
        """What holds for purchase orders on a day."""
        return self.override if self.is_overridden(day) else self.consequence

    def is_overridden(self, day: date) -> bool:
        """True while a person's decision holds, its last day included."""
        return bool(self.override) and self.override_until is not None and day <= self.override_until


class StandingChange(models.Model):
    """One change of a standing or of its consequence. Append-only. actor None: it followed from the score."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="+")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    was = models.CharField(max_length=40, blank=True)
    standing = models.CharField(max_length=40)
    consequence = models.CharField(max_length=10)
    override = models.CharField(max_length=10, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("change of standing")
        verbose_name_plural = _("changes of standing")
        indexes: ClassVar = [models.Index(fields=["supplier", "-id"], name="standing_changes_newest")]

    def __str__(self) -> str:
        return f"{self.was} → {self.standing}"


class CorrectiveAction(models.Model):
    """What a supplier is asked to put right, until it is verified or withdrawn; then it never changes (a trigger).

    due_on: when the supplier is to answer. answer, answered_on: of the answer that stands; a rejected one is kept in
    the steps alone. closed_on: the day it was verified or withdrawn.
    """

    class State(models.TextChoices):
        OPEN = actions.ActionState.OPEN, _("Waits for the supplier")
        ANSWERED = actions.ActionState.ANSWERED, _("To verify")
        VERIFIED = actions.ActionState.VERIFIED, _("Verified")
        WITHDRAWN = actions.ActionState.WITHDRAWN, _("Withdrawn")

    class Cause(models.TextChoices):
        DEFECT = actions.Cause.DEFECT, _("Defect")
        LATENESS = actions.Cause.LATENESS, _("Lateness")
        FEEDBACK = actions.Cause.FEEDBACK, _("Customers' feedback")
        AUDIT = actions.Cause.AUDIT, _("Audit finding")
        OTHER = actions.Cause.OTHER, _("Something else")

    number = models.PositiveIntegerField(_("number"), unique=True)
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="corrective_actions")
    cause = models.CharField(_("cause"), max_length=10, choices=Cause.choices)
    cause_ref = models.CharField(_("reference"), max_length=80, blank=True)
    what = models.CharField(_("what is wrong"), max_length=200)
    asked = models.TextField(_("what is asked"))
    asked_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("answer due"))
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", verbose_name=_("owner"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.TextField(_("answer"), blank=True)
    answered_on = models.DateField(_("answered on"), null=True, blank=True)
    closed_on = models.DateField(_("closed on"), null=True, blank=True)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("corrective action")
        verbose_name_plural = _("corrective actions")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(cause__in=[cause.value for cause in actions.Cause]), name="action_cause_known"
            ),
            models.CheckConstraint(condition=~Q(what="") & ~Q(asked=""), name="action_says_what_is_asked"),
            models.CheckConstraint(condition=Q(due_on__gte=F("asked_on")), name="action_is_due_after_it_is_asked"),
            models.CheckConstraint(
                condition=Q(state="open", answer="", answered_on__isnull=True, closed_on__isnull=True)
                | Q(state="answered", answered_on__gte=F("asked_on"), closed_on__isnull=True) & ~Q(answer="")
                | Q(state="verified", closed_on__gte=F("answered_on"), answered_on__gte=F("asked_on")) & ~Q(answer="")
                | Q(state="withdrawn", closed_on__gte=F("asked_on"), verified_by__isnull=True),
                name="action_holds_what_its_state_says",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["due_on", "id"], name="action_by_due", condition=Q(state__in=["open", "answered"])),
            models.Index(fields=["supplier", "-id"], name="action_of_supplier"),
        ]

    def __str__(self) -> str:
        return f"CA-{self.number}"


class ActionStep(models.Model):
    """One thing that was done with a corrective action, and what was said. Append-only. actor None: the system."""

    action = models.ForeignKey(CorrectiveAction, on_delete=models.PROTECT, related_name="steps")
    act = models.CharField(max_length=10)
    said = models.TextField(blank=True)
    due_on = models.DateField()
    at = models.DateTimeField()
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("step of a corrective action")
        verbose_name_plural = _("steps of corrective actions")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(act__in=[act.value for act in actions.Act]), name="action_step_known"),
        ]

    def __str__(self) -> str:
        return f"{self.action_id} {self.act}"
