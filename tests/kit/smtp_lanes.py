"""Messages to send over a lane to a fault server, and what they came to, in few words."""

from collections.abc import Callable
from typing import Any

import uvloop

from backoffice.messaging.smtp import Lane, Outcome, Outgoing, Reason, Relay, Result
from tests.kit.smtp_faults import Fault, FaultServer

SENT = (Outcome.SENT, Reason.ACCEPTED)


def body(name: str, text: str = "Hello\r\n") -> bytes:
    return f"Message-ID: <{name}@shop.example>\r\n\r\n{text}".encode()


def outgoing(*names: str) -> list[Outgoing]:
    return [Outgoing(name, "shop@example.com", f"{name}@example.com", body(name)) for name in names]


def relay_to(server: FaultServer, fault: Fault = Fault.NONE, **settings: Any) -> Relay:
    """Patient, so that a busy machine fails no test; impatient only where the fault is silence."""
    patience = 0.4 if "hang" in f"{fault} {server.fault}" else 20.0
    times = {"connect_timeout": 20.0, "command_timeout": patience, "answer_timeout": patience}
    return Relay(**{"host": "127.0.0.1", "port": server.port, **times, **settings})


def sent_by(relay: Relay, items: list[Outgoing], on_result: Callable[[Result], None] | None = None) -> list[Result]:
    async def run() -> list[Result]:
        lane = Lane(relay)
        try:
            return await lane.send_group(items, on_result)
        finally:
            await lane.close()

    return uvloop.run(run())


def ways(results: list[Result]) -> list[tuple[Outcome, Reason]]:
    return [(result.outcome, result.reason) for result in results]
