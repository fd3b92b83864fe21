"""What a text must say before it may be sent.

It is checked by its placeholders and by the points its writer declares to have made (`Point`), never by keywords:
words differ from language to language, a missing order number does not.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from backoffice.kernel.roles import Role
from backoffice.messaging import wording
from backoffice.messaging.problems import Problem, gettext_noop
from customercare.macros.rules.drafts import (
    SCENARIOS,
    Kind,
    MacroDraft,
    NewDate,
    Point,
    Scenario,
    VariantDraft,
    compose,
)
from customercare.macros.rules.languages import FALLBACK

SUBJECT_SHOWN: Final = 78
ADVICE: Final = frozenset({"macro.subject_long", "macro.language_missing"})
VOUCHER_NAMES: Final = ("voucher_value", "voucher_code", "voucher_until")

_POINT_PROBLEMS: Final[Mapping[Point, str]] = {
    Point.FACT: gettext_noop("The text does not say what happened. Add it, then mark it as said."),
    Point.OWNERSHIP: gettext_noop("Nobody takes responsibility here. Say that it is yours, then mark it as said."),
    Point.REMEDY: gettext_noop("The text offers no remedy. Say what you do about it, or add an offer."),
    Point.REFUND: gettext_noop("The text does not say how the money comes back. Add it, then mark it as said."),
    Point.APOLOGY: gettext_noop("The text does not apologise. Add one apology, then mark it as said."),
    Point.CANCEL: gettext_noop("Customers who still wait may cancel. Tell them how, then mark it as said."),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A problem and where it is: "pl.next_update", or "" for the macro as a whole."""

    place: str
    problem: Problem


def lint_macro(draft: MacroDraft) -> list[Found]:
    """Everything that keeps a macro from being approved, and advice (see `blocking`)."""
    found = [Found("", problem) for problem in _macro_problems(draft)]
    scenario = SCENARIOS.get(draft.scenario)
    if scenario:
        for variant in draft.variants:
            problems = lint_variant(variant, scenario, needs_new_date=draft.needs_new_date)
            found += [Found(variant.place, problem) for problem in problems]
    return found


def lint_variant(variant: VariantDraft, scenario: Scenario, *, needs_new_date: bool) -> list[Problem]:
    """The problems of one text. `field` names the part to change: subject, text, offer, closing or says."""
    subject, whole = compose(variant, with_voucher=bool(variant.offer.strip()))
    problems = [*wording.parse(subject, whole)]
    if len(subject) > SUBJECT_SHOWN:
        message = gettext_noop("Inboxes show about %(limit)d characters, this subject has %(count)d. Shorten it.")
        problems.append(
            Problem("macro.subject_long", message, "subject", {"limit": SUBJECT_SHOWN, "count": len(subject)})
        )
    problems += _name_problems(variant, scenario)
    problems += _date_problems(variant, needs_new_date)
    problems += _point_problems(variant, scenario, needs_new_date)
    problems += _offer_problems(variant)
    problems += _link_problems(whole)
    return problems


def blocking(found: Iterable[Found]) -> list[Found]:
    """Those that forbid approval; the rest is advice."""
    return [entry for entry in found if entry.problem.code not in ADVICE]


def _macro_problems(draft: MacroDraft) -> Iterator[Problem]:
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", draft.key):
        message = gettext_noop("The key “%(key)s” cannot be used. Take small letters, digits and _, a letter first.")
        yield Problem("macro.key", message, "key", {"key": draft.key})
    if not all(part.strip() for part in draft.folder.split("::")) or len(draft.folder) > 120:
        message = gettext_noop("The name “%(name)s” makes no folder. Write it like Delay::Late parcel.")
        yield Problem("macro.folder", message, "folder", {"name": draft.folder})
    if draft.owner_role not in list(Role):
        message = gettext_noop("No role is called “%(role)s”, so nobody owns this macro. Choose one from the list.")
        yield Problem("macro.owner", message, "owner_role", {"role": draft.owner_role})
    scenario = SCENARIOS.get(draft.scenario)
    if scenario is None:
        message = gettext_noop("No scenario is called “%(scenario)s”. Choose one from the list.")
        yield Problem("macro.scenario", message, "scenario", {"scenario": draft.scenario})
    elif scenario.new_date is (NewDate.NEVER if draft.needs_new_date else NewDate.ALWAYS):
        message = gettext_noop("This scenario and a new date do not go together this way. Change “tells a new date”.")
        yield Problem("macro.needs_new_date", message, "needs_new_date")
    yield from _set_problems(draft)


