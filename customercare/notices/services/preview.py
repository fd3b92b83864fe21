"""The preview decides, for the whole audience at once, who hears what, with how much, and who is left out and why.

It ends in one hash over exactly that; confirming and approving are bound to it.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from backoffice.kernel.errors import Refusal
from backoffice.messaging import wording
from customercare.compensation import selectors as compensation
from customercare.compensation import services as grants
from customercare.macros import rules as macros
from customercare.macros import selectors as macro_texts
from customercare.macros.models import MacroVariant
from customercare.notices.models import Fanout, Notice
from customercare.notices.rules import State
from customercare.notices.services import audience

# Placeholder -> when an order has no value for it. new_date has its own column: a choice exists for it.
_LACKS = {
    "customer_name": "o.contact_name = ''",
    "promised_date": "o.promised_on IS NULL",
    "delivered_date": "o.delivered_on IS NULL",
    "items": "NOT EXISTS (SELECT 1 FROM orders_orderline l WHERE l.order_id = o.id)",
}
_LACKING = " ".join(f"WHEN '{name}' = ANY(t.used) AND {test} THEN '{name}'" for name, test in _LACKS.items())

# base: each order on its own. grouped: what the orders of a contact that will be told decide together. One pass without
# a join of the audience with itself, because the rows are new and the database knows no statistics about them yet.
_DECIDE = f"""
WITH texts AS (
    SELECT * FROM unnest(%(wanted)s::text[], %(languages)s::text[], %(useds)s::text[], %(main_plain)s::bigint[],
        %(main_offer)s::bigint[], %(next_plain)s::bigint[], %(next_offer)s::bigint[])
        AS t(wanted, language, used_list, main_plain, main_offer, next_plain, next_offer)
), base AS (
    SELECT n.id, n.contact_key, n.order_id, t.language,
        {{amount}} AS amount,
        %(needs_date)s AND coalesce(o.expected_on < %(today)s, true) AS undated,
        CASE
            WHEN n.skipped = 'manual' THEN 'manual'
            WHEN o.contact_email = '' THEN 'no_address'
            WHEN EXISTS (SELECT 1 FROM messaging_suppression s WHERE s.address = n.contact_key
                AND s.channel = 'email' AND s.category IN ('', 'service')) THEN 'suppressed'
            WHEN %(rule)s <> 'none' AND o.currency <> %(currency)s THEN 'other_currency'
            ELSE coalesce('no_' || (CASE {_LACKING} END), '')
        END AS skipped
    FROM customercare_notice n
    JOIN orders_order o ON o.id = n.order_id
    JOIN (SELECT *, string_to_array(used_list, ' ') AS used FROM texts) t ON t.wanted = n.language
    WHERE n.fanout_id = %(fanout)s
), decided AS (
    SELECT *, CASE WHEN skipped = '' AND undated AND %(missing)s = 'exclude' THEN 'no_new_date' ELSE skipped END AS out
    FROM base
), grouped AS (
    SELECT id, amount, out,
        min(id) OVER contact AS leader,
        first_value(language) OVER (contact ORDER BY id) AS language,
        bool_or(undated) OVER contact AND %(missing)s = 'next_update' AS tells_next,
        bool_or(amount > 0) OVER contact AS offers
    FROM decided WINDOW contact AS (PARTITION BY contact_key, out = '')
)
UPDATE customercare_notice n SET
    skipped = g.out,
    leader = CASE WHEN g.out = '' THEN g.leader ELSE 0 END,
    amount = CASE WHEN g.out = '' THEN g.amount ELSE 0 END,
    wording_id = CASE
        WHEN g.out <> '' THEN NULL
        WHEN g.tells_next AND g.offers THEN t.next_offer
        WHEN g.tells_next THEN t.next_plain
        WHEN g.offers THEN t.main_offer
        ELSE t.main_plain
    END
FROM grouped g
LEFT JOIN (SELECT DISTINCT ON (language) * FROM texts) t ON t.language = g.language
WHERE n.id = g.id
"""
_TOTALS = """
SELECT count(*), count(*) FILTER (WHERE n.skipped NOT IN ('', 'suppressed')),
    count(*) FILTER (WHERE n.skipped = 'suppressed'), count(DISTINCT n.leader) FILTER (WHERE n.skipped = ''),
    coalesce(sum(n.amount), 0),
    count(*) FILTER (WHERE n.skipped = '' AND n.wording_id IS NULL),
    count(*) FILTER (WHERE n.skipped = '' AND %(needs_date)s AND coalesce(o.expected_on < %(today)s, true)),
    encode(sha256(convert_to(coalesce(string_agg(concat_ws('|', n.order_id, n.skipped, n.amount, n.wording_id, n.leader,
        o.promised_on, o.expected_on, n.contact_key), E'\\n' ORDER BY n.order_id), ''), 'UTF8')), 'hex')
