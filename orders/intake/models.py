"""Which files were imported, by whom, and what came of it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from backoffice.kernel.models import Store


class ImportRun(models.Model):
    """One import that wrote something or refused rows. Counts only: no values of the files are kept."""

    store = models.ForeignKey(Store, on_delete=models.PROTECT, verbose_name=_("store"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, verbose_name=_("by")
    )
    preset = models.CharField(_("preset"), max_length=60)
    source = models.CharField(_("file or folder"), max_length=255)
    started_at = models.DateTimeField(_("started"))
    rows = models.PositiveIntegerField(_("rows"))
    orders = models.PositiveIntegerField(_("orders"))
    lines = models.PositiveIntegerField(_("lines"))
    created = models.PositiveIntegerField(_("created"))
    unchanged = models.PositiveIntegerField(_("unchanged"))
    changed = models.PositiveIntegerField(_("changed"))
    refused = models.PositiveIntegerField(_("refused"))

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(orders=F("created") + F("unchanged") + F("changed") + F("refused")),
                name="import_counts_add_up",
            )
        ]
        indexes: ClassVar = [models.Index(fields=["-started_at"], name="import_newest_first")]

    def __str__(self) -> str:
        return f"{self.preset} {self.started_at:%Y-%m-%d %H:%M}"
