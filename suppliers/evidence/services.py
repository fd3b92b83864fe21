"""Keeping files and forgetting those that no row names."""

import hashlib
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.evidence import folder, rules
from suppliers.evidence.models import EvidenceFile

SENTENCES = {
    "file.empty": gettext_lazy("The file is empty. Choose the one that you mean."),
    "file.large": gettext_lazy("The file is larger than 10 MB. Split it, or send a smaller scan."),
    "file.type": gettext_lazy(
        "Files of this type are not kept. Send a PDF, a picture (PNG, JPEG, WebP), a table (XLSX, CSV) or a text "
        "(DOCX, TXT)."
    ),
    "file.ending": gettext_lazy("What is in the file and how its name ends do not fit: %(said)s. Rename the file."),
}
# A request that writes a file is over long before; what then has no row never gets one.
ORPHAN_SECONDS = 24 * 3600
PORTION = 500


@transaction.atomic
def keep(*, content: bytes, name: str, actor: User | None, now: datetime) -> EvidenceFile:
    """Keep one file. Call inside the transaction that says what it is evidence of.

    Everything is judged before anything is written. Raises Refusal (file.empty, file.large, file.type, file.ending).
    """
    try:
        kind, shown = rules.judge(content, name)
    except rules.Refused as refused:
        raise Refusal(refused.code, SENTENCES[refused.code] % {"said": refused.said}, "file") from refused
    key = folder.new_key()
    row = EvidenceFile.objects.create(
        key=key,
        kind=kind.code,
        shown_name=shown,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=actor,
        added_at=now,
    )
    folder.write(key, content)
    return row


def read_capped(size: int | None) -> None:
    """Refuse by its announced size what is not worth reading. Raises Refusal (file.large)."""
    if size is not None and size > rules.LARGEST:
        raise Refusal("file.large", _("The file is larger than 10 MB. Split it, or send a smaller scan."), "file")


def note_download(*, row: EvidenceFile, actor: User, now: datetime) -> None:
    """Who saw which paper is told by the log."""
    audit.record(actor=actor, verb="evidence.download", subject=f"evidence:{row.pk}", now=now)


def sweep(*, seconds: float = ORPHAN_SECONDS) -> int:
    """Remove files that no row names, which a rolled back transaction leaves; returns how many."""
    found = list(folder.older_than(seconds))
    removed = 0
    for start in range(0, len(found), PORTION):
        portion = found[start : start + PORTION]
        known = set(EvidenceFile.objects.filter(key__in=[one.name for one in portion]).values_list("key", flat=True))
        for place in portion:
            if place.name not in known:
                place.unlink(missing_ok=True)
                removed += 1
    return removed
