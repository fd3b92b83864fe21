"""The process that sends: one coordinator, one database connection, several lanes to the mail server.

The feeder keeps claimed and finished messages ready; each lane takes a group, has it marked as being sent, lets it go,
and has its outcome closed by the mark of its next group. A relay that dies leaves leases behind, and nothing else.
"""

import asyncio
import contextlib
import gc
import math
import os
import secrets
import socket
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import uvloop
from django.conf import settings

from backoffice.kernel.faultpoints import reach
from backoffice.messaging import gateway, smtp
from backoffice.messaging.claims import Claimed
from backoffice.messaging.composing import Composer, Unsendable
from backoffice.messaging.desk import Desk
from backoffice.messaging.gateway import Ready
from backoffice.messaging.rules import State, claim_limit
from backoffice.messaging.verdicts import Verdict

# After being told to stop, groups under way have this long; then their connections are dropped.
GRACE = 10.0
_BEAT = 5.0
_PAUSE = 0.05
_LOOK = 0.5
# The database thread must not wait long for its turn while the loop is busy rendering.
_SWITCH = 0.0005
# So many more objects made than freed before cycles are looked for; Python's own figure is 700, for any program.
_GARBAGE = 20_000


@dataclass(frozen=True, slots=True)
class Options:
    """group: messages a commit opens on one lane. seconds: after so long no further message is claimed."""

    group: int
    connections: int
    lease_seconds: float
    rate: float
    seconds: float = math.inf


def options(*, seconds: float = math.inf) -> Options:
    """What the settings say."""
    chosen = settings.MESSAGING
    return Options(chosen["group"], chosen["connections"], chosen["lease_seconds"], chosen["rate_per_second"], seconds)


def run(*, chosen: Options, is_stopping: Callable[[], bool] = lambda: False) -> int:
    """Send what is due until nothing is, or time is up, or is_stopping(); returns how many messages were tried."""
    with _tuned():
        return uvloop.run(Relay(chosen, is_stopping).run())


@contextlib.contextmanager
def _tuned() -> Iterator[None]:
    """Nearly all that a relay makes dies by itself, so looking for cycles among what was there before is in vain."""
    interval, thresholds = sys.getswitchinterval(), gc.get_threshold()
    sys.setswitchinterval(_SWITCH)
    gc.freeze()
    gc.set_threshold(_GARBAGE, *thresholds[1:])
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
        sys.setswitchinterval(interval)


