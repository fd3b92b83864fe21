"""The statements by which the database adds up facts about suppliers, put together from what somebody asks for.

The rules are those of suppliers.performance: a withdrawn fact and one that was corrected do not count, and an answer
that came later was not there yet. Parameters: as_of, since and suppliers (null: without a limit), zone.
"""

from collections.abc import Collection

from suppliers.assessment.rules.metrics import Evidence


def _counting(table: str, day: str) -> str:
    """The facts of a table that count, each with the day it is of."""
    return f"""(
        SELECT f.*, {day} AS on_day FROM {table} f
        WHERE NOT f.withdrawn AND NOT EXISTS (
                SELECT FROM {table} newer WHERE newer.corrects_id = f.id AND newer.corrects_id IS NOT NULL)
            AND (%(suppliers)s::bigint[] IS NULL OR f.supplier_id = ANY(%(suppliers)s))
            AND {day} <= %(as_of)s AND (%(since)s::date IS NULL OR {day} >= %(since)s))"""


_ASKED = "(f.asked_at AT TIME ZONE %(zone)s)::date"
_FACTS = {
    Evidence.ACK: f"""(
        SELECT a.*, coalesce(quantity_confirmed, CASE WHEN accepted IS FALSE THEN 0 END) AS confirmed,
            CASE WHEN (answered_at AT TIME ZONE %(zone)s)::date <= %(as_of)s THEN answered_at END AS heard_at
        FROM {_counting("suppliers_ackfact", _ASKED)} a)""",
    Evidence.QUALITY: _counting("suppliers_qualityfact", "f.observed_on"),
    Evidence.INVOICE: _counting("suppliers_invoicefact", "f.invoiced_on"),
    Evidence.CLAIM: _counting("suppliers_claimfact", "f.opened_on"),
    Evidence.RATING: _counting("suppliers_ratingfact", "f.observed_on"),
    Evidence.ACTION: """(
        SELECT * FROM suppliers_correctiveaction a
        WHERE a.state <> 'withdrawn' AND (%(suppliers)s::bigint[] IS NULL OR a.supplier_id = ANY(%(suppliers)s))
            AND a.asked_on <= %(as_of)s AND (%(since)s::date IS NULL OR a.asked_on >= %(since)s))""",
}
# What was asked on the day itself may still be answered, so that silence says nothing yet.
_SILENT = "heard_at IS NULL AND on_day < %(as_of)s"
_OBSERVED = {
    Evidence.ACK: f"""
    SELECT supplier_id, 'peak_confirmed', 1, quantity_asked::float, quantity_asked::float ^ 2,
        CASE WHEN heard_at IS NULL THEN 0 ELSE least(confirmed, quantity_asked)::float END
    FROM ack WHERE kind = 'order' AND at_peak AND quantity_asked > 0
        AND ({_SILENT} OR heard_at IS NOT NULL AND confirmed IS NOT NULL)
    UNION ALL
    SELECT supplier_id, 'surge_accepted', 1, 1, 1, (heard_at IS NOT NULL AND accepted)::int
    FROM ack WHERE kind = 'surge' AND ({_SILENT} OR heard_at IS NOT NULL AND accepted IS NOT NULL)""",
    Evidence.QUALITY: """
    SELECT supplier_id, 'returns', units_checked, units_checked, units_checked, units_defective
    FROM quality WHERE kind = 'returns' AND units_checked > 0 AND units_defective IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'repeat_defects', 1, 1, 1, (row_number() OVER (
        PARTITION BY supplier_id, product_id, defect_code ORDER BY observed_on, id) > 1)::int
    FROM quality WHERE defect_code <> ''
    UNION ALL
    SELECT supplier_id, CASE kind WHEN 'recall' THEN 'recalls' ELSE 'labelling' END, 1, 1, 1, 1
    FROM quality WHERE kind IN ('recall', 'labelling')""",
    Evidence.INVOICE: """
    SELECT supplier_id, 'price_kept', 1, 1, 1, (unit_price <= unit_price_agreed)::int
    FROM invoice WHERE unit_price IS NOT NULL AND unit_price_agreed IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'invoice_match', 1, 1, 1, matched::int FROM invoice WHERE matched IS NOT NULL
    UNION ALL
    -- Amounts of several currencies do not add up, so each line counts with its own share.
    SELECT supplier_id, 'disputed', 1, 1, 1, amount_disputed / amount
    FROM invoice WHERE amount > 0 AND amount_disputed IS NOT NULL
    UNION ALL
    SELECT supplier_id, 'deposit_open', 1, 1, 1, least(deposit_open / amount, 1)
    FROM invoice WHERE amount > 0 AND deposit_open IS NOT NULL""",
    Evidence.CLAIM: """
    SELECT supplier_id, 'claims_recovered', 1, 1, 1, least(amount_recovered / amount_claimed, 1)
    FROM claim WHERE closed_on <= %(as_of)s AND amount_claimed > 0 AND amount_recovered IS NOT NULL""",
    Evidence.RATING: """
    SELECT supplier_id, kind, answers, answers, answers, value / out_of * answers
    FROM rating WHERE kind IN ('stars', 'satisfaction')
    UNION ALL
    SELECT supplier_id, kind, out_of, out_of, out_of, value FROM rating WHERE kind = 'complaints'
    UNION ALL
    SELECT supplier_id, kind, 1, out_of, out_of ^ 2, value FROM rating WHERE kind = 'feed_uptime'""",
}
_MEANS = {
    Evidence.QUALITY: """
    SELECT supplier_id, 'receipt_errors', coalesce(label_errors, 0) + coalesce(specification_errors, 0)
    FROM quality WHERE kind = 'lot' AND (label_errors IS NOT NULL OR specification_errors IS NOT NULL)""",
    Evidence.RATING: """
    SELECT supplier_id, 'feed_age', value FROM rating WHERE kind = 'feed_age'""",
}
_LASTING = {
    Evidence.ACK: f"""
    SELECT supplier_id, CASE kind WHEN 'order' THEN 'ack_hours' ELSE 'substitute_hours' END,
        floor(extract(epoch FROM coalesce(
            heard_at, (%(as_of)s + 1)::timestamp AT TIME ZONE %(zone)s) - asked_at) / 3600)::int,
        heard_at IS NOT NULL
    FROM ack WHERE kind IN ('order', 'substitute') AND ({_SILENT} OR heard_at IS NOT NULL)""",
    Evidence.QUALITY: """
    SELECT supplier_id, 'corrective_days',
        CASE WHEN corrected_on <= %(as_of)s THEN corrected_on ELSE %(as_of)s END - observed_on,
        coalesce(corrected_on <= %(as_of)s, false)
    FROM quality WHERE rejected OR defect_code <> ''""",
    # A request waits for the supplier until the answer that was then verified. While we look at an answer, all that is
    # known is that it took at least so long.
    Evidence.ACTION: """
    SELECT supplier_id, 'action_days', least(coalesce(answered_on, %(as_of)s), %(as_of)s) - asked_on,
        coalesce(state = 'verified' AND answered_on <= %(as_of)s AND closed_on <= %(as_of)s, false)
    FROM action""",
}


