"""fanout.*: telling many customers, measured from the moment the hold ends until every message is closed as sent."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.utils import timezone

from backoffice.messaging.models import Message
from customercare.macros import selectors as macros
from customercare.notices import selectors as fanouts
from customercare.notices import services as notices
from customercare.notices.models import Fanout
from customercare.notices.rules import DONE
from customercare.vouchers.models import Voucher
from tests.bench import floor, sink
from tests.bench.rounds import ROUNDS, Figure, alternate, figure, tell
from tests.bench.sink import Sink
from tests.chaos import shop

LANGUAGES = ("en", "pl", "zh-hans")
RELAYS = 2
LATENCY = 0.020
LANES = (8, 32)
MANY_LANES = 128
RATE = 400.0
CAPPED = 3_000
PATIENCE = 600
POLL = 0.1
# Looking costs the machine what is to be measured; the scheduler itself looks every two seconds.
LOOK = 0.5


@dataclass(frozen=True, slots=True)
class Bench:
    """folder: for logs and programs. orders: how many are told in a run. url: of the database."""

    folder: Path
    orders: int
    url: str

    def words(self) -> floor.Words:
        """The product's own texts, in the floor's simple form."""
        version = macros.approved(key="goodwill")
        assert version is not None
        found: floor.Words = {}
        for variant in version.variants.filter(language__in=LANGUAGES, kind="main"):
            found[variant.language] = (
                _plain(variant.subject),
                _plain(f"{variant.text}\n{variant.offer}\n{variant.closing}"),
            )
        return found


def _plain(text: str) -> str:
    names = {
        "{order_number}": "{order}", "{customer_name}": "{name}", "{voucher_code}": "{code}", "{order_url}": "{url}",
        "{voucher_value}": "5.00 PLN", "{voucher_until}": "2027-02-28", "{contact_email}": "help@bench.example",
        "{shop_name}": "Bench & Co",
    }  # fmt: skip
    for name, simple in names.items():
        text = text.replace(name, simple)
    return text


def declared(title: str, *, orders: int = 0) -> Fanout:
    """An incident over all orders, or the first ones, declared; its hold is over at once."""
    numbers = shop.store().order_set.order_by("id").values_list("number", flat=True)[:orders]
    incident = shop.open_incident(title=title, numbers=list(numbers) if orders else ())
    shop.declare(incident.pk)
    return shop.fanout_of(incident.pk)


@contextmanager
def relays(bench: Bench, port: int, number: int = RELAYS, **told: str) -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that relay to this port for the time of a `with`."""
    environment = {**os.environ, "SMTP_URL": f"smtp://127.0.0.1:{port}", **told}
    children = []
    for _child in range(number):
        with (bench.folder / "relay.log").open("a") as log:
            command = [*_profiler(), "-m", "tests.bench.relaying"]
            child = subprocess.Popen([sys.executable, *command], env=environment, text=True,
                                     stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)  # fmt: skip
        children.append(child)
    try:
        for child in children:
            assert child.stdout is not None
            if child.stdout.readline() != "ready\n":
                raise RuntimeError(f"A relay did not start; see {bench.folder / 'relay.log'}.")
        yield children
    finally:
        for child in children:
            child.communicate()


def _profiler() -> list[str]:
    """STANDFAST_PROFILE=FILE keeps what each relay spent its time on."""
    wanted = os.environ.get("STANDFAST_PROFILE")
    return ["-m", "cProfile", "-o", f"{wanted}.{time.monotonic_ns()}"] if wanted else []


def drive_to_end(fanout: Fanout) -> float:
    """What beat and the workers do with a confirmed fan-out; returns the seconds until every message is closed."""
    began = time.monotonic()
    while fanout.state not in DONE:
        if not notices.drive(fanout_id=fanout.pk, now=timezone.now()):
            time.sleep(POLL)
        fanout.refresh_from_db()
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"the fan-out stands at {fanout.state}: {fanouts.message_counts(fanout)}")
    return time.monotonic() - began


def check(fanout: Fanout, arrived: int, orders: int) -> None:
    """Every message at the sink once, every order with its voucher."""
    states = fanouts.message_counts(fanout)
    vouchers = Voucher.objects.filter(cause_ref=fanout.cause_ref)
    if dict(states) != {"sent": fanout.message_n} or arrived != fanout.message_n:
        raise RuntimeError(f"{arrived} arrived of {fanout.message_n}: {states}")
    if vouchers.count() != orders or vouchers.values("code_hash").distinct().count() != orders:
        raise RuntimeError("the vouchers are not one for each order")


def settle_down() -> None:
    """Leave neither side the dirt of the other's round."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) messaging_message, customercare_notice, customercare_voucher")


def analyze() -> None:
    """What autovacuum has done long before a shop with so many orders has its bad day."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE orders_order, orders_orderline")


def whole(bench: Bench) -> Iterator[Figure]:
    """fanout.whole: plan, send with the safe mark by two relays, close; against the floor with the same orders."""
    words = bench.words()
    with sink.running(bench.folder) as mails, relays(bench, mails.port):

        def product() -> float:
            fanout = declared("Bench")
            settle_down()
            before = mails.count()
            seconds = drive_to_end(fanout)
            check(fanout, mails.count() - before, bench.orders)
            return fanout.message_n / seconds

        def bare() -> float:
            floor.prepare(bench.url)
            before = mails.count()
            seconds = floor.plan(bench.url, shop.SLUG) + floor.send(bench.url, mails.port, words, RELAYS)
            arrived = mails.count() - before
            if (arrived, *floor.counts(bench.url)) != (bench.orders,) * 4:
                raise RuntimeError("the floor lost messages")
            return bench.orders / seconds

        mine, theirs = alternate(product, bare)
        body = floor.mail("a@bench.example", *words["pl"], dict.fromkeys(floor.VALUES, "x"))
        alone = sorted(mails.alone(body, bench.orders) for _round in range(ROUNDS))
    found = figure("fanout.whole", "messages/s", mine, theirs, goal=0.5)
    assert found.floor is not None
    yield Figure(
        "fanout.sink", alone[1], "messages/s", found.floor, alone[1] / found.floor, ROUNDS, alone[0], alone[-1]
    )
    if alone[1] < 2 * found.floor:
        raise RuntimeError(
            f"the sink alone takes {alone[1]:.0f}/s, less than twice the floor: no figure is worth anything"
        )
    yield found


