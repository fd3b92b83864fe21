"""A fan-out tells many customers one thing; a notice is the decision about one order in it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store, User
from backoffice.messaging.models import Batch, Message, Wording
from customercare.compensation.models import Budget
from customercare.macros.models import MacroVersion
from orders.sales.models import Order


class Fanout(models.Model):
    """One run: who is told, in which words, with which voucher, and how far it has come.

    content_hash covers audience, wordings, amounts and settings; preview and approval are bound to it.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PREVIEWED = "previewed", _("previewed")
        AWAITING_APPROVAL = "awaiting_approval", _("waiting for a second person")
        HOLDING = "holding", _("about to start")
        CANARY = "canary", _("sending the first few")
        RUNNING = "running", _("sending")
        PAUSED = "paused", _("paused")
        COMPLETED = "completed", _("completed")
        COMPLETED_WITH_FAILURES = "completed_with_failures", _("completed with failures")
        CANCELLED = "cancelled", _("cancelled")

    class Rule(models.TextChoices):
        NONE = "none", _("no voucher")
        FLAT = "flat", _("a fixed amount")
        PERCENT = "percent", _("a percentage of the order")

    class Missing(models.TextChoices):
        UNDECIDED = "", _("not decided")
        EXCLUDE = "exclude", _("leave these customers out")
        FILL = "fill", _("enter one date for all of them")
        NEXT_UPDATE = "next_update", _("tell them when the next update comes")

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    cause_ref = models.CharField(max_length=80)
    wave = models.PositiveIntegerField(default=1)
    title = models.CharField(_("title"), max_length=200)
    mode = models.CharField(_("mode"), max_length=5, choices=Batch.Mode.choices, default=Batch.Mode.REAL)
    state = models.CharField(_("state"), max_length=24, choices=State.choices, default=State.DRAFT)
    macro_version = models.ForeignKey(MacroVersion, on_delete=models.PROTECT, null=True, blank=True)

    rule = models.CharField(_("voucher"), max_length=8, choices=Rule.choices, default=Rule.NONE)
    rule_value = models.DecimalField(_("amount or percent"), max_digits=10, decimal_places=2, default=0)
    rule_cap = models.DecimalField(_("at most"), max_digits=10, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3)
    valid_days = models.PositiveIntegerField(_("valid for days"), default=90)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, null=True, blank=True)

    missing = models.CharField(_("no new date"), max_length=12, choices=Missing.choices, blank=True, default="")
    next_update_on = models.DateField(_("next update on"), null=True, blank=True)
    fill_on = models.DateField(_("new date for all of them"), null=True, blank=True)

    audience_n = models.PositiveIntegerField(default=0)
    skipped_n = models.PositiveIntegerField(default=0)
    suppressed_n = models.PositiveIntegerField(default=0)
    message_n = models.PositiveIntegerField(default=0)
    cost = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    content_hash = models.CharField(max_length=64, blank=True, default="")

    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, null=True, related_name="+")
    planned_upto = models.BigIntegerField(default=0)
    planned_at = models.DateTimeField(null=True)
    # A person looked at the failures and said go on: canary and breaker do not stop it again.
    resumed_by_person = models.BooleanField(default=False)
    resume_to = models.CharField(max_length=24, blank=True, default="")
    pause_reason = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField()
    hold_until = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("fan-out")
        verbose_name_plural = _("fan-outs")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["cause_ref", "wave"], name="one_fanout_per_cause_and_wave"),
            models.CheckConstraint(
                condition=Q(skipped_n__lte=models.F("audience_n")), name="skipped_are_part_of_the_audience"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="fanout_live", condition=Q(state__in=["holding", "canary", "running", "paused"])
            )
        ]

    def __str__(self) -> str:
        return self.title


class Notice(models.Model):
    """Who is told about which order, why, in which wording, with how much; or why not.

    leader: the first notice of the same contact in this fan-out; one message speaks for all of them.
    """

    # A notice is written three times before its message leaves, so there is no index that another one covers.
    fanout = models.ForeignKey(Fanout, on_delete=models.CASCADE, related_name="notices", db_index=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="+", db_index=False)
    leader = models.BigIntegerField(default=0)
    contact_key = models.CharField(max_length=254, blank=True)
    why = models.CharField(_("why included"), max_length=300)
    skipped = models.CharField(_("left out because"), max_length=40, blank=True, default="")
    language = models.CharField(max_length=10, blank=True)
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)
    amount = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    # Set once, from the message itself. Without an index the row is changed where it stands.
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="notices", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fanout", "order"], name="one_notice_per_order_in_a_fanout")
        ]
        indexes: ClassVar = [
            models.Index(fields=["fanout", "leader", "id"], name="notice_by_leader"),
            models.Index(fields=["order"], name="notice_by_order"),
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"
