"""The score over time as a picture, with the list of what moved it and the table of its numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from backoffice.kernel import formats, timelines
from backoffice.kernel.timelines import Level, Mark, Step
from suppliers.assessment import words
from suppliers.assessment.models import CriticalEvent, Scorecard, StandingChange
from suppliers.assessment.rules import trend
from suppliers.assessment.rules.policy import STOPPED, Policy
from suppliers.assessment.rules.trend import Finding, Moment, Move, Way
from suppliers.assessment.selectors.pages import Sheet


def shown(sheet: Sheet, above: Sequence[Moment], *, names: Mapping[str, str], today: date) -> dict[str, Any] | None:
    """The context of the picture; None before there are two revisions.

    above: what rooms above tell. names: of assessments, by their ref.
    """
    cards = list({card.day: card for card in reversed(sheet.revisions)}.values())
    if sheet.policy is None or len(sheet.revisions) < 2:
        return None
    totals = [(card.day, None if card.total is None else float(card.total)) for card in cards]
    told = _Told(sheet, sheet.policy, names)
    moments = told.moments(above, first=cards[0].day)
    title = title_of(trend.finding(totals, today=today))
    return {
        "title": title,
        "chart": _drawn(cards, sheet.policy, moments, title, today),
        "moments": [(timelines.badge(place, one.kind), one) for place, one in enumerate(moments, start=1)],
        "head": [_("Day"), _("Score"), _("From"), _("To"), _("Change")],
        "rows": [_row(card) for card in reversed(cards)],
    }


def title_of(found: Finding) -> str:
    """The finding in one sentence, for the title of the picture."""
    was, now = formats.number(round(found.was, 1), 1), formats.number(round(found.now, 1), 1)
    given = {"was": was, "now": now, "day": formats.day(found.since) if found.since else ""}
    if found.way is Way.FELL:
        return _("Score fell from %(was)s to %(now)s since %(day)s") % given
    if found.way is Way.ROSE:
        return _("Score rose from %(was)s to %(now)s since %(day)s") % given
    if found.way is Way.STEADY and was == now:
        return _("Score unchanged at %(now)s since %(day)s") % given
    if found.way is Way.STEADY:
        return _("Score steady between %(was)s and %(now)s since %(day)s") % given
    return _("Score over time: not enough data today")


def _drawn(
    cards: Sequence[Scorecard], policy: Policy, moments: Sequence[Moment], title: str, today: date
) -> SafeString:
    steps = [Step(card.day, *(_float(value) for value in (card.total, card.low, card.high))) for card in cards]
    levels = [
        Level(band.low, _("%(band)s from %(points)s") % {"band": band.label, "points": formats.number(band.low)})
        for band in policy.bands
    ]
    marks = [Mark(one.day, place, one.kind, one.title) for place, one in enumerate(moments, start=1)]
    label = _("%(finding)s, on a scale from 0 to 100, with the interval round it") % {"finding": title}
    return timelines.over_time(steps, until=today, label=label, levels=levels, marks=marks)


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _row(card: Scorecard) -> list[Any]:
    shown_numbers = [None if value is None else formats.number(value, 1) for value in (card.total, card.low, card.high)]
    return [formats.day(card.day), *shown_numbers, words.headline(card.explanation)]


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of one supplier, turned into moments."""

    sheet: Sheet
    policy: Policy
    names: Mapping[str, str]

    def moments(self, above: Sequence[Moment], *, first: date) -> list[Moment]:
        certain = [self._changed(change) for change in self.sheet.changes if _is_step(change)]
        certain += [self._happened(event) for event in self.sheet.events]
        certain += above
        moves = [self._moved(card) for card in self.sheet.revisions]
        return trend.marked([one for one in certain if one.day >= first], [move for move in moves if move is not None])

    def _changed(self, change: StandingChange) -> Moment:
        labels = {band.key: band.label for band in self.policy.bands}
        order = list(labels)
        day = timezone.localdate(change.at)
        card = self._card_of(day)
        kind = "news"
        if change.standing == STOPPED:
            kind = "stop"
        elif change.was in order and change.standing in order:
            kind = "rise" if order.index(change.standing) > order.index(change.was) else "fall"
        title = f"{words.standing(change.was, labels)} → {words.standing(change.standing, labels)}"
        return Moment(day, kind, title, self._why(card) if card else "", card.revision if card else None)

    def _happened(self, event: CriticalEvent) -> Moment:
        card = self._card_of(event.happened_on)
        revision = card.revision if card else None
        return Moment(event.happened_on, "stop", event.get_kind_display(), event.note, revision)

    def _moved(self, card: Scorecard) -> Move | None:
        told = card.explanation
        if told.get("from") is None or told.get("to") is None:
            return None
        points = told["to"] - told["from"]
        if not trend.is_telling(points):
            return None  # before its reasons are put into words, which takes longest
        kind = "rise" if points > 0 else "fall"
        return Move(points, Moment(card.day, kind, words.headline(told), self._first_reason(card), card.revision))

    def _card_of(self, day: date) -> Scorecard | None:
        """The newest revision of a day."""
        return next((card for card in self.sheet.revisions if card.day == day), None)

    def _why(self, card: Scorecard) -> str:
        return ". ".join(part for part in (words.headline(card.explanation), self._first_reason(card)) if part)

    def _first_reason(self, card: Scorecard) -> str:
        """The part that moved it most in its own direction, with its points; or why it is stopped."""
        told = card.explanation
        reasons = words.reasons(told, self.names)
        sign = words.signed(round(10 * ((told.get("to") or 0) - (told.get("from") or 0))))[:1]
        along = [reason for reason in reasons if reason.points.startswith(sign)]
        first = next(iter(along or reasons), None)
        return " ".join(part for part in (first.points, first.sentence) if part) if first else ""


def _is_step(change: StandingChange) -> bool:
    """A change of the standing itself; the first one is where the picture begins."""
    return bool(change.was) and change.was != change.standing
