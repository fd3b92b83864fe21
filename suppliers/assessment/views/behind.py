"""The rows behind the metrics of a dimension, whatever kind they are of, as one table shows them."""

from dataclasses import dataclass, field
from datetime import date, datetime
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.kernel.keyset import Cursor
from suppliers.assessment import words
from suppliers.assessment.models import CorrectiveAction
from suppliers.assessment.rules.actions import ActionState, Cause
from suppliers.assessment.rules.metrics import Dimension, Evidence
from suppliers.assessment.selectors import actions, landed, measuring, scorecards
from suppliers.assessment.selectors.landed import Listed
from suppliers.directory.models import Certificate

# What a request for a correction is most likely about, where the page of a dimension asks for one.
CAUSES = {Dimension.QUALITY: Cause.DEFECT, Dimension.DELIVERY: Cause.LATENESS, Dimension.CUSTOMER: Cause.FEEDBACK}
_WRONG = {"late": Cause.LATENESS, "open": Cause.LATENESS, "rejected": Cause.DEFECT, "recall": Cause.DEFECT,
          "labelling": Cause.DEFECT, "returns": Cause.DEFECT, "complaints": Cause.FEEDBACK}  # fmt: skip
_TONES = {ActionState.OPEN: "info", ActionState.ANSWERED: "info", ActionState.VERIFIED: "ok"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row. url: its own page, "" without one. ask_url: where a correction of it is asked for, "" where there is
    nothing to correct. state, state_words, tone: of its pill."""

    sentence: str
    day: date | None
    source: str
    state: str
    state_words: str
    tone: str
    url: str = ""
    ask_url: str = ""


@dataclass(frozen=True, slots=True)
class Rows:
    """One page of rows, and the query parameters of its neighbours."""

    rows: list[Row]
    newer: dict[str, str] = field(default_factory=dict)
    older: dict[str, str] = field(default_factory=dict)


def ask_url(supplier_id: int, dimension: Dimension, **given: str) -> str:
    """Where a correction is asked for, with the cause filled in; "" for a dimension of which nothing is asked."""
    cause = CAUSES.get(dimension)
    return _ask(supplier_id, cause, **given) if cause else ""


def _ask(supplier_id: int, cause: Cause, **given: str) -> str:
    return f"{reverse('assessment:ask', args=[supplier_id])}?{urlencode({'cause': cause.value} | given)}"


def rows(supplier_id: int, kind: Evidence, *, cursor: Cursor | None, now: datetime, may_ask: bool) -> Rows:
    """One page of the rows of a kind."""
    today = timezone.localdate(now)
    if kind is Evidence.PAPER:
        return Rows(_papers(supplier_id, today))
    if kind is Evidence.ACTION:
        page = actions.of_supplier(supplier_id, cursor=cursor)
        return Rows([_action(row) for row in page.rows], page.newer, page.older)
    listed, facts = landed.listed(kind, supplier_id, cursor=cursor, day=today, now=now)
    return Rows([_fact(supplier_id, row, may_ask=may_ask) for row in listed], facts.newer, facts.older)


def _fact(supplier_id: int, row: Listed, *, may_ask: bool) -> Row:
    sentence = words.fact(row.told.code, row.told.ref, row.told.number)
    wrong = _WRONG.get(row.told.code) if may_ask and not row.is_replaced else None
    return Row(
        sentence=sentence,
        day=row.day,
        source=f"{row.source} {row.key}",
        state="replaced" if row.is_replaced else "counts",
        state_words=_("Corrected by a newer one") if row.is_replaced else _("Counts"),
        tone="neutral" if row.is_replaced else "ok",
        ask_url=_ask(supplier_id, wrong, cause_ref=f"{row.source}:{row.key}"[:80], what=sentence[:200])
        if wrong
        else "",
    )


def _papers(supplier_id: int, today: date) -> list[Row]:
    """The certificates that made the number: those that count on the day of the score, the shortest first."""
    card = scorecards.newest([supplier_id]).get(supplier_id)
    day = card.day if card else today
    found = measuring.papers(day).filter(supplier_id=supplier_id).order_by("valid_until", "id")
    return [_paper(paper, day, is_shortest=place == 0) for place, paper in enumerate(found)]


def _paper(paper: Certificate, day: date, *, is_shortest: bool) -> Row:
    days = (paper.valid_until - day).days if paper.valid_until else 0
    left = (
        ngettext("%(paper)s: %(n)d day left", "%(paper)s: %(n)d days left", days)
        if days >= 0
        else _("%(paper)s: has ended")
    )
    return Row(
        sentence=left % {"paper": paper, "n": days},
        day=paper.valid_until,
        source=paper.issuer,
        state="shortest" if is_shortest else "counts",
        state_words=_("Makes the number") if is_shortest else _("Lasts longer"),
        tone="info" if is_shortest else "neutral",
        url=reverse("suppliers:page", args=[paper.supplier_id]) + "#papers-title",
    )


def _action(row: CorrectiveAction) -> Row:
    return Row(
        sentence=f"{row}: {row.what}",
        day=row.asked_on,
        source=row.get_cause_display(),
        state=row.state,
        state_words=row.get_state_display(),
        tone=_TONES.get(ActionState(row.state), "neutral"),
        url=actions.url(row),
    )
