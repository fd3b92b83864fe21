"""Prepared texts: a macro has versions, a version has a variant per language."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from backoffice.messaging.models import Wording


class Macro(models.Model):
    """One prepared text for one scenario. A name like "Delay::Late parcel" makes folders."""

    key = models.SlugField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    scenario = models.CharField(_("scenario"), max_length=40)
    owner_role = models.CharField(_("owner"), max_length=20, choices=User.RoleChoice.choices, blank=True)
    review_on = models.DateField(_("review on"), null=True, blank=True)

    class Meta:
        verbose_name = _("macro")
        verbose_name_plural = _("macros")
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class MacroVersion(models.Model):
    """A numbered version: a draft may be edited, an approved or retired one never changes."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        APPROVED = "approved", _("approved")
        RETIRED = "retired", _("retired")

    macro = models.ForeignKey(Macro, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    needs_new_date = models.BooleanField(_("tells a new date"), default=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    approved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    edits = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("macro version")
        verbose_name_plural = _("macro versions")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["macro", "number"], name="one_version_per_number"),
            models.UniqueConstraint(
                fields=["macro"], condition=Q(state="approved"), name="one_approved_version_per_macro"
            ),
            models.UniqueConstraint(fields=["macro"], condition=Q(state="draft"), name="one_draft_per_macro"),
        ]

    def __str__(self) -> str:
        return f"{self.macro} v{self.number}"


class MacroVariant(models.Model):
    """The text in one language. kind next_update is used where the new date is not known yet.

    text + offer (when the run carries a voucher) + closing make the wording; both compositions are
    written as immutable Wordings when the version is approved. says: the points (rules.Point) the writer
    declares to have made, which no placeholder proves.
    """

    class Kind(models.TextChoices):
        MAIN = "main", _("main text")
        NEXT_UPDATE = "next_update", _("when no new date is known")

    version = models.ForeignKey(MacroVersion, on_delete=models.CASCADE, related_name="variants")
    channel = models.CharField(_("channel"), max_length=20, default="email")
    language = models.CharField(_("language"), max_length=10)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices, default=Kind.MAIN)
    subject = models.CharField(_("subject"), max_length=300)
    text = models.TextField(_("text"))
    offer = models.TextField(_("offer"), blank=True)
    closing = models.TextField(_("closing"), blank=True)
    says = models.JSONField(_("what the text says"), default=list, blank=True)
    plain_wording = models.ForeignKey(Wording, on_delete=models.PROTECT, null=True, related_name="+")
    offer_wording = models.ForeignKey(Wording, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("macro text")
        verbose_name_plural = _("macro texts")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["version", "channel", "language", "kind"], name="one_text_per_language_and_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.language} {self.kind}"
