"""What there is to assess about one supplier: each way of assessing, and where it stands."""

from dataclasses import dataclass
from datetime import date

from suppliers.assessment.models import Assessment
from suppliers.assessment.selectors import ending
from suppliers.questionnaires.models import AnswerSheet


@dataclass(frozen=True, slots=True)
class Task:
    """One way of assessing. last: the newest submitted one; draft, sheet: what somebody works on.

    state: never, valid, ending, ended. due_on: when the next one is wanted, None where none was ever made.
    """

    method: Assessment.How
    state: str
    last: Assessment | None
    draft: Assessment | None
    sheet: AnswerSheet | None
    due_on: date | None


def tasks(supplier_id: int, *, day: date) -> list[Task]:
    """The five ways, in a fixed number of statements."""
    rows = list(Assessment.objects.filter(supplier_id=supplier_id).order_by("-made_on", "-id"))
    at_work = [AnswerSheet.State.OPEN, AnswerSheet.State.SUBMITTED]
    sheet = AnswerSheet.objects.filter(supplier_id=supplier_id, state__in=at_work).order_by("-id").first()
    return [_task(how, rows, sheet if how is Assessment.How.QUESTIONNAIRE else None, day) for how in Assessment.How]


def _task(how: Assessment.How, rows: list[Assessment], sheet: AnswerSheet | None, day: date) -> Task:
    own = [row for row in rows if row.method == how]
    last = next((row for row in own if row.state == Assessment.State.SUBMITTED), None)
    draft = next((row for row in own if row.state == Assessment.State.DRAFT), None)
    return Task(how, ending.state_of(last, day), last, draft, sheet, last.valid_until if last else None)
