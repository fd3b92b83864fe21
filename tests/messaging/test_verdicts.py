"""What an answer of the mail server means for a message."""

import pytest

from backoffice.messaging.rules import MAX_FAILURES
from backoffice.messaging.smtp_types import Outcome, Reason, Result
from backoffice.messaging.verdicts import Verdict, has_answer, is_line_failure, verdict, without_addresses


def judge(outcome: Outcome, reason: Reason, code: int = 0, reply: str = "", failures: int = 0, **more: bool) -> Verdict:
    line_failed = more.pop("line_failed", False)
    result = Result(7, outcome, reason, code, reply, **more)
    return verdict(result, failures=failures, line_failed=line_failed, jitter=0.0)


def test_sent() -> None:
    found = judge(Outcome.SENT, Reason.ACCEPTED, 250, "queued as 4711")
    assert (found.state, found.outcome, found.code, found.reply) == ("sent", "sent", 250, "queued as 4711")


def test_a_permanent_no_fails_at_once_with_the_servers_words_and_without_the_address() -> None:
    found = judge(Outcome.REJECTED_PERMANENT, Reason.RECIPIENT, 550, "5.1.1 <ann@example.com> unknown")
    assert (found.state, found.failures) == ("failed", 0)
    assert found.reason == "550 5.1.1 <…> unknown"
    assert "ann" not in found.reply


@pytest.mark.parametrize(("failures", "delay"), [(0, 10), (1, 30), (2, 60), (3, 300), (4, 900), (6, 900)])
def test_a_temporary_no_waits_longer_each_time(failures: int, delay: float) -> None:
    found = judge(Outcome.REJECTED_TEMPORARY, Reason.RECIPIENT, 451, "greylisted", failures)
    assert (found.state, found.delay, found.failures) == ("retry", delay, 1)


def test_jitter_adds_up_to_a_quarter() -> None:
    result = Result(7, Outcome.REJECTED_TEMPORARY, Reason.DATA, 451)
    assert verdict(result, failures=0, line_failed=False, jitter=0.999).delay == pytest.approx(12.5, abs=0.01)


def test_after_enough_temporary_nos_it_is_given_up() -> None:
    found = judge(Outcome.REJECTED_TEMPORARY, Reason.DATA, 452, "full", MAX_FAILURES - 1)
    assert found.state == "failed"
    assert found.reason == "The mail server kept asking to try later. 452 full"


def test_without_an_answer_after_the_text_left_nobody_knows() -> None:
    found = judge(Outcome.UNCERTAIN, Reason.TIMEOUT)
    assert (found.state, found.outcome) == ("uncertain", "uncertain")


def test_what_did_not_leave_is_queued_again_and_was_no_try() -> None:
    found = judge(Outcome.NOT_SENT, Reason.DROPPED)
    assert (found.state, found.outcome, found.delay, found.failures) == ("queued", "", 0, 0)


def test_a_server_out_of_reach_is_not_held_against_the_message() -> None:
    found = judge(Outcome.NOT_SENT, Reason.CONNECT, line_failed=True)
    assert (found.state, found.delay, found.failures, found.outcome) == ("retry", 10, 0, "")


def test_a_message_that_breaks_its_connection_waits_and_is_given_up_in_the_end() -> None:
    assert judge(Outcome.NOT_SENT, Reason.DROPPED, failures=1, at_hand=True).delay == 30
    assert judge(Outcome.NOT_SENT, Reason.DROPPED, failures=MAX_FAILURES - 1, at_hand=True).state == "failed"


def test_a_line_failed_only_if_nothing_was_begun() -> None:
    refused = Result(1, Outcome.NOT_SENT, Reason.AUTH, 535)
    assert is_line_failure([refused, refused])
    assert not is_line_failure([])
    assert not is_line_failure([refused, Result(2, Outcome.UNCERTAIN, Reason.DROPPED)])
    assert not is_line_failure([Result(1, Outcome.NOT_SENT, Reason.STOPPED)])
    assert not is_line_failure([Result(1, Outcome.NOT_SENT, Reason.DROPPED, at_hand=True)])


def test_any_answer_shows_that_the_line_works() -> None:
    assert has_answer([Result(1, Outcome.REJECTED_PERMANENT, Reason.RECIPIENT, 550)])
    assert not has_answer([Result(1, Outcome.UNCERTAIN, Reason.DROPPED), Result(2, Outcome.NOT_SENT, Reason.DROPPED)])


def test_addresses_are_taken_out_of_replies() -> None:
    assert without_addresses("550 no ann.o'b@x.example, bob+1@y.example here") == "550 no ann.o'…, … here"