def parts(evidence: Collection[Evidence]) -> str:
    """Shares and parts of a whole: supplier, metric, n, Σw, Σw² and Σw·x. Empty where nothing asked for has any."""
    summed = "sum(n)::bigint, sum(weight::float), sum(squares::float), sum(total::float)"
    columns = "supplier_id, key, n, weight, squares, total"
    return _statement(_OBSERVED, evidence, columns, f"supplier_id, key, {summed}", "supplier_id, key")


def moments(evidence: Collection[Evidence]) -> str:
    """Values of any size: supplier, metric, n, Σx and Σx². Empty where nothing asked for has any."""
    summed = "count(*), sum(x)::float, sum(x * x)::float"
    return _statement(_MEANS, evidence, "supplier_id, key, x", f"supplier_id, key, {summed}", "supplier_id, key")


def waits(evidence: Collection[Evidence]) -> str:
    """Waits: supplier, metric, how long in its unit, whether it has ended, how often. Empty where nothing has any."""
    columns = "supplier_id, key, waited, ended"
    return _statement(_LASTING, evidence, columns, f"{columns}, count(*)", columns)


def _statement(
    branches: dict[Evidence, str], evidence: Collection[Evidence], columns: str, shown: str, grouped: str
) -> str:
    """Everything that the branches of this evidence observe, put together, each table read once."""
    wanted = [one for one in branches if one in evidence]
    if not wanted:
        return ""
    facts = ", ".join(f"{one.value} AS {_FACTS[one]}" for one in wanted)
    observed = " UNION ALL ".join(branches[one] for one in wanted)
    return f"WITH {facts}, observed({columns}) AS ({observed}) SELECT {shown} FROM observed GROUP BY {grouped}"
