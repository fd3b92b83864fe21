"""Whatever a server answers, and wherever it stops, no message is called unsent after its body left unanswered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backoffice.messaging.smtp_exchange import Exchange, dot_stuffed
from backoffice.messaging.smtp_types import Features, Outcome, Outgoing, Reason, Result

CODES = st.sampled_from([220, 250, 250, 250, 250, 334, 354, 354, 354, 421, 450, 451, 503, 530, 535, 550, 552, 554])


def items(count: int) -> list[Outgoing]:
    return [
        Outgoing(index, "shop@example.com", f"{index}@example.com", f"Body-{index}\r\n".encode())
        for index in range(count)
    ]


class Conversation:
    """Plays a server by a list of reply codes and notes which bodies were handed out and how they were answered."""

    def __init__(self, count: int, *, pipelining: bool) -> None:
        self.told: list[Result] = []
        self.left: dict[int, int | None] = {}
        self.answers_due: list[str] = []
        self.exchange = Exchange(items(count), Features(pipelining=pipelining), self.told.append)
        self.hear(self.exchange.begin())

    def hear(self, data: bytes) -> None:
        for line in data.split(b"\r\n"):
            if line.startswith(b"Body-"):
                self.left[int(line[5:])] = None
                self.answers_due.append(f"body {line[5:].decode()}")
            elif line.startswith((b"MAIL", b"RCPT", b"DATA", b"RSET")):
                self.answers_due.append(line[:4].decode())
            elif line == b"." and not (self.answers_due and self.answers_due[-1].startswith("body")):
                self.answers_due.append("nothing")

    def say(self, code: int) -> None:
        due = self.answers_due.pop(0)
        if due.startswith("body"):
            self.left[int(due[5:])] = code
        self.hear(self.exchange.reply(code, "words"))


@given(codes=st.lists(CODES, max_size=40), count=st.integers(1, 6), pipelining=st.booleans())
def test_any_conversation_ends_in_one_true_result_a_message(codes: list[int], count: int, pipelining: bool) -> None:
    talk = Conversation(count, pipelining=pipelining)
    for code in codes:
        if talk.exchange.is_over:
            break
        talk.say(code)
    if not talk.exchange.is_over:
        talk.exchange.broken(Reason.DROPPED)

    assert talk.exchange.is_over
    assert [result.key for result in talk.exchange.results] == list(range(count))
    assert sorted(talk.told, key=lambda result: int(result.key)) == talk.exchange.results
    for result in talk.exchange.results:
        answer = talk.left.get(result.key)
        if result.key not in talk.left:
            assert result.outcome in {Outcome.NOT_SENT, Outcome.REJECTED_PERMANENT, Outcome.REJECTED_TEMPORARY}
        elif answer is None or not (200 <= answer < 300 or 400 <= answer < 600):
            assert result.outcome is Outcome.UNCERTAIN
        elif answer < 300:
            assert result.outcome is Outcome.SENT
        else:
            assert result.outcome not in {Outcome.SENT, Outcome.UNCERTAIN}
            assert result.code == answer


@pytest.mark.parametrize("pipelining", [True, False])
def test_a_server_that_says_yes_gets_every_body_once(pipelining: bool) -> None:
    talk = Conversation(4, pipelining=pipelining)
    while not talk.exchange.is_over:
        talk.say(354 if talk.answers_due[0] == "DATA" else 250)
    assert [result.outcome for result in talk.exchange.results] == [Outcome.SENT] * 4
    assert sorted(talk.left) == [0, 1, 2, 3]


def test_the_end_of_a_body_and_the_next_envelope_leave_in_one_write() -> None:
    exchange = Exchange(items(2), Features(pipelining=True), lambda result: None)
    assert exchange.begin().count(b"\r\n") == 3
    exchange.reply(250, "")
    exchange.reply(250, "")
    written = exchange.reply(354, "")
    assert written == (b"Body-0\r\n.\r\nMAIL FROM:<shop@example.com>\r\nRCPT TO:<1@example.com>\r\nDATA\r\n")


def test_a_body_counts_as_left_from_the_word_to_send_it() -> None:
    exchange = Exchange(items(1), Features(pipelining=True), lambda result: None)
    exchange.begin()
    unanswered = []
    for code in (250, 250, 354):
        exchange.reply(code, "")
        unanswered.append(exchange.is_body_unanswered)
    assert unanswered == [False, False, True]
    exchange.broken(Reason.TIMEOUT)
    assert exchange.results == [Result(0, Outcome.UNCERTAIN, Reason.TIMEOUT)]


def test_a_word_out_of_turn_while_the_server_owes_none_closes_the_session() -> None:
    exchange = Exchange([], Features(), lambda result: None)
    exchange.reply(421, "bye")
    assert exchange.must_close


def test_a_reply_is_kept_as_one_short_clean_line() -> None:
    exchange = Exchange(items(1), Features(), lambda result: None)
    exchange.begin()
    exchange.reply(550, "no\nsuch\x00user" + "x" * 1000)
    (result,) = exchange.results
    assert result.reply.startswith("no suchuser")
    assert len(result.reply) == 300


def test_the_size_is_announced_and_eight_bit_bodies_are_marked() -> None:
    item = Outgoing(1, "shop@example.com", "a@example.com", "ą\r\n".encode())
    offered = Features.of("mx.example\nSIZE 1000\n8BITMIME\nAUTH PLAIN LOGIN\nPIPELINING")
    assert offered == Features(
        pipelining=True, eight_bit=True, size=True, size_limit=1000, auth=frozenset({"PLAIN", "LOGIN"})
    )
    assert (
        Exchange([item], offered, lambda result: None)
        .begin()
        .startswith(b"MAIL FROM:<shop@example.com> SIZE=4 BODY=8BITMIME\r\n")
    )
    plain = Exchange([item], Features(), lambda result: None)
    assert plain.begin() == b""
    assert plain.results[0].reason is Reason.EIGHT_BIT


@pytest.mark.parametrize(
    ("hello", "limit"), [("mx", 0), ("mx\nSIZE", 0), ("mx\nSIZE 0", 0), ("mx\nSIZE many", 0), ("mx\nsize 5", 5)]
)
def test_odd_offers_are_read_calmly(hello: str, limit: int) -> None:
    assert Features.of(hello).size_limit == limit


@given(st.lists(st.sampled_from([b".", b"..", b"a", b"\r\n", b"\n", b"\r", b".\r\n"])).map(b"".join))
def test_stuffing_can_be_undone_and_ends_only_at_the_end(body: bytes) -> None:
    travelling = dot_stuffed(body)
    assert travelling.endswith(b"\r\n.\r\n") or travelling == b".\r\n"
    lines = travelling.split(b"\r\n")
    assert lines.index(b".") == len(lines) - 2
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    unstuffed = b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:-2])
    canonical = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")
    assert unstuffed in {canonical, canonical + b"\r\n"}
