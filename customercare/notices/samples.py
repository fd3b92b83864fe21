"""What some customers of a fan-out would read, before anything is written: real ones, the longest, every language."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from backoffice.messaging import composing, wording
from customercare.macros import previews
from customercare.notices.bodies import SAMPLE_BODIES, parameters
from customercare.notices.models import Fanout, Notice

LARGEST_ID = 2**63 - 1
# The first, the middle and the last message, the one with most to say, and one in each language.
_PICK = """
WITH letters AS (
    SELECT n.leader, min(w.language) AS language, count(*) AS orders,
        sum(length(o.contact_name) + coalesce(items.letters, 0)) AS letters
    FROM customercare_notice n
    JOIN messaging_wording w ON w.id = n.wording_id
    JOIN orders_order o ON o.id = n.order_id
    LEFT JOIN LATERAL (
        SELECT sum(length(l.title)) AS letters FROM orders_orderline l WHERE l.order_id = o.id
    ) items ON true
    WHERE n.fanout_id = %s AND n.skipped = ''
    GROUP BY n.leader
), placed AS (
    SELECT leader, language, row_number() OVER (ORDER BY leader) AS place, count(*) OVER () AS total,
        row_number() OVER (ORDER BY orders DESC, letters DESC, leader) AS length_place,
        row_number() OVER (PARTITION BY language ORDER BY leader) AS language_place
    FROM letters
)
SELECT leader, language, place IN (1, (total + 1) / 2, total) AS real, length_place = 1 AS longest
FROM placed
WHERE place IN (1, (total + 1) / 2, total) OR length_place = 1 OR language_place = 1
ORDER BY real DESC, longest DESC, leader
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One message as its recipient would read it. why: what it stands for; problem: why it cannot be shown, or ""."""

    leader: int
    language: str
    why: str
    orders: tuple[str, ...]
    order_id: int
    subject: str = ""
    text: str = ""
    html: str = ""
    problem: str = ""


def pick(fanout: Fanout, *, today: date) -> list[Sample]:
    """Three real messages, the longest, and one in each language that these do not show yet."""
    with connection.cursor() as cursor:
        cursor.execute(_PICK, [fanout.pk])
        picked = cursor.fetchall()
    wanted: dict[int, str] = {}
    languages: set[str] = set()
    for leader, language, real, longest in picked:
        if real or longest or language not in languages:
            wanted[leader] = _("the longest") if longest else _("one of them") if real else _("its language")
            languages.add(language)
    return _render(fanout, wanted, today)


def one(fanout: Fanout, *, leader: int, today: date) -> Sample | None:
    """The message of one leader notice, None when this fan-out has no such message."""
    found = _render(fanout, {leader: ""}, today) if leader <= LARGEST_ID else []
    return found[0] if found else None


def _render(fanout: Fanout, wanted: dict[int, str], today: date) -> list[Sample]:
    """Messages from the very statement that planning runs, their codes hidden; in the order they are wanted."""
    leaders = list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(SAMPLE_BODIES, {**parameters(fanout, today=today), "leaders": leaders})
        bodies: dict[int, dict[str, Any]] = {row[1]: json.loads(row[-1]) for row in cursor.fetchall()}
    first = Notice.objects.select_related("wording").in_bulk(list(bodies))
    return [_sample(fanout, first[leader], bodies[leader], wanted[leader]) for leader in leaders if leader in bodies]


def _sample(fanout: Fanout, first: Notice, values: dict[str, Any], why: str) -> Sample:
    orders = tuple(order["order_number"] for order in values["orders"])
    said = first.wording
    if said is None:
        return Sample(first.pk, "", why, orders, first.order_id, problem=_("No text suits this customer."))
    compiled = wording.compile(said.subject, said.text, said.language, base_url=composing.base_url(fanout.store))
    try:
        rendered = compiled.render(values, previews.masks(compiled.secret_ids(values)))
    except wording.MissingValues as missing:
        problem = _("A value is missing: {names}.").format(names=", ".join(missing.names))
        return Sample(first.pk, said.language, why, orders, first.order_id, problem=problem)
    return Sample(first.pk, said.language, why, orders, first.order_id, rendered.subject, rendered.text, rendered.html)
