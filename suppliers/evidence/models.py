"""Files that people attach as evidence. The rows only grow; the bytes lie in a folder, under names of ours."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import User
from suppliers.evidence.rules import LARGEST, TYPES


class EvidenceFile(models.Model):
    """One uploaded file. key: 32 hex digits, its name on disk and in its address. Append-only.

    shown_name: what it was called, cleaned. added_by None: a supplier, by a link.
    """

    key = models.CharField(max_length=32, unique=True)
    kind = models.CharField(_("type"), max_length=8)
    shown_name = models.CharField(_("name"), max_length=140)
    size = models.PositiveIntegerField(_("size"))
    sha256 = models.CharField(max_length=64)
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(_("added"))

    class Meta:
        verbose_name = _("evidence file")
        verbose_name_plural = _("evidence files")
        constraints: ClassVar[list[Any]] = [
            models.CheckConstraint(condition=Q(key__regex="^[0-9a-f]{32}$"), name="evidence_key_is_ours"),
            models.CheckConstraint(condition=Q(size__gte=1, size__lte=LARGEST), name="evidence_size_is_kept"),
            models.CheckConstraint(condition=Q(kind__in=list(TYPES)), name="evidence_kind_known"),
        ]

    def __str__(self) -> str:
        return self.shown_name
