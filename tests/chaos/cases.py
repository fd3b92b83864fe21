"""How a case is told: what it began, how it ended, one line for a person and one object for a machine."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field

from django.db.models import QuerySet
from django.utils import timezone

from backoffice.messaging.models import Message
from customercare.incidents.models import Incident
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import DONE, State
from tests.chaos import shop
from tests.chaos.invariants import Findings, examine
from tests.chaos.stage import PATIENCE, Stage, Stuck, note


@dataclass(slots=True)
class Report:
    """One line of the result."""

    name: str
    lost: int = 0
    duplicates: int = 0
    uncertain: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    @property
    def is_ok(self) -> bool:
        return not self.wrong

    def line(self) -> str:
        head = f"{self.name}: {'ok' if self.is_ok else 'WRONG'}"
        counts = f"lost {self.lost} duplicates {self.duplicates} uncertain {self.uncertain} in {self.seconds:.1f} s"
        return "\n    ".join([f"{head} {counts}", *self.wrong])

    def data(self) -> dict[str, object]:
        return {**asdict(self), "ok": self.is_ok}


@dataclass(slots=True)
class Case:
    """A fan-out that something happened to, until it is settled and examined."""

    stage: Stage
    name: str
    incident: Incident
    fanout: Fanout
    began: float = field(default_factory=time.monotonic)
    wrong: list[str] = field(default_factory=list)
    # Messages that must end so; died: those in the hands of the process that was killed for this case, of any case.
    uncertain: set[int] = field(default_factory=set)
    failed: set[int] = field(default_factory=set)
    died: set[int] = field(default_factory=set)

    def expect(self, holds: bool, sentence: str) -> None:
        if not holds:
            self.wrong.append(sentence)

    def refresh(self) -> Fanout:
        self.fanout.refresh_from_db()
        return self.fanout

    def messages(self) -> QuerySet[Message]:
        """Its messages; none before it has started."""
        return Message.objects.filter(batch_id=self.refresh().batch_id or 0)

    def done(self) -> int:
        """How many of them nothing will happen to any more."""
        return self.messages().filter(state__in=["sent", "uncertain", "failed"]).count()

    def carry_on(self) -> None:
        """Where a run stopped itself, a person has looked and says go on."""
        if self.refresh().state == State.PAUSED:
            notices.resume(fanout_id=self.fanout.pk, actor=shop.runner(), now=timezone.now())

    def settle(self) -> Report:
        """Wait until it has ended, a person saying go on wherever one is asked, and examine it."""
        try:
            self._end()
        except Stuck as stuck:
            self.wrong.append(str(stuck))
        seconds = time.monotonic() - self.began
        found = self._examine()
        uncertain = len(self.uncertain | self.died)
        return Report(self.name, found.lost, found.duplicates, uncertain, seconds, [*self.wrong, *found.wrong])

    def _end(self) -> None:
        end = time.monotonic() + PATIENCE
        while not (self.refresh().state in DONE and self.fanout.finished_at):
            self.carry_on()
            if time.monotonic() > end:
                raise Stuck(f"not all terminal within {PATIENCE:.0f} s, state {self.fanout.state}")
            time.sleep(0.05)

    def _examine(self) -> Findings:
        doomed = self.stage.doomed & set(self.messages().values_list("id", flat=True))
        return examine(
            self.fanout, tuple(self.stage.witness.accepted), uncertain=self.uncertain | doomed, failed=self.failed
        )


def begin(stage: Stage, name: str, numbers: Sequence[str]) -> Case:
    """Declare an incident over these orders; the workers do the rest."""
    incident = shop.open_incident(title=name, numbers=numbers)
    return Case(stage, name, incident, shop.declare(incident.pk))


def tell(report: Report) -> Report:
    print(report.line(), flush=True)
    return report


def attempt(name: str, play: Callable[[], list[Report]]) -> list[Report]:
    """Run a play; what it could not even reach is a failed case of its own."""
    began = time.monotonic()
    try:
        return play()
    except Stuck as stuck:
        note(str(stuck))
        return [tell(Report(name, seconds=time.monotonic() - began, wrong=[str(stuck)]))]