FROM customercare_notice n JOIN orders_order o ON o.id = n.order_id
WHERE n.fanout_id = %(fanout)s
"""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the preview came to: orders in the audience, left out, suppressed; messages; money; hash of it all.

    undated: orders that will be told although no new date is known and nobody chose what to do about it.
    """

    audience: int
    skipped: int
    suppressed: int
    messages: int
    cost: Decimal
    unworded: int
    undated: int
    rows_hash: str

    @property
    def told(self) -> int:
        return self.audience - self.skipped - self.suppressed


@transaction.atomic
def preview(*, fanout_id: int, today: date) -> Totals:
    """Decide for the whole audience and bind it to a hash. Raises Refusal when the plan is not complete."""
    fanout = audience.lock_open(fanout_id)
    _check_plan(fanout, today)
    values = {**_common(fanout, today), **_texts(fanout)}
    rule, rule_params = _amount(fanout)
    with connection.cursor() as cursor:
        cursor.execute(_DECIDE.replace("{amount}", rule), values | rule_params)
    totals = count(fanout, today=today)
    if totals.unworded:
        raise Refusal(
            "fanout.no_offer_text",
            _("{count} customers would get a voucher that no text mentions. Add an offer to the macro.").format(
                count=totals.unworded
            ),
        )
    audience.void_preview(fanout_id)
    Fanout.objects.filter(pk=fanout_id).update(
        state=State.PREVIEWED,
        audience_n=totals.audience,
        skipped_n=totals.skipped,
        suppressed_n=totals.suppressed,
        message_n=totals.messages,
        cost=totals.cost,
        content_hash=content_hash(fanout, totals),
    )
    return totals


def count(fanout: Fanout, *, today: date) -> Totals:
    """Count and hash the frozen audience as it stands."""
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS, _common(fanout, today))
        return Totals(*cursor.fetchone())


def content_hash(fanout: Fanout, totals: Totals) -> str:
    """The hash of audience, texts, amounts and everything else that a second person says yes to."""
    settings = (
        fanout.cause_ref, fanout.wave, fanout.mode, fanout.macro_version_id, fanout.rule, fanout.rule_value,
        fanout.rule_cap, fanout.currency, fanout.valid_days, fanout.missing, fanout.next_update_on, fanout.fill_on,
        fanout.budget_id,
    )  # fmt: skip
    return hashlib.sha256(f"{settings}|{totals.rows_hash}".encode()).hexdigest()


def _common(fanout: Fanout, today: date) -> dict[str, Any]:
    version = fanout.macro_version
    return {
        "fanout": fanout.pk,
        "today": today,
        "missing": fanout.missing,
        "rule": fanout.rule,
        "currency": fanout.currency,
        "needs_date": bool(version and version.needs_new_date),
    }


def _check_plan(fanout: Fanout, today: date) -> None:
    if fanout.macro_version_id is None:
        raise Refusal("fanout.no_macro", _("Choose a macro: customers need words."), "macro_version")
    if fanout.missing == Fanout.Missing.FILL and (fanout.fill_on is None or fanout.fill_on < today):
        raise Refusal("fanout.fill_on", _("Enter the new date, today or later."), "fill_on")
    if fanout.missing == Fanout.Missing.NEXT_UPDATE and (
        fanout.next_update_on is None or fanout.next_update_on < today
    ):
        raise Refusal("fanout.next_update", _("Enter the day of the next update, today or later."), "next_update_on")


def _amount(fanout: Fanout) -> tuple[str, dict[str, Any]]:
    """The rule as SQL with named parameters, from the compensation room's own expression."""
    if fanout.rule == Fanout.Rule.NONE:
        return "0::numeric", {}
    rule = grants.value_rule(basis=fanout.rule, value=fanout.rule_value, currency=fanout.currency, cap=fanout.rule_cap)
    expression, params = compensation.amount_sql(rule)
    names = [f"rule_{number}" for number in range(len(params))]
    for name in names:
        expression = expression.replace("%s", f"%({name})s", 1)
    return expression, dict(zip(names, params, strict=True))


def _texts(fanout: Fanout) -> dict[str, Any]:
    """One entry per language that occurs in the audience: the language it is told in and the wordings for it."""
    assert fanout.macro_version is not None  # noqa: S101 - _check_plan refused that
    texts = macro_texts.texts(fanout.macro_version)
    available = {language for language, kind in texts if kind == MacroVariant.Kind.MAIN}
    wanted = list(Notice.objects.filter(fanout=fanout).order_by().values_list("language", flat=True).distinct())
    told = [macros.resolve_language(language, available) for language in wanted]
    mains = [texts[language, MacroVariant.Kind.MAIN] for language in told]
    nexts = [texts.get((language, MacroVariant.Kind.NEXT_UPDATE)) for language in told]
    return {
        "wanted": wanted,
        "languages": told,
        "useds": [" ".join(wording.placeholders(v.subject, v.text, v.offer, v.closing)) for v in mains],
        "main_plain": [v.plain_wording_id for v in mains],
        "main_offer": [v.offer_wording_id for v in mains],
        "next_plain": [v.plain_wording_id if v else None for v in nexts],
        "next_offer": [v.offer_wording_id if v else None for v in nexts],
    }
