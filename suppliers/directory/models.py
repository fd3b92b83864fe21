"""Who we buy from, whom we talk to there, which papers they hold, and whom we may buy from one day."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from suppliers.directory import rules


class Supplier(models.Model):
    """One supplier, or a warehouse of our own. `version` grows with every change by a person.

    last_contact_on and contact_due_on are worked out from the contact log by the services that write to it.
    """

    class Kind(models.TextChoices):
        SUPPLIER = rules.SupplierKind.SUPPLIER, _("Supplier")
        WAREHOUSE = rules.SupplierKind.WAREHOUSE, _("Own warehouse")

    class State(models.TextChoices):
        ACTIVE = rules.SupplierState.ACTIVE, _("Active")
        PAUSED = rules.SupplierState.PAUSED, _("Paused")
        ENDED = rules.SupplierState.ENDED, _("Ended")

    code = models.CharField(_("code"), max_length=64, unique=True)
    name = models.CharField(_("name"), max_length=200)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.SUPPLIER)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.ACTIVE)
    country = models.CharField(_("country"), max_length=2, blank=True, default="")
    currency = models.CharField(_("currency"), max_length=3, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, blank=True, default="")
    languages = ArrayField(models.CharField(max_length=10), blank=True, default=list)
    cadence_days = models.PositiveSmallIntegerField(_("days between talks"), null=True, blank=True)
    last_contact_on = models.DateField(_("last contact"), null=True, blank=True)
    contact_due_on = models.DateField(_("contact due"), null=True, blank=True)
    notes = models.TextField(_("notes"), blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("supplier")
        verbose_name_plural = _("suppliers")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cadence_days__isnull=True) | Q(cadence_days__range=(1, rules.LONGEST_CADENCE)),
                name="supplier_cadence_is_days",
            ),
            models.CheckConstraint(condition=Q(country__regex="^([A-Z]{2})?$"), name="supplier_country_is_a_code"),
            models.CheckConstraint(condition=Q(currency__regex="^([A-Z]{3})?$"), name="supplier_currency_is_a_code"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["name", "id"], name="supplier_by_name"),
            models.Index(fields=["contact_due_on"], name="supplier_by_due", condition=Q(contact_due_on__isnull=False)),
            GinIndex(
                OpClass(Upper("code"), name="gin_trgm_ops"),
                OpClass(Upper("name"), name="gin_trgm_ops"),
                OpClass(Upper("legal_name"), name="gin_trgm_ops"),
                name="supplier_search",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def _one_for(duty: str) -> models.UniqueConstraint:
    return models.UniqueConstraint(
        fields=["supplier"], condition=Q(**{duty: True, "is_active": True}), name=f"one_contact_{duty}"
    )


class SupplierContact(models.Model):
    """A person at a supplier. For each duty there is one at most."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="contacts")
    name = models.CharField(_("name"), max_length=200)
    role = models.CharField(_("role"), max_length=120, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    language = models.CharField(_("language"), max_length=10, blank=True)
    for_orders = models.BooleanField(_("for orders"), default=False)
    for_quality = models.BooleanField(_("for quality"), default=False)
    for_invoices = models.BooleanField(_("for invoices"), default=False)
    for_emergencies = models.BooleanField(_("for emergencies"), default=False)
    is_active = models.BooleanField(_("still there"), default=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints: ClassVar[list[Any]] = [
            *[_one_for(duty) for duty in rules.DUTIES],
            models.CheckConstraint(condition=~Q(name=""), name="supplier_contact_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Certificate(models.Model):
    """A paper that a supplier holds. An expired one that is critical forbids buying."""

    class Kind(models.TextChoices):
        QUALITY = "quality", _("Quality management (ISO 9001)")
        ENVIRONMENT = "environment", _("Environment (ISO 14001)")
        SOCIAL = "social", _("Working conditions (BSCI, SA8000)")
        TEXTILE = "textile", _("Textiles and down (OEKO-TEX, RDS)")
        PRODUCT = "product", _("Product safety (CE, test report)")
        LICENCE = "licence", _("Business or export licence")
        INSURANCE = "insurance", _("Liability insurance")
        OTHER = "other", _("Something else")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="certificates")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    number = models.CharField(_("number"), max_length=80)
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)
    is_critical = models.BooleanField(_("critical"), default=False)
    is_retired = models.BooleanField(_("replaced"), default=False)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("certificate")
        verbose_name_plural = _("certificates")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["supplier", "kind", "number"], name="one_certificate_per_number"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_until__gte=F("valid_from")),
                name="certificate_ends_after_it_begins",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["valid_until"], name="certificate_by_end", condition=Q(is_retired=False)),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"


