"""What the values of one fact say against each other, before the database would refuse them."""

from collections.abc import Iterator
from functools import singledispatch

from django.utils.translation import gettext as _

from suppliers.performance.rules.facts import (
    AckDraft,
    ClaimDraft,
    FactDraft,
    InvoiceDraft,
    QualityDraft,
    RatingDraft,
    RatingKind,
)


@singledispatch
def contradictions(draft: FactDraft) -> Iterator[tuple[str, str]]:
    """Yield the field and the reason of each value that cannot be true beside the others."""
    yield from ()


@contradictions.register
def _quality(draft: QualityDraft) -> Iterator[tuple[str, str]]:
    if draft.units_defective is not None and draft.units_checked is None:
        yield "units_defective", _("Units are defective, and nobody says of how many. Fill in the units checked.")
    elif draft.units_defective is not None and draft.units_defective > (draft.units_checked or 0):
        yield "units_defective", _("More units are defective than were checked. Correct one of the two.")
    if draft.corrected_on is not None and draft.corrected_on < draft.observed_on:
        yield "corrected_on", _("It was corrected before it was observed. Correct one of the two days.")


@contradictions.register
def _acknowledgement(draft: AckDraft) -> Iterator[tuple[str, str]]:
    if draft.answered_at is None and (draft.accepted is not None or draft.quantity_confirmed is not None):
        yield "answered_at", _("There is an answer without its moment. Fill in when they answered.")
    if draft.answered_at is not None and draft.answered_at < draft.asked_at:
        yield "answered_at", _("The answer is older than the question. Correct one of the two moments.")


@contradictions.register
def _invoice(draft: InvoiceDraft) -> Iterator[tuple[str, str]]:
    if draft.amount_disputed is not None and draft.amount_disputed > draft.amount:
        yield "amount_disputed", _("More is disputed than was invoiced. Correct one of the two amounts.")


@contradictions.register
def _claim(draft: ClaimDraft) -> Iterator[tuple[str, str]]:
    if draft.closed_on is not None and draft.closed_on < draft.opened_on:
        yield "closed_on", _("The claim was closed before it was opened. Correct one of the two days.")


@contradictions.register
def _rating(draft: RatingDraft) -> Iterator[tuple[str, str]]:
    if draft.kind == RatingKind.FEED_AGE:
        if draft.out_of is not None:
            yield "out_of", _("The age of a feed is hours, of nothing. Leave this cell empty.")
        return
    if draft.out_of is None or draft.out_of <= 0:
        yield "out_of", _("Fill in of how many, such as 5 stars or 100 sales.")
    elif draft.value > draft.out_of:
        yield "value", _("The value is larger than what it is of. Correct one of the two.")
