"""One connection to a relay that fails in every way it can, and what each message is then said to have come to."""

import asyncio
import socket
from typing import Any

import pytest
import uvloop

from backoffice.messaging.smtp import Lane, Outcome, Outgoing, Reason, Relay, Result
from tests.kit.smtp_faults import Fault, FaultServer
from tests.kit.smtp_lanes import SENT, body, outgoing, relay_to, sent_by, ways

BOTH = pytest.mark.parametrize("pipelining", [True, False], ids=["pipelined", "sequential"])


@BOTH
def test_a_group_is_sent_in_order_over_one_connection(pipelining: bool) -> None:
    with FaultServer(pipelining=pipelining) as server:
        results = sent_by(relay_to(server), outgoing("a", "b", "c"))
    assert ways(results) == [SENT] * 3
    assert [result.key for result in results] == ["a", "b", "c"]
    assert {result.code for result in results} == {250}
    assert [(found.recipient, found.message_id) for found in server.accepted] == [
        (f"{name}@example.com", f"<{name}@shop.example>") for name in "abc"
    ]
    assert server.connections == 1
    assert server.commands[-1] == "QUIT"


# What the second of three messages meets; what it came to, with the server's code; what the third came to; and who
# got a message.
Row = tuple[Fault, Outcome, Reason, int, tuple[Outcome, Reason], str]
AFTER_ONE: list[Row] = [
    (Fault.MAIL_421, Outcome.REJECTED_TEMPORARY, Reason.SENDER, 421, (Outcome.NOT_SENT, Reason.CLOSING), "a"),
    (Fault.MAIL_452, Outcome.REJECTED_TEMPORARY, Reason.SENDER, 452, SENT, "ac"),
    (Fault.MAIL_530, Outcome.NOT_SENT, Reason.AUTH, 530, (Outcome.NOT_SENT, Reason.AUTH), "a"),
    (Fault.MAIL_553, Outcome.REJECTED_PERMANENT, Reason.SENDER, 553, SENT, "ac"),
    (Fault.RCPT_421, Outcome.REJECTED_TEMPORARY, Reason.RECIPIENT, 421, (Outcome.NOT_SENT, Reason.CLOSING), "a"),
    (Fault.RCPT_450, Outcome.REJECTED_TEMPORARY, Reason.RECIPIENT, 450, SENT, "ac"),
    (Fault.RCPT_451, Outcome.REJECTED_TEMPORARY, Reason.RECIPIENT, 451, SENT, "ac"),
    (Fault.RCPT_550, Outcome.REJECTED_PERMANENT, Reason.RECIPIENT, 550, SENT, "ac"),
    (Fault.RCPT_552, Outcome.REJECTED_PERMANENT, Reason.RECIPIENT, 552, SENT, "ac"),
    (Fault.RCPT_553, Outcome.REJECTED_PERMANENT, Reason.RECIPIENT, 553, SENT, "ac"),
    (Fault.RCPT_550_THEN_354, Outcome.REJECTED_PERMANENT, Reason.RECIPIENT, 550, SENT, "ac"),
    (
        Fault.RCPT_550_THEN_DROP,
        Outcome.REJECTED_PERMANENT,
        Reason.RECIPIENT,
        550,
        (Outcome.NOT_SENT, Reason.DROPPED),
        "a",
    ),
    (Fault.RCPT_HANG, Outcome.NOT_SENT, Reason.TIMEOUT, 0, (Outcome.NOT_SENT, Reason.TIMEOUT), "a"),
    (Fault.RCPT_DROP, Outcome.NOT_SENT, Reason.DROPPED, 0, (Outcome.NOT_SENT, Reason.DROPPED), "a"),
    (Fault.DATA_451, Outcome.REJECTED_TEMPORARY, Reason.DATA, 451, SENT, "ac"),
    (Fault.DATA_554, Outcome.REJECTED_PERMANENT, Reason.DATA, 554, SENT, "ac"),
    (Fault.DATA_HANG, Outcome.NOT_SENT, Reason.TIMEOUT, 0, (Outcome.NOT_SENT, Reason.TIMEOUT), "a"),
    (Fault.DATA_DROP, Outcome.NOT_SENT, Reason.DROPPED, 0, (Outcome.NOT_SENT, Reason.DROPPED), "a"),
    (Fault.RESET_MID_BODY, Outcome.UNCERTAIN, Reason.DROPPED, 0, (Outcome.NOT_SENT, Reason.DROPPED), "a"),
    (Fault.DOT_421, Outcome.REJECTED_TEMPORARY, Reason.AFTER_DOT, 421, (Outcome.NOT_SENT, Reason.CLOSING), "a"),
    (Fault.DOT_451, Outcome.REJECTED_TEMPORARY, Reason.AFTER_DOT, 451, SENT, "ac"),
    (Fault.DOT_552, Outcome.REJECTED_PERMANENT, Reason.AFTER_DOT, 552, SENT, "ac"),
    (Fault.DOT_554, Outcome.REJECTED_PERMANENT, Reason.AFTER_DOT, 554, SENT, "ac"),
    (Fault.DOT_530, Outcome.NOT_SENT, Reason.AUTH, 530, (Outcome.NOT_SENT, Reason.AUTH), "a"),
    (Fault.DOT_HANG, Outcome.UNCERTAIN, Reason.TIMEOUT, 0, (Outcome.NOT_SENT, Reason.TIMEOUT), "ab"),
    (Fault.DOT_GARBAGE, Outcome.UNCERTAIN, Reason.DROPPED, 0, (Outcome.NOT_SENT, Reason.DROPPED), "ab"),
    (Fault.DROP_AFTER_DOT_ACCEPTED, Outcome.UNCERTAIN, Reason.DROPPED, 0, (Outcome.NOT_SENT, Reason.DROPPED), "ab"),
    (Fault.DROP_AFTER_DOT_LOST, Outcome.UNCERTAIN, Reason.DROPPED, 0, (Outcome.NOT_SENT, Reason.DROPPED), "a"),
]


