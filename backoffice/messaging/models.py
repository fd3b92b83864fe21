"""Every outgoing message is a row before it is a message."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store, User
from backoffice.messaging.rules import IN_HAND


class Wording(models.Model):
    """What is said, in one language on one channel, with inert {placeholders}. Never changes once written."""

    digest = models.CharField(max_length=64, unique=True)
    channel = models.CharField(max_length=20, default="email")
    language = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    text = models.TextField()

    def __str__(self) -> str:
        return self.subject


class Batch(models.Model):
    """Messages that one decision sends together, and how far they may go now.

    cause_ref names the decision ("incident:12"); several batches may share it. In mode drill every
    message ends in the sink, whatever the channel.
    """

    class Mode(models.TextChoices):
        REAL = "real", _("real")
        DRILL = "drill", _("drill")

    class Phase(models.TextChoices):
        HELD = "held", _("held")
        CANARY = "canary", _("first few")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        CANCELLED = "cancelled", _("cancelled")

    store = models.ForeignKey(Store, on_delete=models.PROTECT)
    key = models.CharField(max_length=120, unique=True)
    cause_ref = models.CharField(max_length=80, db_index=True)
    mode = models.CharField(max_length=5, choices=Mode.choices)
    phase = models.CharField(max_length=10, choices=Phase.choices, default=Phase.HELD)
    category = models.CharField(max_length=20, default="service")
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], name="batch_live", condition=Q(phase__in=["canary", "running"]))
        ]

    def __str__(self) -> str:
        return self.key


class Message(models.Model):
    """One message to one contact on one channel; dedupe_key makes a second one impossible.

    values: the raw placeholder values (shape in wording.py); digest: their hash at planning time.
    weight: how many orders it speaks for. Leases run by the database's clock.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        CLAIMED = "claimed", _("claimed")
        TRANSMITTING = "transmitting", _("being sent")
        RETRY = "retry", _("will be tried again")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        HANDED_OVER = "handed_over", _("handed over")
        FAILED = "failed", _("failed")
        SUPPRESSED = "suppressed", _("suppressed")
        EXPIRED = "expired", _("expired")
        CANCELLED = "cancelled", _("cancelled")
        UNCERTAIN = "uncertain", _("uncertain")

    # Every state a message passes writes to every index, so there is none that another one covers. Batches and
    # wordings are never deleted (the database refuses it), so a check for each message would find nothing.
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, related_name="messages", db_index=False, db_constraint=False
    )
    dedupe_key = models.CharField(max_length=160)
    channel = models.CharField(_("channel"), max_length=20, default="email")
    address = models.CharField(_("address"), max_length=254)
    wording = models.ForeignKey(Wording, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    values = models.JSONField()
    digest = models.CharField(max_length=64)
    weight = models.PositiveIntegerField(default=1)
    is_canary = models.BooleanField(default=False)
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="")
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(_("expires"))
    claimed_by = models.CharField(max_length=64, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    # Tries in which the body left, and temporary refusals in a row.
    attempts = models.PositiveSmallIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(_("changed"), db_default=Now())

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state__in=["claimed", "transmitting"]) | Q(lease_until__isnull=False),
                name="message_in_hand_has_a_lease",
            ),
            models.UniqueConstraint(fields=["dedupe_key"], name="one_message_per_dedupe_key"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["batch", "due_at", "id"], name="message_due", condition=Q(state__in=["queued", "retry"])
            ),
            models.Index(fields=["lease_until"], name="message_leased", condition=Q(lease_until__isnull=False)),
            models.Index(fields=["batch", "state", "id"], name="message_by_state"),
            # Lists find what is in hand by its lease: these two would be written twice more for every message.
            models.Index(fields=["state", "-id"], name="message_list", condition=~Q(state__in=IN_HAND)),
            GinIndex(
                OpClass(Upper("address"), name="gin_trgm_ops"), name="message_search", condition=~Q(state__in=IN_HAND)
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"


class DeliveryAttempt(models.Model):
    """What one try came to. Append-only."""

    # Checking the message of every try would cost a fifth of the turn that has just changed it.
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries", db_constraint=False)
    at = models.DateTimeField(db_default=Now())
    outcome = models.CharField(_("outcome"), max_length=20)
    code = models.PositiveSmallIntegerField(_("reply code"), null=True)
    reply = models.CharField(_("reply"), max_length=300, blank=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+", db_index=False)

    def __str__(self) -> str:
        return self.outcome


class Tally(models.Model):
    """How many messages (and orders) of a batch stand in each state, as signed changes.

    Rows are appended by a trigger on Message in the same statement as the change, so the sums are
    exact, and workers never wait for each other on a counter. The reconciler folds old rows.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, db_index=False)
    state = models.CharField(max_length=12)
    canary = models.BooleanField(default=False)
    messages = models.IntegerField()
    orders = models.IntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["batch"], include=["state", "canary", "messages", "orders"], name="tally_by_batch")
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.messages:+d}"


class Suppression(models.Model):
    """An address that must not be written to on a channel, for a category ("" = all). Read at send time."""

    address = models.CharField(_("address"), max_length=254)
    channel = models.CharField(_("channel"), max_length=20, default="email")
    category = models.CharField(_("category"), max_length=20, blank=True, default="")
    reason = models.CharField(_("reason"), max_length=200)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("suppressed address")
        verbose_name_plural = _("suppressed addresses")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["address", "channel", "category"], name="one_suppression_per_address")
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.category}".strip()


class Outbound(models.Model):
    """The one switch before every send: when paused, nothing leaves. A single row with id 1.

    circuit_*: opened by the relay after five authentication or connection failures in a row.
    tokens: the shared token bucket that keeps all relays together under one configured rate.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    paused = models.BooleanField(default=False)
    paused_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    paused_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=200, blank=True, default="")
    circuit_open_until = models.DateTimeField(null=True)
    failures_in_row = models.PositiveIntegerField(default=0)
    tokens = models.FloatField(default=0)
    tokens_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(id=1), name="outbound_is_a_single_row")]

    def __str__(self) -> str:
        return "paused" if self.paused else "open"


class SinkDelivery(models.Model):
    """Where a drill's messages end: a row instead of a mail."""

    message = models.OneToOneField(Message, on_delete=models.CASCADE)
    at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return f"message {self.message_id}"
