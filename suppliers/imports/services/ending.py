"""An import ends before it is done, or is taken back within a day."""

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from backoffice.kernel import audit
from backoffice.kernel.errors import Refusal
from backoffice.kernel.models import User
from suppliers.directory import services as directory
from suppliers.imports.kinds import IMPORTERS
from suppliers.imports.models import ImportRow, ImportSession
from suppliers.imports.rules import KEPT, SessionState, undo_until
from suppliers.imports.services import common


@transaction.atomic
def undo_import(*, session_id: int, actor: User | None, now: datetime) -> ImportSession:
    """Put back what stood before, for a day and while nothing of it was changed since.

    Raises Refusal (supplier.role, import.state, import.too_late, fact.moved_on, exposure.moved_on); nothing is
    changed then.
    """
    directory.require_editor(actor)
    session = common.hold(session_id, SessionState.DONE)
    at = session.imported_at or now
    if now > undo_until(at):
        raise Refusal(
            "import.too_late",
            _("This import is over 24 hours old. Correct single rows instead, or import a corrected file."),
        )
    made = dict(session.file_rows.exclude(made="").values_list("made", "key"))
    importer = IMPORTERS[session.kind]
    back = importer.take_back(made, before=session.before, source=session.source, at=at, actor=actor, now=now)
    session.state, session.undone_at, session.undone_by = SessionState.UNDONE, now, actor
    session.version += 1
    session.save()
    audit.record(
        actor=actor, verb="import.undo", subject=common.subject(session.pk), now=now, kind=session.kind,
        source=session.source, rows=back,
    )  # fmt: skip
    return session


@transaction.atomic
def drop_import(*, session_id: int, actor: User | None, now: datetime) -> ImportSession:
    """Forget the rows of a file that is not wanted any more. Raises Refusal (supplier.role, import.state)."""
    directory.require_editor(actor)
    session = common.hold(session_id, SessionState.COLUMNS, SessionState.ROWS)
    session.file_rows.all().delete()
    session.state = SessionState.DROPPED
    session.version += 1
    session.save()
    audit.record(actor=actor, verb="import.drop", subject=common.subject(session.pk), now=now, kind=session.kind)
    return session


@transaction.atomic
def forget_old(*, now: datetime) -> int:
    """Forget the rows of files that are over or waited too long; returns how many files. What they told stays."""
    old = ImportSession.objects.filter(started_at__lt=now - KEPT)
    waiting = old.filter(state__in=(SessionState.COLUMNS, SessionState.ROWS))
    over = ImportRow.objects.filter(session__in=old)
    ids = list(over.order_by().values_list("session", flat=True).distinct())
    waiting.update(state=SessionState.DROPPED, version=F("version") + 1)
    ImportRow.objects.filter(session__in=ids).delete()
    ImportSession.objects.filter(pk__in=ids).update(before=None)
    return len(ids)
