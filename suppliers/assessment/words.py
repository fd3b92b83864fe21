"""Scores in words: names of dimensions and metrics, figures with their unit, and why a score changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.kernel import formats
from suppliers.assessment.rules.actions import Act
from suppliers.assessment.rules.estimating import Measured
from suppliers.assessment.rules.metrics import METRICS, Dimension, Evidence, Unit
from suppliers.assessment.rules.policy import Consequence, Switch

DIMENSIONS = {
    Dimension.CAPACITY: gettext_lazy("Capacity"),
    Dimension.QUALITY: gettext_lazy("Quality"),
    Dimension.DELIVERY: gettext_lazy("Delivery"),
    Dimension.FINANCE: gettext_lazy("Finance"),
    Dimension.TECHNICAL: gettext_lazy("Technical"),
    Dimension.COMPLIANCE: gettext_lazy("Compliance"),
    Dimension.CUSTOMER: gettext_lazy("Customer rating"),
}
NAMES = {
    "peak_confirmed": gettext_lazy("Confirmed of what was ordered at peak"),
    "surge_accepted": gettext_lazy("Surge requests accepted"),
    "lots_rejected": gettext_lazy("Lots rejected"),
    "defects": gettext_lazy("Defective units"),
    "returns": gettext_lazy("Returned as defective"),
    "repeat_defects": gettext_lazy("Defects that came again"),
    "corrective_days": gettext_lazy("Until corrected, median"),
    "action_days": gettext_lazy("Until a request is answered well, median"),
    "otif": gettext_lazy("On time, in full"),
    "on_time": gettext_lazy("On time"),
    "days_late_p50": gettext_lazy("Days late, median"),
    "days_late_p90": gettext_lazy("Days late, nine of ten"),
    "lead_deviation": gettext_lazy("Spread of lead times"),
    "promise_changes": gettext_lazy("Promises moved, for each line"),
    "ack_hours": gettext_lazy("Until acknowledged, median"),
    "price_kept": gettext_lazy("Billed at the agreed price"),
    "invoice_match": gettext_lazy("Invoices that match"),
    "disputed": gettext_lazy("Disputed share of invoices"),
    "deposit_open": gettext_lazy("Paid ahead and not delivered"),
    "claims_recovered": gettext_lazy("Recovered of claims"),
    "receipt_errors": gettext_lazy("Label and content errors, for each receipt"),
    "feed_uptime": gettext_lazy("Stock feed up"),
    "feed_age": gettext_lazy("Age of the stock feed"),
    "substitute_hours": gettext_lazy("Until a substitute is offered, median"),
    "days_valid": gettext_lazy("Shortest validity of a certificate"),
    "recalls": gettext_lazy("Recalls, for each line due"),
    "labelling": gettext_lazy("Labelling violations, for each line due"),
    "stars": gettext_lazy("Stars, of the highest number"),
    "satisfaction": gettext_lazy("Satisfaction, of the highest number"),
    "complaints": gettext_lazy("Complaints"),
}
EVIDENCE = {
    Evidence.DELIVERY: gettext_lazy("Deliveries"),
    Evidence.QUALITY: gettext_lazy("Inspections and returns"),
    Evidence.ACK: gettext_lazy("Questions and answers"),
    Evidence.INVOICE: gettext_lazy("Invoices"),
    Evidence.CLAIM: gettext_lazy("Claims"),
    Evidence.RATING: gettext_lazy("Ratings"),
    Evidence.PAPER: gettext_lazy("Certificates"),
    Evidence.ACTION: gettext_lazy("Corrective actions"),
}
ACTS = {
    Act.ASK: gettext_lazy("Asked"),
    Act.CHANGE: gettext_lazy("Changed"),
    Act.ANSWER: gettext_lazy("Answered by the supplier"),
    Act.VERIFY: gettext_lazy("Verified"),
    Act.REJECT: gettext_lazy("Answer rejected"),
    Act.WITHDRAW: gettext_lazy("Withdrawn"),
}
CONSEQUENCES = {
    Consequence.NONE: gettext_lazy("No limits"),
    Consequence.WARN: gettext_lazy("Warn when ordering"),
    Consequence.APPROVAL: gettext_lazy("Orders need approval"),
    Consequence.BLOCK: gettext_lazy("Orders are blocked"),
}
TONES = {Consequence.NONE: "ok", Consequence.WARN: "warn", Consequence.APPROVAL: "warn", Consequence.BLOCK: "bad"}
SWITCHES = {
    Switch.CERTIFICATE: gettext_lazy("a critical certificate has expired: %(what)s"),
    Switch.INSOLVENCY: gettext_lazy("insolvency: %(what)s"),
    Switch.SAFETY: gettext_lazy("dangerous goods reached customers: %(what)s"),
}
STANDINGS = {"not_enough_data": gettext_lazy("Not enough data"), "stopped": gettext_lazy("Stopped")}
_PLAIN = {
    "on_the_day": gettext_lazy("%(ref)s arrived on the promised day"),
    "arrived": gettext_lazy("%(ref)s arrived without a promise"),
    "ordered": gettext_lazy("%(ref)s is ordered without a promise"),
    "waiting": gettext_lazy("%(ref)s is ordered and not due yet"),
    "unknown": gettext_lazy("nobody noted whether %(ref)s came"),
    "withdrawn": gettext_lazy("%(ref)s was withdrawn"),
    "inspected": gettext_lazy("lot %(ref)s was accepted"),
    "checked": gettext_lazy("lot %(ref)s was inspected, with no verdict"),
    "rejected": gettext_lazy("lot %(ref)s was rejected"),
    "recall": gettext_lazy("%(ref)s was recalled"),
    "labelling": gettext_lazy("%(ref)s was labelled wrongly"),
    "returns": gettext_lazy("%(n)s units came back as defective (%(ref)s)"),
    "unanswered": gettext_lazy("%(ref)s was never answered"),
    "declined": gettext_lazy("%(ref)s was declined"),
    "disputed": gettext_lazy("%(ref)s is disputed"),
    "dearer": gettext_lazy("%(ref)s is dearer than agreed"),
    "unmatched": gettext_lazy("%(ref)s does not match the order"),
    "billed": gettext_lazy("%(ref)s is billed as agreed"),
    "claimed": gettext_lazy("claim %(ref)s is open"),
    "closed": gettext_lazy("claim %(ref)s is closed, what came back is not known"),
    "recovered": gettext_lazy("of claim %(ref)s %(n)s %% came back"),
    "stars": gettext_lazy("%(n)s stars (%(ref)s)"),
    "satisfaction": gettext_lazy("satisfaction %(n)s (%(ref)s)"),
    "complaints": gettext_lazy("%(n)s complaints (%(ref)s)"),
    "feed_uptime": gettext_lazy("the stock feed was up for %(n)s minutes"),
    "feed_age": gettext_lazy("the stock feed was %(n)s hours old"),
}


@dataclass(frozen=True, slots=True)
class Reason:
    """One line of an explanation: the tenths it adds, as text with its sign, and what is behind it.

    dimension: whose rows tell more, "" where no rows do.
    """

    points: str
    sentence: str
    dimension: str = ""


def fact(code: str, ref: str, number: float | None) -> str:
    """One fact in words, such as "PO-1042 arrived 9 days after the promise"."""
    n = round(number or 0)
    if code == "late":
        words = ngettext(
            "%(ref)s arrived %(n)d day after the promise", "%(ref)s arrived %(n)d days after the promise", n
        )
    elif code == "early":
        words = ngettext(
            "%(ref)s arrived %(n)d day before the promise", "%(ref)s arrived %(n)d days before the promise", n
        )
    elif code == "open":
        words = ngettext(
            "%(ref)s is still open %(n)d day after the promise", "%(ref)s is still open %(n)d days after the promise", n
        )
    elif code == "answered":
        words = ngettext("%(ref)s was answered after %(n)d hour", "%(ref)s was answered after %(n)d hours", n)
    else:
        return str(_PLAIN.get(code, code)) % {"ref": ref, "n": formats.number(number)}
    return words % {"ref": ref, "n": n}


def value(key: str, figure: float | None) -> str:
    """A figure of a metric with its unit."""
    if figure is None:
        return formats.EMPTY
    unit = METRICS[key].unit
    if unit is Unit.PERCENT:
        return formats.percent(figure / 100, 1)
    written = formats.number(round(figure, 2))
    words = {
        Unit.PER_THOUSAND: _("%(n)s of 1,000"),
        Unit.PPM: _("%(n)s of a million"),
        Unit.DAYS: _("%(n)s days"),
        Unit.HOURS: _("%(n)s hours"),
    }
    return words.get(unit, "%(n)s") % {"n": written}


def figure(key: str, found: Measured) -> str:
    """What was measured of a metric; of a wait that goes on, how long it has lasted."""
    if found.value is None and found.least is not None:
        return interval(key, found.least, None)
    return value(key, found.value)


def interval(key: str, low: float | None, high: float | None) -> str:
    """An interval of a metric; an end that is not known is said so."""
    if low is None and high is None:
        return formats.EMPTY
    if high is None:
        return _("%(low)s or more") % {"low": value(key, low)}
    if low is None:
        return _("%(high)s or less") % {"high": value(key, high)}
    return f"{value(key, low)} – {value(key, high)}"


def signed(tenths: int) -> str:
    """Tenths of a point with their sign: "−6.1"."""
    return ("+" if tenths > 0 else "−" if tenths < 0 else "") + formats.number(abs(tenths) / 10, 1)


def standing(key: str, bands: Mapping[str, str]) -> str:
    """The name of a standing. bands: key -> label, as the policy has it."""
    return str(STANDINGS.get(key) or bands.get(key, key))


def headline(told: Mapping[str, Any]) -> str:
    """What happened to the score from one revision to the next, in one sentence."""
    now = told["to"]
    if told.get("first"):
        return _("First score") if now is not None else _("First look: not enough data for a score")
    was = told["from"]
    if was is None and now is None:
        return _("Still not enough data for a score")
    if was is None:
        return _("There is a score now: %(now)s") % {"now": formats.number(now, 1)}
    if now is None:
        return _("No score any more: too little has data")
    if was == now:
        return _("Unchanged at %(now)s") % {"now": formats.number(now, 1)}
    given = {
        "change": signed(round(10 * now) - round(10 * was)),
        "was": formats.number(was, 1),
        "now": formats.number(now, 1),
    }
    return _("%(change)s: from %(was)s to %(now)s") % given


def reasons(told: Mapping[str, Any], assessments: Mapping[str, str]) -> list[Reason]:
    """Each part of the difference, and what else is new. assessments: ref -> name."""
    charges = told.get("charges", ())
    found = [_reason(charge, assessments) for charge in charges if not _only_weighs_otherwise(charge)]
    if shifted := [charge["tenths"] for charge in charges if _only_weighs_otherwise(charge)]:
        found.append(
            Reason(signed(sum(shifted)), _("Other parts stayed as they are and count more or less beside the new ones"))
        )
    stops = told.get("stops", {})
    found += [Reason("", _("Stopped: %(why)s") % {"why": stop(*one)}) for one in stops.get("on", ())]
    found += [Reason("", _("No longer: %(why)s") % {"why": stop(*one)}) for one in stops.get("off", ())]
    if "policy" in told:
        found.append(Reason("", _("The policy changed from version %d to %d.") % tuple(told["policy"])))
    return found


def stop(switch: str, because: str) -> str:
    """Why buying is stopped."""
    return str(SWITCHES[Switch(switch)]) % {"what": because}


def _reason(charge: Mapping[str, Any], assessments: Mapping[str, str]) -> Reason:
    dimension = DIMENSIONS[Dimension(charge["dimension"])]
    title = f"{dimension} · {_name(charge['key'], assessments)}"
    return Reason(signed(charge["tenths"]), f"{title}: {_because(charge)}", charge["dimension"])


def _only_weighs_otherwise(charge: Mapping[str, Any]) -> bool:
    """True for an item that is what it was, and whose share changed because others came or went."""
    return charge["points"][0] == charge["points"][1] and not charge["new"]


def _name(key: str, assessments: Mapping[str, str]) -> str:
    if key in NAMES:
        return str(NAMES[key])
    return assessments.get(key.removeprefix("assessment:"), _("Assessment"))


def _because(charge: Mapping[str, Any]) -> str:
    parts = [_moved(charge), *(fact(*one) for one in charge["facts"])]
    if more := charge["new"] - len(charge["facts"]):
        parts.append(ngettext("%(n)d more new fact", "%(n)d more new facts", more) % {"n": more})
    return "; ".join(part for part in parts if part)


def _moved(charge: Mapping[str, Any]) -> str:
    was, now = charge["points"]
    if was is None:
        return _("counts now, with %(now)s points") % {"now": formats.number(round(now, 1))}
    if now is None:
        return _("no longer counts, it had %(was)s points") % {"was": formats.number(round(was, 1))}
    if charge["key"] in METRICS and charge["values"][0] != charge["values"][1]:
        first, last = (value(charge["key"], figure) for figure in charge["values"])
        return _("%(was)s before, %(now)s now") % {"was": first, "now": last}
    if was != now:
        return _("%(was)s points before, %(now)s now") % {
            "was": formats.number(round(was, 1)),
            "now": formats.number(round(now, 1)),
        }
    return ""


def stopping(stops: Sequence[Mapping[str, Any]]) -> list[str]:
    """What stops buying now."""
    return [stop(one["switch"], one["because"]) for one in stops]
