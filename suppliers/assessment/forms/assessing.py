"""What people type about assessments, critical events and decisions, checked."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy

from backoffice.kernel.editing import EditForm
from backoffice.kernel.fields import Choice, DayField, Line, Text, Whole
from suppliers.assessment import words
from suppliers.assessment.models import Assessment, CriticalEvent
from suppliers.assessment.rules.drafts import AssessmentDraft, EventDraft
from suppliers.assessment.rules.metrics import Dimension

_DAY = gettext_lazy("Enter a day.")


def _points(name: Dimension) -> Whole:
    hint = gettext_lazy("0 to 100")
    return Whole(label=words.DIMENSIONS[name], smallest=0, largest=100, required=False, help_text=hint)


class AssessmentForm(EditForm):
    """One assessment, made in one way; points only for what was looked at."""

    method = Choice(label=gettext_lazy("How was it made?"), choices=Assessment.How.choices)
    made_on = DayField(label=gettext_lazy("Made on"), error_messages={"required": _DAY})
    valid_until = DayField(
        label=gettext_lazy("Counts in full until"),
        help_text=gettext_lazy("Afterwards it fades."),
        error_messages={"required": _DAY},
    )
    capacity = _points(Dimension.CAPACITY)
    quality = _points(Dimension.QUALITY)
    delivery = _points(Dimension.DELIVERY)
    finance = _points(Dimension.FINANCE)
    technical = _points(Dimension.TECHNICAL)
    compliance = _points(Dimension.COMPLIANCE)
    customer = _points(Dimension.CUSTOMER)
    evidence = Text(
        label=gettext_lazy("Evidence"),
        limit=20_000,
        help_text=gettext_lazy("What was seen, and where the papers are."),
    )
    layout: ClassVar = (
        ("method",), ("made_on", "valid_until"), ("capacity", "quality"), ("delivery", "finance"),
        ("technical", "compliance"), ("customer",), ("evidence",),
    )  # fmt: skip

    def draft(self, stored: Mapping[str, Any] | None = None) -> AssessmentDraft:
        """The cleaned page as the services take it. stored: what stays where something typed could not be read."""
        values = {**(stored or {}), **self.values()}
        points = {name: values.pop(name.value, None) for name in Dimension}
        given = {name: found for name, found in points.items() if found is not None}
        return AssessmentDraft(points=given, **values)


class SubmitForm(EditForm):
    """Nothing but the version that was seen."""


class EventForm(EditForm):
    """One critical event."""

    kind = Choice(label=gettext_lazy("What happened?"), choices=CriticalEvent.Kind.choices)
    happened_on = DayField(label=gettext_lazy("Since"), error_messages={"required": _DAY})
    ended_on = DayField(
        label=gettext_lazy("Over since"), required=False, help_text=gettext_lazy("Empty while it goes on.")
    )
    note = Line(label=gettext_lazy("In one line"), limit=200)
    layout: ClassVar = (("kind",), ("happened_on", "ended_on"), ("note",))

    def draft(self) -> EventDraft:
        """The cleaned page as the services take it."""
        return EventDraft(**self.values())


class OverrideForm(EditForm):
    """What is to hold instead, until when, and why."""

    consequence = Choice(
        label=gettext_lazy("For purchase orders"),
        required=False,
        choices=[
            ("", gettext_lazy("As the standing says")),
            *((key.value, label) for key, label in words.CONSEQUENCES.items()),
        ],
    )
    until = DayField(label=gettext_lazy("Last day"), required=False)
    reason = Line(label=gettext_lazy("Reason"), limit=200)
    layout: ClassVar = (("consequence", "until"), ("reason",))

    def decision(self) -> dict[str, Any]:
        """The cleaned page as the service takes it."""
        return self.values()
