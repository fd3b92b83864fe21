"""From a claimed row to the bytes that leave."""

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from backoffice.kernel.models import Store
from backoffice.messaging import mime, services, wording
from backoffice.messaging.addresses import check_address
from backoffice.messaging.claims import Claimed
from backoffice.messaging.models import Wording
from backoffice.messaging.problems import ProblemFound
from backoffice.messaging.rules import REASON_CHANNEL, REASON_UNFILLED, REASON_UNREADY
from backoffice.messaging.smtp_types import Outgoing

log = logging.getLogger(__name__)
CHANNEL = "email"


class Unsendable(Exception):
    """This one message cannot be put together; the text says why and holds no personal data."""


@dataclass(frozen=True, slots=True)
class Form:
    """All that messages of one wording and one store have in common."""

    compiled: wording.Compiled
    skeleton: mime.Skeleton
    sender: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """Claimed messages with their values read and the secrets in clear that they will show."""

    messages: list[tuple[Claimed, Mapping[str, Any]]]
    secrets: Mapping[int, str]
    date: datetime


class Composer:
    """Puts messages together; forms are made once and kept for the life of a relay."""

    def __init__(self) -> None:
        self._forms: dict[tuple[int, int], Form | None] = {}
        self._key = message_id_key()
        self._domain = str(settings.MESSAGING["message_id_domain"])

    def load(self, claimed: Iterable[Claimed]) -> Loaded:
        """Everything that needs the database: new forms, and the secrets of all these messages in one call."""
        messages = [(found, json.loads(found.values)) for found in claimed]
        for found, _values in messages:
            key = (found.wording_id, found.store_id)
            if key not in self._forms:
                self._forms[key] = _make_form(*key)
        wanted: set[int] = set()
        for found, values in messages:
            form = self._forms[found.wording_id, found.store_id]
            if form:
                wanted.update(_secret_ids(form, values))
        secrets = services.resolve_secrets("voucher", sorted(wanted))
        return Loaded(messages, secrets, datetime.now(UTC).replace(microsecond=0))

    def compose(self, claimed: Claimed, values: Mapping[str, Any], loaded: Loaded) -> Outgoing:
        """The finished mail. Raises Unsendable."""
        form = self._forms[claimed.wording_id, claimed.store_id]
        if claimed.channel != CHANNEL:
            raise Unsendable(REASON_CHANNEL)
        if form is None:
            raise Unsendable(REASON_UNREADY)
        try:
            rendered = form.compiled.render(values, loaded.secrets)
            recipient = check_address(claimed.address)
            body = form.skeleton.build(
                recipient=recipient,
                subject=rendered.subject,
                message_id=mime.message_id(claimed.id, key=self._key, domain=self._domain),
                date=loaded.date,
                text=rendered.text,
                html=rendered.html,
            )
        except wording.MissingValues as missing:
            raise Unsendable(REASON_UNFILLED.format(names=", ".join(missing.names))) from missing
        except ProblemFound as problem:
            raise Unsendable(str(problem)) from problem
        except Exception as error:
            # Whatever is wrong with one message must not keep the others from leaving, nor come back for ever.
            log.error("message %d cannot be put together: %s", claimed.id, type(error).__name__)
            raise Unsendable(REASON_UNREADY) from error
        return Outgoing(claimed.id, form.sender, recipient, body)


def message_id_key() -> bytes:
    """The oldest key: a Message-ID must stay the same over the years, whatever signs new vouchers."""
    return str(next(iter(settings.VOUCHER_KEYS.values()))).encode()


def base_url(store: Store) -> str:
    """Below which address the pages of a store's customers live."""
    return store.order_url_base or str(settings.SITE_URL)


def _make_form(wording_id: int, store_id: int) -> Form | None:
    said, store = Wording.objects.get(pk=wording_id), Store.objects.get(pk=store_id)
    try:
        return Form(
            wording.compile(said.subject, said.text, said.language, base_url=base_url(store)),
            mime.Skeleton(sender=store.sender, sender_name=store.name, reply_to=store.reply_to, language=said.language),
            check_address(store.sender),
        )
    except ValueError as problem:
        log.error("wording %d cannot be sent for store %d: %s", wording_id, store_id, problem)
        return None


def _secret_ids(form: Form, values: Mapping[str, Any]) -> tuple[int, ...]:
    try:
        return form.compiled.secret_ids(values)
    except (KeyError, TypeError, ValueError, AttributeError):
        return ()  # composing this message will fail, and say so
