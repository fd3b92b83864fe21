"""A relay's one database connection, in a thread of its own, so that sending and writing overlap.

Marks that are asked for while one is being committed share the next commit: the more connections are busy, the fewer
commits a message costs.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from backoffice.kernel import heartbeat
from backoffice.messaging import circuit, claims
from backoffice.messaging.claims import Claimed, Turn
from backoffice.messaging.verdicts import Verdict

T = TypeVar("T")
# How long a relay waits for a database that restarts before it gives up; leases settle what it then leaves behind.
PATIENCE = 30.0
_PAUSE = 0.2


@dataclass(frozen=True, slots=True)
class _Ask:
    closing: Sequence[Verdict]
    opening: Sequence[int]
    answer: asyncio.Future[Turn]


class Desk:
    """All that a relay says to the database. lease_seconds, rate: see claims."""

    def __init__(self, *, owner: str, lease_seconds: float, rate: float, real: bool) -> None:
        self.owner = owner
        self.rate = rate
        self._lease = lease_seconds
        self._real = real
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="relay-desk")
        self._asked: list[_Ask] = []
        self._writer: asyncio.Task[None] | None = None

    async def run(self, work: Callable[[], T]) -> T:
        """Run in the thread that holds the connection, again if the database was away."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, partial(_patiently, work))

    async def claim(self, limit: int) -> list[Claimed]:
        return await self.run(
            lambda: claims.claim(owner=self.owner, limit=limit, lease_seconds=self._lease, real=self._real)
        )

    async def has_work(self) -> bool:
        return await self.run(lambda: claims.has_work(real=self._real))

    async def mark(self, closing: Sequence[Verdict], opening: Sequence[int]) -> Turn:
        """Close and open; the answer is committed."""
        ask = _Ask(closing, opening, asyncio.get_running_loop().create_future())
        self._asked.append(ask)
        if self._writer is None:
            self._writer = asyncio.create_task(self._write())
        return await ask.answer

    async def release(self, ids: Collection[int]) -> None:
        if ids:
            await self.run(lambda: claims.release(owner=self.owner, ids=ids))

    async def keep(self, ids: Collection[int], name: str) -> None:
        """Renew the leases of what is in hand and give a sign of life."""

        def renew() -> None:
            if ids:
                claims.renew(owner=self.owner, ids=ids, lease_seconds=self._lease)
            heartbeat.beat(name=name, kind="relay", detail={"in_hand": len(ids)})

        await self.run(renew)

    async def line_failed(self) -> bool:
        return await self.run(lambda: circuit.line_failed(now=timezone.now()))

    async def line_works(self) -> None:
        await self.run(lambda: circuit.line_works(now=timezone.now()))

    async def close(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, _hang_up)
        self._thread.shutdown()

    async def _write(self) -> None:
        asked: list[_Ask] = []
        try:
            while self._asked:
                asked, self._asked = self._asked, []
                turn = await self._turn(asked)
                for ask in asked:
                    if not ask.answer.done():
                        ask.answer.set_result(turn)
        except BaseException as error:
            for ask in (*asked, *self._asked):
                if not ask.answer.done():
                    ask.answer.set_exception(error if isinstance(error, Exception) else asyncio.CancelledError())
            self._asked = []
            if not isinstance(error, Exception):
                raise
        finally:
            self._writer = None

    async def _turn(self, asked: Sequence[_Ask]) -> Turn:
        closing = [verdict for ask in asked for verdict in ask.closing]
        opening = [message_id for ask in asked for message_id in ask.opening]
        attempts = 0

        def work() -> Turn:
            nonlocal attempts
            attempts += 1
            # After an error nobody knows whether the marks were committed: nothing is opened then, and whoever
            # asked gives those messages back.
            wanted = opening if attempts == 1 else []
            return claims.turn(
                owner=self.owner, closing=closing, opening=wanted, lease_seconds=self._lease, rate=self.rate
            )

        return await self.run(work)


def _hang_up() -> None:
    connection.close()  # the name means another connection in each thread


def _patiently(work: Callable[[], T]) -> T:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return work()
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
