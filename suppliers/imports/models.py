"""One import under way or over, and the rows of its file with what is wrong in each."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from suppliers.imports.rules import RowState, SessionState

FILE_NAME_LIMIT = 120


class ImportSession(models.Model):
    """A file that somebody brought. header: the names of its columns, each once.

    mapping: field -> place of its column as text, or = and the word that every row has. options: how dates, amounts
    and unknown values are written, and what may be created. notes: sentences about the file as a whole.
    before: what stood there before the import, where that cannot be told from the rows.
    rows = new + changed + same + refused once the columns are known; after the import new and changed are in.
    """

    kind = models.CharField(_("kind"), max_length=20)
    state = models.CharField(_("state"), max_length=10, default=SessionState.COLUMNS.value)
    source = models.CharField(_("source"), max_length=60)
    file_name = models.CharField(_("file"), max_length=FILE_NAME_LIMIT)
    encoding = models.CharField(_("encoding"), max_length=20)
    separator = models.CharField(_("separator"), max_length=1)
    header = models.JSONField(_("columns"))
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    before = models.JSONField(null=True)
    rows = models.PositiveIntegerField(_("rows"))
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("same"), default=0)
    refused = models.PositiveIntegerField(_("refused"), default=0)
    started_at = models.DateTimeField(_("started"))
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    imported_at = models.DateTimeField(_("imported"), null=True, blank=True)
    imported_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in SessionState]), name="import_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "undone"], imported_at__isnull=False)
                | (~Q(state__in=["done", "undone"]) & Q(imported_at__isnull=True)),
                name="import_done_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="undone", undone_at__gte=F("imported_at"))
                | (~Q(state="undone") & Q(undone_at__isnull=True)),
                name="import_undone_after_done",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "started_by", "-id"], name="import_remembered")]

    def __str__(self) -> str:
        return f"{self.kind} {self.file_name}"


class ImportRow(models.Model):
    """One row of the file. line: where it begins there. problems: [place of the column or -1, reason] each.

    key: by which the row is known; made: the key of the fact that it became.
    """

    session = models.ForeignKey(ImportSession, on_delete=models.CASCADE, related_name="file_rows")
    line = models.PositiveIntegerField(_("row"))
    cells = models.JSONField()
    wrong = models.CharField(max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, default=RowState.UNREAD.value)
    problems = models.JSONField(default=list)
    key = models.CharField(max_length=200, blank=True)
    made = models.CharField(max_length=120, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["session", "line"], name="one_row_per_line"),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RowState]), name="import_row_state_known"
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(problems=[]), name="refused_row_says_why"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["session", "line"], condition=Q(state="refused"), name="refused_rows"),
            models.Index(fields=["session", "key"], name="rows_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.session_id} {self.line}"
