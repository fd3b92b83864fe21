"""Questionnaires with versions that never change, and the sheets on which suppliers answer them."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from suppliers.assessment.models import Assessment
from suppliers.directory.models import Supplier
from suppliers.evidence.models import EvidenceFile


class Questionnaire(models.Model):
    """What is asked for one purpose; its versions hold the questions."""

    key = models.SlugField(_("short name"), max_length=60, unique=True)
    is_retired = models.BooleanField(_("no longer asked"), default=False)

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")

    def __str__(self) -> str:
        return self.key


class QuestionnaireVersion(models.Model):
    """One version. body: see rules.reading. The highest number is asked from now on; none changes."""

    questionnaire = models.ForeignKey(Questionnaire, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("number"))
    body = models.JSONField()
    digest = models.CharField(max_length=64)
    saved_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    saved_at = models.DateTimeField(_("saved"))

    class Meta:
        verbose_name = _("version of a questionnaire")
        verbose_name_plural = _("versions of questionnaires")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["questionnaire", "number"], name="questionnaire_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.questionnaire_id}/{self.number}"


class AnswerSheet(models.Model):
    """One questionnaire as one supplier answers it, or one of us for them (by).

    open → submitted → accepted, or back to open with a note; closed: nobody answers any more. answers: see
    rules.judging. version counts saves; page, page_since: see kernel.page_runs. An accepted sheet never changes.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        SUBMITTED = "submitted", _("Submitted")
        ACCEPTED = "accepted", _("Accepted")
        CLOSED = "closed", _("Closed")

    class By(models.TextChoices):
        STAFF = "staff", _("Filled in by us")
        SUPPLIER = "supplier", _("Filled in by the supplier")

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="sheets")
    questionnaire = models.ForeignKey(QuestionnaireVersion, on_delete=models.PROTECT, related_name="+")
    by = models.CharField(_("who answers"), max_length=8, choices=By.choices)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.OPEN)
    language = models.CharField(_("language"), max_length=10)
    answers = models.JSONField(default=dict)
    note = models.TextField(_("what is still missing"), blank=True)
    due_on = models.DateField(_("wanted by"), null=True, blank=True)
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"))
    saved_at = models.DateTimeField(_("saved"), null=True, blank=True)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    assessment = models.OneToOneField(Assessment, on_delete=models.PROTECT, null=True, blank=True, related_name="sheet")
    version = models.PositiveIntegerField(default=1)
    page = models.CharField(max_length=64, blank=True)
    page_since = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("answer sheet")
        verbose_name_plural = _("answer sheets")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(
                fields=["supplier", "questionnaire"], condition=Q(state__in=["open", "submitted"]),
                name="one_sheet_at_work",
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", assessment__isnull=False)
                | ~Q(state="accepted") & Q(assessment__isnull=True),
                name="accepted_sheet_has_its_assessment",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["submitted", "accepted"]) | Q(submitted_at__isnull=False),
                name="submitted_sheet_says_when",
            ),
        ]  # fmt: skip
        indexes: ClassVar = [models.Index(fields=["supplier", "-id"], name="sheet_newest_first")]

    def __str__(self) -> str:
        return f"{self.supplier_id}/{self.questionnaire_id}"


class SheetLink(models.Model):
    """A link by which a supplier opens its sheet without a login. Only the hash of its token is kept."""

    sheet = models.ForeignKey(AnswerSheet, on_delete=models.PROTECT, related_name="links")
    token_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("ends"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    opened_at = models.DateTimeField(_("first opened"), null=True, blank=True)

    class Meta:
        verbose_name = _("link of a sheet")
        verbose_name_plural = _("links of sheets")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(expires_at__gt=F("issued_at")), name="sheet_link_ends_after_it_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.issued_at:%Y-%m-%d}"


class SheetFile(models.Model):
    """A file that came with one question of a sheet. Append-only; which of them count stands in the answers."""

    sheet = models.ForeignKey(AnswerSheet, on_delete=models.PROTECT, related_name="files")
    item = models.CharField(max_length=80)
    file = models.OneToOneField(EvidenceFile, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("file of a sheet")
        verbose_name_plural = _("files of sheets")

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.item}"


class Submission(models.Model):
    """What was handed in, each time. Append-only. digest: over version and answers; link None: one of us."""

    sheet = models.ForeignKey(AnswerSheet, on_delete=models.PROTECT, related_name="submissions")
    number = models.PositiveSmallIntegerField()
    answers = models.JSONField()
    digest = models.CharField(max_length=64)
    link = models.ForeignKey(SheetLink, on_delete=models.PROTECT, null=True, related_name="+")
    actor = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(_("submitted"))

    class Meta:
        verbose_name = _("submission of a sheet")
        verbose_name_plural = _("submissions of sheets")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["sheet", "number"], name="submission_number_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sheet_id}/{self.number}"