def plan(bench: Bench) -> Iterator[Figure]:
    """fanout.plan: vouchers and messages planned, rows a second, against a plain INSERT … SELECT of the same rows.

    The same rows are the grant, the voucher, its ledger line and the message; vouchers and messages are counted. The
    floor has no codes, digests, links, chunks and triggers. fanout.plan.bare: against vouchers and messages with hardly
    a column.
    """

    def product() -> float:
        fanout = declared("Planned only")
        settle_down()
        began = time.monotonic()
        notices.drive(fanout_id=fanout.pk, now=timezone.now())
        seconds = time.monotonic() - began
        fanout.refresh_from_db()
        rows = Message.objects.filter(batch_id=fanout.batch_id or 0).count()
        rows += Voucher.objects.filter(cause_ref=fanout.cause_ref).count()
        notices.cancel(fanout_id=fanout.pk, actor=shop.runner(), now=timezone.now())
        notices.drive(fanout_id=fanout.pk, now=timezone.now())
        return rows / seconds

    def bare() -> float:
        floor.prepare(bench.url)
        bares.append(2 * bench.orders / floor.plan(bench.url, shop.SLUG))
        return 2 * bench.orders / floor.plan_alike(bench.url, shop.SLUG)

    bares: list[float] = []
    mine, theirs = alternate(product, bare)
    yield figure("fanout.plan.bare", "rows/s", mine, bares)
    yield figure("fanout.plan", "rows/s", mine, theirs, goal=0.5)


def slow_server(bench: Bench) -> Iterator[Figure]:
    """fanout.relay20ms: a mail server that takes 20 ms for each message; only connections help.

    With many connections the machine itself becomes the limit: there the floor is what as many connections reach that
    do nothing but send (.128), and the best that connections could do is shown beside it (.128.latency).
    """
    for lanes in LANES:
        rates = [_through_lanes(bench, lanes) for _round in range(ROUNDS)]
        yield figure(f"fanout.relay20ms.{lanes}", "messages/s", rates, [lanes / LATENCY] * ROUNDS, goal=0.9)
    mine, theirs = alternate(lambda: _through_lanes(bench, MANY_LANES, RELAYS), lambda: _bare_lanes(bench, MANY_LANES))
    best = [MANY_LANES / LATENCY] * ROUNDS
    yield figure(f"fanout.relay20ms.{MANY_LANES}.latency", "messages/s", mine, best)
    yield figure(f"fanout.relay20ms.{MANY_LANES}", "messages/s", mine, theirs, goal=0.9)


def _bare_lanes(bench: Bench, lanes: int) -> float:
    """One process with so many connections that only send the same message: messages a second."""
    body = floor.mail("a@bench.example", *bench.words()["pl"], dict.fromkeys(floor.VALUES, "x"))
    with sink.running(bench.folder, delay=LATENCY) as mails:
        return bench.orders / floor.send_alike(mails.port, body, lanes, bench.orders)


def _through_lanes(bench: Bench, lanes: int, processes: int = 1) -> float:
    """Relay processes with so many connections in all: messages a second at the server."""
    fanout = declared(f"{lanes} connections")
    with sink.running(bench.folder, delay=LATENCY) as mails:
        with relays(bench, mails.port, processes, MESSAGING_CONNECTIONS=str(lanes // processes)):
            rate = _rate_at(fanout, mails)
        check(fanout, mails.count(), bench.orders)
    return rate


def _rate_at(fanout: Fanout, mails: Sink) -> float:
    """The rate while the bulk is under way, from a tenth to nine tenths of the messages, read at the server."""
    seen: list[tuple[float, int]] = []
    before = mails.count()
    while fanout.state not in DONE:
        seen.append((time.monotonic(), mails.count() - before))
        if not notices.drive(fanout_id=fanout.pk, now=timezone.now()):
            time.sleep(LOOK)
        fanout.refresh_from_db()
    total = fanout.message_n
    inside = [row for row in seen if 0.1 * total <= row[1] <= 0.9 * total]
    (began, first), (ended, last) = inside[0], inside[-1]
    return (last - first) / (ended - began)


def capped(bench: Bench) -> Iterator[Figure]:
    """fanout.rate: two relays together keep the configured number of messages a second."""
    with sink.running(bench.folder) as mails, relays(bench, mails.port, MESSAGING_RATE_PER_SECOND=str(RATE)):
        rates = [_rate_at(declared("Capped", orders=CAPPED), mails) for _round in range(ROUNDS)]
    yield figure("fanout.rate", "messages/s", rates, [RATE] * ROUNDS, goal=0.98, most=1.02)


PARTS = {"fanout.whole": whole, "fanout.plan": plan, "fanout.relay20ms": slow_server, "fanout.rate": capped}


def run(bench: Bench, only: str = "") -> list[Figure]:
    """The figures whose name begins so, told as they come."""
    chosen = [part for name, part in PARTS.items() if name.startswith(only)]
    return [tell(one) for part in chosen for one in part(bench)]