@BOTH
@pytest.mark.parametrize("row", AFTER_ONE, ids=[row[0] for row in AFTER_ONE])
def test_each_fault_has_its_outcome(pipelining: bool, row: Row) -> None:
    fault, outcome, reason, code, third, arrived = row
    reported: list[Result] = []
    with FaultServer(at={2: fault}, pipelining=pipelining) as server:
        results = sent_by(relay_to(server, fault), outgoing("a", "b", "c"), reported.append)
    assert ways(results) == [SENT, (outcome, reason), third], fault
    assert results[1].code == code
    assert sorted(reported, key=lambda result: str(result.key)) == results
    assert server.recipients() == [f"{name}@example.com" for name in arrived]
    assert server.duplicates() == 0


NEVER_OPENED = [
    (Fault.GREET_421, Reason.GREETING, 421),
    (Fault.GREET_554, Reason.GREETING, 554),
    (Fault.GREET_HANG, Reason.TIMEOUT, 0),
    (Fault.GREET_DROP, Reason.DROPPED, 0),
    (Fault.GREET_GARBAGE, Reason.DROPPED, 0),
    (Fault.HELLO_HANG, Reason.TIMEOUT, 0),
]


@pytest.mark.parametrize(("fault", "reason", "code"), NEVER_OPENED)
def test_without_a_session_nothing_was_sent(fault: Fault, reason: Reason, code: int) -> None:
    reported: list[Result] = []
    with FaultServer(fault) as server:
        results = sent_by(relay_to(server), outgoing("a", "b"), reported.append)
    assert ways(results) == [(Outcome.NOT_SENT, reason)] * 2
    assert {result.code for result in results} == {code}
    assert reported == results
    assert server.accepted == []


@BOTH
@pytest.mark.parametrize("fault", [Fault.RCPT_HANG, Fault.RCPT_DROP, Fault.DATA_DROP, Fault.DATA_HANG])
def test_the_message_that_broke_the_connection_is_told_from_those_behind_it(pipelining: bool, fault: Fault) -> None:
    with FaultServer(by_recipient={"b@example.com": fault}, pipelining=pipelining) as server:
        results = sent_by(relay_to(server, fault), outgoing("a", "b", "c"))
    assert [result.at_hand for result in results] == [False, True, False]


def test_a_connection_that_never_opened_is_no_messages_fault() -> None:
    with FaultServer(Fault.GREET_DROP) as server:
        assert not any(result.at_hand for result in sent_by(relay_to(server), outgoing("a", "b")))


