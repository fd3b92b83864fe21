"""The one door through which messages leave. A drill ends here, in the sink, and opens no connection."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from backoffice.messaging import smtp
from backoffice.messaging.rules import State
from backoffice.messaging.smtp_types import Outgoing, Result
from backoffice.messaging.verdicts import Verdict, has_answer, is_line_failure, verdict

DRILL = "drill"
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that is claimed and put together."""

    mode: str
    failures: int
    outgoing: Outgoing

    @property
    def id(self) -> int:
        return int(self.outgoing.key)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a group came to. line_works: None where the mail server was not asked or said nothing."""

    verdicts: list[Verdict]
    line_works: bool | None


async def deliver(group: Sequence[Ready], lane: smtp.Lane) -> Delivery:
    """Let a group go, all of one mode, and say what each message came to."""
    if group[0].mode == DRILL:
        handed = [Verdict(message.id, State.HANDED_OVER, outcome="handed_over") for message in group]
        return Delivery(handed, None)
    results = await lane.send_group([message.outgoing for message in group])
    line_failed = is_line_failure(results)
    failures = {message.id: message.failures for message in group}
    verdicts = [_verdict(result, failures[result.key], line_failed) for result in results]
    return Delivery(verdicts, True if has_answer(results) else False if line_failed else None)


def _verdict(result: Result, failures: int, line_failed: bool) -> Verdict:
    return verdict(result, failures=failures, line_failed=line_failed, jitter=random.random())  # noqa: S311 - spreads retries, keeps no secret


def mail_server() -> smtp.Relay | None:
    """What SMTP_URL names, or None: then no mail leaves and messages wait."""
    if not settings.SMTP_URL:
        return None
    url = urlsplit(settings.SMTP_URL)
    tls = smtp.Tls.NONE
    if url.scheme == "smtps":
        tls = smtp.Tls.IMPLICIT
    elif parse_qs(url.query).get("tls") == ["1"]:
        tls = smtp.Tls.STARTTLS
    return smtp.Relay(
        host=url.hostname or "127.0.0.1",
        port=url.port or _PORTS[url.scheme],
        tls=tls,
        username=unquote(url.username or ""),
        password=unquote(url.password or ""),
        helo=settings.MESSAGING["message_id_domain"],
        connect_timeout=settings.EMAIL_TIMEOUT,
        command_timeout=settings.EMAIL_TIMEOUT,
        answer_timeout=settings.EMAIL_TIMEOUT,
    )