class Prospect(models.Model):
    """Somebody we may buy from one day; once won, it points to the supplier that came of it."""

    class Source(models.TextChoices):
        PLATFORM = "platform", _("Platform")
        FAIR = "fair", _("Fair")
        REFERRAL = "referral", _("Referral")
        INBOUND = "inbound", _("They wrote to us")

    class Stage(models.TextChoices):
        FOUND = rules.Stage.FOUND, _("Found")
        CONTACTED = rules.Stage.CONTACTED, _("Contacted")
        SAMPLING = rules.Stage.SAMPLING, _("Samples ordered")
        NEGOTIATING = rules.Stage.NEGOTIATING, _("Negotiating")
        WON = rules.Stage.WON, _("Became a supplier")
        DROPPED = rules.Stage.DROPPED, _("Dropped")

    name = models.CharField(_("name"), max_length=200)
    source = models.CharField(_("source"), max_length=10, choices=Source.choices)
    source_detail = models.CharField(_("which"), max_length=200, blank=True)
    stage = models.CharField(_("stage"), max_length=12, choices=Stage.choices, default=Stage.FOUND)
    country = models.CharField(_("country"), max_length=2, blank=True)
    contact_name = models.CharField(_("contact"), max_length=200, blank=True)
    email = models.CharField(_("e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    next_step = models.CharField(_("next step"), max_length=200, blank=True)
    next_step_on = models.DateField(_("next step on"), null=True, blank=True)
    supplier = models.OneToOneField(Supplier, on_delete=models.PROTECT, null=True, blank=True)
    added_at = models.DateTimeField(_("added"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("prospect")
        verbose_name_plural = _("prospects")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(stage=rules.Stage.WON.value, supplier__isnull=False)
                | ~Q(stage=rules.Stage.WON.value) & Q(supplier__isnull=True),
                name="won_prospect_has_its_supplier",
            ),
            models.CheckConstraint(
                condition=Q(next_step_on__isnull=True) | ~Q(next_step=""), name="prospect_step_says_what"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["stage", "-id"], name="prospect_by_stage"),
            models.Index(fields=["next_step_on"], name="prospect_by_step", condition=Q(next_step_on__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.name


class ContactLog(models.Model):
    """One talk with a supplier: when, by whom, through what, what was said, when next. Append-only."""

    class Channel(models.TextChoices):
        PHONE = "phone", _("Phone")
        EMAIL = "email", _("E-mail")
        VIDEO = "video", _("Video call")
        CHAT = "chat", _("Chat")
        MEETING = "meeting", _("Meeting")
        VISIT = "visit", _("Visit on site")
        FAIR = "fair", _("At a fair")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="talks")
    contact = models.ForeignKey(SupplierContact, on_delete=models.PROTECT, null=True, blank=True)
    happened_on = models.DateField(_("day"))
    channel = models.CharField(_("through"), max_length=10, choices=Channel.choices)
    said = models.TextField(_("what was said"))
    next_contact_on = models.DateField(_("next contact"), null=True, blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        verbose_name = _("talk")
        verbose_name_plural = _("contact log")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=~Q(said=""), name="talk_says_something"),
            models.CheckConstraint(
                condition=Q(next_contact_on__isnull=True) | Q(next_contact_on__gte=F("happened_on")),
                name="next_talk_is_not_before_this_one",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["supplier", "-happened_on", "-id"], name="talk_newest_first")]

    def __str__(self) -> str:
        return f"{self.happened_on} {self.get_channel_display()}"