def test_a_refused_connection_sends_nothing() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        results = sent_by(Relay("127.0.0.1", port, connect_timeout=0.5), outgoing("a"))
    assert ways(results) == [(Outcome.NOT_SENT, Reason.CONNECT)]


def test_a_drop_before_anything_of_the_second_group_releases_it_and_the_lane_connects_anew() -> None:
    async def run(server: FaultServer) -> list[list[tuple[Outcome, Reason]]]:
        lane = Lane(relay_to(server))
        groups = [await lane.send_group(outgoing(*names)) for names in ("ab", "cd", "ef")]
        await lane.close()
        return [ways(group) for group in groups]

    with FaultServer(at={3: Fault.RCPT_DROP}) as server:
        first, second, third = uvloop.run(run(server))
    assert first == third == [SENT, SENT]
    assert second == [(Outcome.NOT_SENT, Reason.DROPPED)] * 2
    assert server.connections == 2
    assert server.recipients() == [f"{name}@example.com" for name in "abef"]


def test_a_refused_last_message_does_not_spoil_the_next_group() -> None:
    async def run(server: FaultServer) -> list[tuple[Outcome, Reason]]:
        lane = Lane(relay_to(server))
        await lane.send_group(outgoing("a"))
        found = await lane.send_group(outgoing("b"))
        await lane.close()
        return ways(found)

    with FaultServer(at={1: Fault.RCPT_550}) as server:
        assert uvloop.run(run(server)) == [SENT]
    assert server.connections == 1


@BOTH
def test_one_refused_recipient_concerns_nobody_else(pipelining: bool) -> None:
    with FaultServer(by_recipient={"b@example.com": Fault.RCPT_550}, pipelining=pipelining) as server:
        results = sent_by(relay_to(server), outgoing(*"abcd"))
    assert [result.key for result in results if result.outcome is Outcome.SENT] == ["a", "c", "d"]
    assert server.recipients() == ["a@example.com", "c@example.com", "d@example.com"]


def test_a_server_that_offers_no_pipelining_gets_one_command_at_a_time() -> None:
    with FaultServer(pipelining=False) as server:
        assert ways(sent_by(relay_to(server), outgoing("a", "b"))) == [SENT, SENT]
    with FaultServer() as offering:
        assert ways(sent_by(relay_to(offering, pipelining=False), outgoing("a", "b"))) == [SENT, SENT]
    assert server.commands == offering.commands


def test_a_server_that_mends_takes_what_it_refused() -> None:
    with FaultServer(Fault.RCPT_451) as server:
        assert sent_by(relay_to(server), outgoing("a"))[0].outcome is Outcome.REJECTED_TEMPORARY
        server.fault = Fault.NONE
        assert ways(sent_by(relay_to(server), outgoing("a"))) == [SENT]
    assert server.duplicates() == 0


def test_results_are_told_as_they_come() -> None:
    told: list[Any] = []

    async def run(server: FaultServer) -> list[Any]:
        lane = Lane(relay_to(server, Fault.DOT_HANG))
        first = asyncio.Event()

        def on_result(result: Result) -> None:
            told.append(result.key)
            first.set()

        group = asyncio.create_task(lane.send_group(outgoing("a", "b"), on_result))
        await first.wait()
        early = list(told)
        await group
        await lane.close()
        return early

    with FaultServer(at={2: Fault.DOT_HANG}) as server:
        assert uvloop.run(run(server)) == ["a"]
    assert told == ["a", "b"]


def test_stopping_in_the_middle_tells_which_body_had_left() -> None:
    told: dict[Any, Outcome] = {}

    async def run(server: FaultServer) -> None:
        lane = Lane(relay_to(server))
        first = asyncio.Event()

        def on_result(result: Result) -> None:
            told[result.key] = result.outcome
            first.set()

        group = asyncio.create_task(lane.send_group(outgoing("a", "b", "c"), on_result))
        await first.wait()
        while len(server.accepted) < 2:
            await asyncio.sleep(0)
        group.cancel()
        with pytest.raises(asyncio.CancelledError):
            await group
        assert not lane.is_open

    with FaultServer(at={2: Fault.DOT_HANG}) as server:
        uvloop.run(run(server))
    assert told == {"a": Outcome.SENT, "b": Outcome.UNCERTAIN, "c": Outcome.NOT_SENT}


