"""What an answer of the mail server means for a message. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from backoffice.messaging.rules import (
    MAX_FAILURES,
    REASON_BROKE,
    REASON_CUT,
    REASON_GIVEN_UP,
    REASON_NO_LINE,
    RETRY_DELAYS,
    State,
    retry_delay,
)
from backoffice.messaging.smtp_types import Outcome, Reason, Result

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;]+")
_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one message is closed.

    was: the state in which it must still be. delay: seconds until it is due again. failures: added to the temporary
    failures so far. outcome: the word for the try, "" when the text did not leave and there was none.
    """

    message_id: int
    state: str
    was: str = State.TRANSMITTING
    reason: str = ""
    delay: float = 0.0
    failures: int = 0
    outcome: str = ""
    code: int = 0
    reply: str = ""


def has_answer(results: Iterable[Result]) -> bool:
    """Whether the mail server said yes or no to any message of a group: then the line as such works."""
    return any(result.outcome not in (Outcome.NOT_SENT, Outcome.UNCERTAIN) for result in results)


def is_line_failure(results: Iterable[Result]) -> bool:
    """Whether nothing of a group was even begun: the server could not be reached or did not let us in."""
    found = list(results)
    return bool(found) and all(
        result.outcome is Outcome.NOT_SENT and not result.at_hand and result.reason is not Reason.STOPPED
        for result in found
    )


def verdict(result: Result, *, failures: int, line_failed: bool, jitter: float) -> Verdict:
    """failures: temporary ones so far. line_failed: see is_line_failure. jitter in [0, 1) spreads the next tries."""
    message_id, reply = int(result.key), without_addresses(result.reply)
    said = f"{result.code or ''} {reply}".strip()[:_REASON_LENGTH]
    match result.outcome:
        case Outcome.SENT:
            return Verdict(message_id, State.SENT, outcome="sent", code=result.code, reply=reply)
        case Outcome.REJECTED_PERMANENT:
            return Verdict(message_id, State.FAILED, reason=said, outcome="refused", code=result.code, reply=reply)
        case Outcome.UNCERTAIN:
            return Verdict(message_id, State.UNCERTAIN, reason=REASON_CUT, outcome="uncertain", reply=reply)
        case Outcome.REJECTED_TEMPORARY:
            return _later(result, failures, jitter, said or REASON_NO_LINE, REASON_GIVEN_UP)
        case Outcome.NOT_SENT:
            return _not_sent(result, failures, jitter, line_failed)


def _not_sent(result: Result, failures: int, jitter: float, line_failed: bool) -> Verdict:
    if result.at_hand:
        return _later(result, failures, jitter, REASON_BROKE, REASON_BROKE)
    if line_failed:
        # The message is not to blame, so the wait does not grow and nothing is counted against it.
        delay = RETRY_DELAYS[0] * (1 + jitter / 4)
        return Verdict(int(result.key), State.RETRY, reason=REASON_NO_LINE, delay=delay)
    return Verdict(int(result.key), State.QUEUED)


def _later(result: Result, failures: int, jitter: float, reason: str, last: str) -> Verdict:
    """Try again after a while, unless it has been tried often enough."""
    given_up = failures + 1 >= MAX_FAILURES
    said = "" if reason == last else f" {reason}"
    return Verdict(
        int(result.key),
        State.FAILED if given_up else State.RETRY,
        reason=f"{last}{said}" if given_up else reason,
        delay=retry_delay(failures=failures + 1, jitter=jitter),
        failures=1,
        outcome="later",
        code=result.code,
        reply=without_addresses(result.reply),
    )


def without_addresses(text: str) -> str:
    """Servers like to repeat whom they refuse; that is personal data and the row knows it anyway."""
    return _ADDRESS.sub("…", text)[:300]