class Relay:
    def __init__(self, chosen: Options, is_stopping: Callable[[], bool]) -> None:
        self._options = chosen
        self._is_stopping = is_stopping
        self._server = gateway.mail_server()
        self._name = f"relay:{socket.gethostname()}:{os.getpid()}"
        # A name that no other process ever had, so that nobody takes over a dead namesake's messages.
        owner = f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"
        self._desk = Desk(
            owner=owner, lease_seconds=chosen.lease_seconds, rate=chosen.rate, real=self._server is not None
        )
        self._composer = Composer()
        self._ready: deque[Ready] = deque()
        self._in_hand: set[int] = set()
        self._idle_lanes = 0
        self._is_over = False
        self._more = asyncio.Event()
        self._room = asyncio.Event()
        self._line_is_doubtful = True
        self._tried = 0
        server = self._server or smtp.Relay("", 0)  # drills never open their lane
        self._lanes = [smtp.Lane(server) for _ in range(chosen.connections)]

    async def run(self) -> int:
        try:
            async with asyncio.TaskGroup() as tasks:
                keeper = tasks.create_task(self._keep())
                workers = [tasks.create_task(self._work(lane)) for lane in self._lanes]
                await self._feed()
                await self._finish(workers)
                keeper.cancel()
        finally:
            await self._desk.close()
        return self._tried

    async def _feed(self) -> None:
        deadline = time.monotonic() + self._options.seconds
        limit = claim_limit(connections=self._options.connections)
        enough = max(limit // 2, self._options.connections * self._options.group)
        while not self._is_stopping() and time.monotonic() < deadline:
            if len(self._ready) >= enough:
                await self._wait_for_room()
                continue
            claimed = await self._desk.claim(limit)
            if claimed:
                reach("messaging.after_claim")
                await self._compose(claimed)
            elif self._is_calm() and not await self._desk.has_work():
                return
            else:
                await asyncio.sleep(_PAUSE)

    async def _wait_for_room(self) -> None:
        self._room.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._room.wait(), _LOOK)

    def _is_calm(self) -> bool:
        return not self._ready and self._idle_lanes == len(self._lanes)

    async def _compose(self, claimed: list[Claimed]) -> None:
        self._in_hand.update(message.id for message in claimed)
        loaded = await self._desk.run(lambda: self._composer.load(claimed))
        failed: list[Verdict] = []
        for number, (message, values) in enumerate(loaded.messages):
            try:
                outgoing = self._composer.compose(message, values, loaded)
            except Unsendable as reason:
                failed.append(Verdict(message.id, State.FAILED, was=State.CLAIMED, reason=str(reason)[:300]))
            else:
                self._ready.append(Ready(message.mode, message.failures, outgoing))
            if number % 8 == 7:
                self._more.set()
                await asyncio.sleep(0)  # the lanes go first
        self._more.set()
        if failed:
            await self._desk.mark(failed, [])
            self._in_hand.difference_update(verdict.message_id for verdict in failed)

    async def _work(self, lane: smtp.Lane) -> None:
        closing: list[Verdict] = []
        while True:
            group = self._take()
            if not group and not closing:
                if self._is_over:
                    break
                await self._wait()
                continue
            group = await self._mark(closing, group)
            closing = []
            if group:
                closing = await self._deliver(group, lane)
        await lane.close()

    async def _wait(self) -> None:
        self._more.clear()
        self._idle_lanes += 1
        try:
            await self._more.wait()
        finally:
            self._idle_lanes -= 1

    def _take(self) -> list[Ready]:
        """The next group: of one mode, and no more than a fair share while other lanes stand idle."""
        ready = self._ready
        if not ready or self._is_over:
            return []
        share = math.ceil(len(ready) / (self._idle_lanes + 1))
        mode = ready[0].mode
        group: list[Ready] = []
        while ready and len(group) < min(share, self._options.group) and ready[0].mode == mode:
            group.append(ready.popleft())
        self._room.set()
        return group

    async def _mark(self, closing: list[Verdict], group: list[Ready]) -> list[Ready]:
        """Commit what the last group came to and that this one is being sent; returns what may leave."""
        turn = await self._desk.mark(closing, [message.id for message in group])
        self._in_hand.difference_update(verdict.message_id for verdict in closing)
        if closing:
            reach("messaging.after_sent_commit")
        opened = [message for message in group if message.id in turn.opened]
        if len(opened) < len(group):
            unopened = [message for message in group if message.id not in turn.opened]
            await self._put_back(unopened, turn.held_back)
            if not opened and turn.held_back:
                await asyncio.sleep(min(_PAUSE, self._options.group / self._desk.rate))
        return opened

    async def _put_back(self, unopened: list[Ready], held_back: frozenset[int]) -> None:
        lost = [message.id for message in unopened if message.id not in held_back]
        await self._desk.release(lost)
        self._in_hand.difference_update(lost)
        self._ready.extendleft(reversed([message for message in unopened if message.id in held_back]))

    async def _deliver(self, group: list[Ready], lane: smtp.Lane) -> list[Verdict]:
        reach("messaging.after_mark")
        delivery = await gateway.deliver(group, lane)
        reach("messaging.after_250_before_commit")
        self._tried += len(group)
        if delivery.line_works is False:
            self._line_is_doubtful = True
            if await self._desk.line_failed():
                await self._give_back()
        elif delivery.line_works and self._line_is_doubtful:
            self._line_is_doubtful = False
            await self._desk.line_works()
        return delivery.verdicts

    async def _give_back(self) -> None:
        """Return everything that was not opened."""
        ids = [message.id for message in self._ready]
        self._ready.clear()
        await self._desk.release(ids)
        self._in_hand.difference_update(ids)

    async def _finish(self, workers: list[asyncio.Task[None]]) -> None:
        """Let the groups under way end, for a while; then drop their connections, which gives each an outcome."""
        self._is_over = True
        await self._give_back()
        self._more.set()
        _done, slow = await asyncio.wait(workers, timeout=GRACE)
        if slow:
            for lane in self._lanes:
                lane.abort()
            await asyncio.wait(slow)
        await self._give_back()  # what the rate held back meanwhile

    async def _keep(self) -> None:
        while True:
            await self._desk.keep(frozenset(self._in_hand), self._name)
            await asyncio.sleep(min(_BEAT, self._options.lease_seconds / 3))