def _set_problems(draft: MacroDraft) -> Iterator[Problem]:
    places = [variant.place for variant in draft.variants]
    for place in sorted({place for place in places if places.count(place) > 1}):
        message = gettext_noop("There are two texts for %(place)s. Delete one.")
        yield Problem("macro.twice", message, "variants", {"place": place})
    for language in wording.LANGUAGES:
        if f"{language}.{Kind.MAIN}" not in places:
            if language == FALLBACK:
                message = gettext_noop("Without an English text some customers would get nothing. Write it.")
                yield Problem("macro.fallback_missing", message, "variants")
            else:
                message = gettext_noop("There is no text in %(language)s: these customers would read another language.")
                yield Problem("macro.language_missing", message, "variants", {"language": language})
        elif draft.needs_new_date and f"{language}.{Kind.NEXT_UPDATE}" not in places:
            message = gettext_noop("Without a new date, %(language)s has nothing to say. Write the text for that case.")
            yield Problem("macro.next_update_missing", message, "variants", {"language": language})


def _name_problems(variant: VariantDraft, scenario: Scenario) -> Iterator[Problem]:
    used = _names(variant.text, variant.closing)
    for name in sorted(scenario.must - used):
        message = gettext_noop("The text lacks {%(name)s}. Put it in, so that customers know what they need.")
        yield Problem("macro.must", message, "text", {"name": name})
    for name in sorted(scenario.never & _names(variant.subject, variant.text, variant.offer, variant.closing)):
        message = gettext_noop("{%(name)s} has no value in this scenario. Delete it.")
        yield Problem("macro.never", message, "text", {"name": name})


def _date_problems(variant: VariantDraft, needs_new_date: bool) -> Iterator[Problem]:
    used = _names(variant.subject, variant.text, variant.offer, variant.closing)
    if variant.kind is Kind.NEXT_UPDATE and not needs_new_date:
        message = gettext_noop("This macro tells no new date, so nothing takes its place. Delete this text.")
        yield Problem("macro.next_update_unused", message, "text")
    elif {"new_date", "next_update"} <= used:
        message = gettext_noop("A new date and a next update contradict each other. Keep one of the two.")
        yield Problem("macro.both_dates", message, "text")
    elif variant.kind is Kind.NEXT_UPDATE or needs_new_date:
        wanted = "next_update" if variant.kind is Kind.NEXT_UPDATE else "new_date"
        if wanted not in _names(variant.text, variant.closing):
            message = gettext_noop("The text does not say when. Add {%(name)s}.")
            yield Problem("macro.no_date", message, "text", {"name": wanted})
    elif "new_date" in used:
        message = gettext_noop("This macro tells no new date. Delete {new_date}, or set “tells a new date”.")
        yield Problem("macro.date_unused", message, "text")


def _point_problems(variant: VariantDraft, scenario: Scenario, needs_new_date: bool) -> Iterator[Problem]:
    wanted = set(scenario.points)
    if needs_new_date:
        wanted.add(Point.CANCEL)
    if not variant.offer.strip():
        wanted.add(Point.REMEDY)
    for point in Point:
        if point in wanted - variant.says:
            yield Problem(f"macro.no_{point}", _POINT_PROBLEMS[point], "says")
    if scenario.arrived and Point.CANCEL in variant.says:
        message = gettext_noop("The goods have arrived, so there is nothing left to cancel. Delete that sentence.")
        yield Problem("macro.cancel_too_late", message, "says")


def _offer_problems(variant: VariantDraft) -> Iterator[Problem]:
    stray = _names(variant.subject, variant.text, variant.closing) & set(VOUCHER_NAMES)
    for name in sorted(stray):
        message = gettext_noop("{%(name)s} would block every run without a voucher. Move it into the offer.")
        yield Problem("macro.voucher_outside", message, "text", {"name": name})
    if not variant.offer.strip():
        return
    for name in VOUCHER_NAMES:
        if name not in _names(variant.offer):
            message = gettext_noop("The offer lacks {%(name)s}: the voucher could not be used. Add it.")
            yield Problem("macro.offer_lacks", message, "offer", {"name": name})
    if "voucher_code" in _names(variant.offer) and "{voucher_code}" not in _paragraphs(variant.offer):
        message = gettext_noop("A code inside a sentence is hard to find. Give {voucher_code} its own paragraph.")
        yield Problem("macro.code_alone", message, "offer")


def _link_problems(whole: str) -> Iterator[Problem]:
    for paragraph in _paragraphs(whole):
        if "{order_url}" in paragraph and not re.fullmatch(r"([^{}\n]+[:\uff1a] *)?\{order_url\}", paragraph):
            message = gettext_noop("A link in a sentence makes no button. Give “Label: {order_url}” its own paragraph.")
            yield Problem("macro.link_alone", message, "closing")


def _names(*texts: str) -> set[str]:
    return set(wording.placeholders(*texts))


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n[ \t]*\n", text.strip())]