def test_a_lane_told_to_stop_says_so_and_counts_as_no_failure_of_the_server() -> None:
    async def run(server: FaultServer) -> list[tuple[Outcome, Reason]]:
        lane = Lane(relay_to(server, command_timeout=20.0, answer_timeout=20.0))
        group = asyncio.create_task(lane.send_group(outgoing("a", "b")))
        while not server.connections:
            await asyncio.sleep(0)
        lane.abort()
        return ways(await group)

    for fault in (Fault.GREET_HANG, Fault.HELLO_HANG, Fault.RCPT_HANG):
        with FaultServer(fault) as server:
            assert uvloop.run(run(server)) == [(Outcome.NOT_SENT, Reason.STOPPED)] * 2


def test_an_error_of_the_listener_reaches_the_caller() -> None:
    def broken(result: Result) -> None:
        raise RuntimeError("a bug")

    async def run(server: FaultServer) -> None:
        lane = Lane(relay_to(server))
        try:
            await lane.send_group(outgoing("a", "b"), broken)
        finally:
            await lane.close()

    with FaultServer() as server, pytest.raises(RuntimeError, match="a bug"):
        uvloop.run(run(server))
    assert server.recipients() == ["a@example.com", "b@example.com"]


def test_a_goodbye_that_nobody_answers_changes_nothing() -> None:
    with FaultServer(Fault.QUIT_DROP) as server:
        assert ways(sent_by(relay_to(server), outgoing("a"))) == [SENT]
    assert server.recipients() == ["a@example.com"]


def test_a_message_over_the_servers_limit_is_not_even_offered() -> None:
    with FaultServer(size_limit=100) as server:
        large = Outgoing("large", "shop@example.com", "l@example.com", body("large", "x" * 100))
        results = sent_by(relay_to(server), [large, *outgoing("a")])
    assert ways(results) == [(Outcome.REJECTED_PERMANENT, Reason.SIZE), SENT]
    assert server.recipients() == ["a@example.com"]
    assert server.messages == 1


@pytest.mark.parametrize(
    "address", ["a@example.com>\r\nRCPT TO:<b@example.com", "a b@example.com", "ą@example.com", "", "<>"]
)
def test_an_address_cannot_become_a_command(address: str) -> None:
    with FaultServer() as server:
        results = sent_by(relay_to(server), [Outgoing("x", "shop@example.com", address, body("x"))])
    assert ways(results) == [(Outcome.REJECTED_PERMANENT, Reason.ADDRESS)]
    assert server.messages == 0


@pytest.mark.parametrize("text", [".\r\n", "..\r\nx\r\n.y\r\n", "a\r\n.\r\nMAIL FROM:<x@example.com>\r\n", "no end"])
def test_dots_arrive_as_they_were(text: str) -> None:
    with FaultServer() as server:
        item = Outgoing("a", "shop@example.com", "a@example.com", body("a", text))
        assert ways(sent_by(relay_to(server), [item])) == [SENT]
    assert server.accepted[0].body == body("a", text if text.endswith("\r\n") else f"{text}\r\n")


@pytest.mark.parametrize("end", ["\n.\n", "\n.\r\n", "\r.\r", "\r\n.\n", "\r.\r\n"])
def test_a_bare_line_break_does_not_smuggle_a_second_message(end: str) -> None:
    text = f"Hello{end}MAIL FROM:<eve@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\nBoo\r\n"
    with FaultServer() as server:
        item = Outgoing("a", "shop@example.com", "a@example.com", body("a", text))
        assert ways(sent_by(relay_to(server), [item])) == [SENT]
    assert server.recipients() == ["a@example.com"]
    assert b"\r\n.\r\nMAIL FROM:<eve@example.com>" in server.accepted[0].body


def test_many_lanes_share_one_loop_and_lose_nothing() -> None:
    async def run(server: FaultServer) -> list[Result]:
        lanes = [Lane(relay_to(server)) for _ in range(32)]
        groups = [
            lane.send_group(outgoing(*(f"m{index}-{part}" for part in range(8)))) for index, lane in enumerate(lanes)
        ]
        results = [result for group in await asyncio.gather(*groups) for result in group]
        await asyncio.gather(*(lane.close() for lane in lanes))
        return results

    with FaultServer() as server:
        results = uvloop.run(run(server))
    assert ways(results) == [SENT] * 256
    assert len(server.accepted) == 256
    assert server.duplicates() == 0
    assert server.connections == 32
