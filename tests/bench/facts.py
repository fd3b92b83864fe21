"""Facts about many suppliers, written set-based by the database: the same ones in every run.

All of them lie in the year before the day, so that each is inside a window of the default policy and counts. Of four
lines three come whole and one in two halves, so that 400 lines of a supplier are 500 facts; one part in fifty is still
open, one in a hundred unknown, and one fact in a hundred is corrected. Some suppliers are late once in fifty times,
some once in three.
"""

from datetime import date, datetime
from typing import Any

from django.db import connection

LINES_OF_FACTS = 0.8
# A number from 0 to 1 that follows from a number and a salt.
_DICE = """
CREATE OR REPLACE FUNCTION bench_dice(n bigint, salt bigint) RETURNS float LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (hashint8extended(n, salt) & 2147483647) / 2147483648.0::float $$
"""
_SUPPLIERS = """
INSERT INTO suppliers_supplier (code, name, legal_name, kind, state, country, currency, language, languages, notes,
    version)
SELECT 'BENCH-' || lpad(n::text, 5, '0'), 'Bench supplier ' || n, '', 'supplier', 'active', 'PL', 'PLN', 'pl', '{}',
    '', 1
FROM generate_series(1, %(suppliers)s) n
"""
_CERTIFICATES = """
INSERT INTO suppliers_certificate (supplier_id, kind, number, issuer, valid_until, is_critical, is_retired, version)
SELECT id, 'quality', 'Q-' || id, '', %(day)s::date + (30 + 700 * bench_dice(id, 1))::int, false, false, 1
FROM suppliers_supplier WHERE code LIKE 'BENCH-%%'
"""
# One row for each of so many things of each supplier, in the order in which time brings them: all suppliers mixed.
_EACH = """(
    SELECT s.id AS supplier_id, s.place, turn, turn * 1000000 + s.place AS n
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) turn, (
        SELECT id, row_number() OVER (ORDER BY id) AS place FROM suppliers_supplier WHERE code LIKE 'BENCH-%%') s
    WHERE s.place <= %(suppliers)s ORDER BY turn, s.place) each"""
_DELIVERIES = f"""
INSERT INTO suppliers_deliveryfact (source, key, supplier_id, withdrawn, digest, recorded_at, order_ref, line_ref,
    outcome, ordered_on, promised_on, delivered_on, quantity_ordered, quantity_delivered, promise_changes)
SELECT 'bench', 'D-' || n || '/' || part, supplier_id, false, md5(n::text), %(now)s, 'PO-' || turn / 4, n, outcome,
    promised - 7 - (30 * bench_dice(n, 2))::int, promised, CASE outcome WHEN 'delivered' THEN promised + late END,
    20, CASE outcome WHEN 'delivered' THEN 20 / parts END, (bench_dice(n, 3) < 0.1)::int
FROM (
    SELECT *, CASE WHEN bench_dice(n, 4 + part) < 0.02 THEN 'open' WHEN bench_dice(n, 4 + part) < 0.03 THEN 'unknown'
            ELSE 'delivered' END AS outcome,
        %(day)s::date - 1 - (300 * bench_dice(n, 7))::int AS promised,
        CASE WHEN bench_dice(n, 8 + part) < 0.02 + 0.3 * bench_dice(place, 11)
            THEN 1 + (20 * bench_dice(n, 12 + part) ^ 2)::int ELSE -(4 * bench_dice(n, 15))::int END AS late
    FROM {_EACH}, LATERAL (SELECT CASE turn %% 4 WHEN 0 THEN 2 ELSE 1 END AS parts) split,
        LATERAL generate_series(1, parts) part) told
"""
_CORRECTIONS = """
INSERT INTO suppliers_deliveryfact (source, key, supplier_id, withdrawn, digest, recorded_at, order_ref, line_ref,
    outcome, ordered_on, promised_on, delivered_on, quantity_ordered, quantity_delivered, promise_changes, corrects_id)
SELECT source, key || '/again', supplier_id, false, digest, %(now)s, order_ref, line_ref, outcome, ordered_on,
    promised_on, delivered_on - 1, quantity_ordered, quantity_delivered, promise_changes, id
FROM suppliers_deliveryfact WHERE outcome = 'delivered' AND bench_dice(id, 16) < 0.01
"""
_QUALITY = f"""
INSERT INTO suppliers_qualityfact (source, key, supplier_id, withdrawn, digest, recorded_at, kind, observed_on,
    order_ref, lot_ref, units_checked, units_defective, rejected, label_errors, specification_errors, defect_code)
SELECT 'bench', 'Q-' || n, supplier_id, false, md5(n::text), %(now)s, kind,
    %(day)s::date - (360 * bench_dice(n, 17))::int, '', '', 200,
    CASE WHEN kind IN ('lot', 'returns') THEN (200 * 0.04 * bench_dice(n, 18) ^ 4)::int END,
    CASE kind WHEN 'lot' THEN bench_dice(n, 19) < 0.03 END,
    CASE kind WHEN 'lot' THEN (bench_dice(n, 20) < 0.05)::int END, CASE kind WHEN 'lot' THEN 0 END,
    CASE WHEN kind = 'lot' AND bench_dice(n, 19) < 0.06 THEN 'D' || (9 * bench_dice(n, 21))::int ELSE '' END
FROM (SELECT *, CASE turn %% 10 WHEN 0 THEN 'returns' WHEN 1 THEN CASE WHEN bench_dice(n, 22) < 0.02
        THEN 'labelling' ELSE 'lot' END ELSE 'lot' END AS kind FROM {_EACH}) told
"""
_ACKS = f"""
INSERT INTO suppliers_ackfact (source, key, supplier_id, withdrawn, digest, recorded_at, kind, asked_at, order_ref,
    answered_at, accepted, quantity_asked, quantity_confirmed, at_peak)
SELECT 'bench', 'A-' || n, supplier_id, false, md5(n::text), %(now)s, kind, asked_at, '',
    CASE WHEN is_answered THEN asked_at + interval '1 hour' * (1 + 90 * bench_dice(n, 23) ^ 2)::int END,
    CASE WHEN is_answered AND kind <> 'order' THEN bench_dice(n, 24) < 0.7 END, 100,
    CASE WHEN is_answered THEN 100 - (40 * bench_dice(n, 25) ^ 3)::int END, turn %% 8 = 0
FROM (SELECT *, bench_dice(n, 26) < 0.97 AS is_answered,
        %(day)s::timestamptz - interval '1 hour' * (200 + 8000 * bench_dice(n, 27))::int AS asked_at,
        CASE turn %% 10 WHEN 8 THEN 'surge' WHEN 9 THEN 'substitute' ELSE 'order' END AS kind FROM {_EACH}) told
"""
_INVOICES = f"""
INSERT INTO suppliers_invoicefact (source, key, supplier_id, withdrawn, digest, recorded_at, invoice_ref, invoiced_on,
    currency, amount, order_ref, amount_disputed, matched, unit_price, unit_price_agreed, deposit_open)
SELECT 'bench', 'I-' || n, supplier_id, false, md5(n::text), %(now)s, 'F-' || n,
    %(day)s::date - (360 * bench_dice(n, 28))::int, 'PLN', 1000, '',
    CASE WHEN bench_dice(n, 29) < 0.04 THEN 250 ELSE 0 END, bench_dice(n, 29) >= 0.04,
    CASE WHEN bench_dice(n, 30) < 0.05 THEN 11 ELSE 10 END, 10, CASE turn %% 10 WHEN 0 THEN 300 ELSE 0 END
FROM {_EACH}
"""
_CLAIMS = f"""
INSERT INTO suppliers_claimfact (source, key, supplier_id, withdrawn, digest, recorded_at, claim_ref, opened_on,
    currency, amount_claimed, reason, amount_recovered, closed_on)
SELECT 'bench', 'C-' || n, supplier_id, false, md5(n::text), %(now)s, 'C-' || n,
    %(day)s::date - 60 - (290 * bench_dice(n, 31))::int, 'PLN', 200, '', (200 * bench_dice(n, 32))::int,
    %(day)s::date - 30
FROM {_EACH}
"""
_RATINGS = f"""
INSERT INTO suppliers_ratingfact (source, key, supplier_id, withdrawn, digest, recorded_at, kind, observed_on, value,
    out_of, answers)
SELECT 'bench', 'R-' || n, supplier_id, false, md5(n::text), %(now)s, kind,
    %(day)s::date - (85 * bench_dice(n, 33))::int,
    CASE kind WHEN 'stars' THEN 3 + 2 * bench_dice(n, 34) WHEN 'complaints' THEN (20 * bench_dice(n, 34) ^ 2)::int
        WHEN 'feed_age' THEN 24 * bench_dice(n, 34) ^ 2 ELSE 1440 - (60 * bench_dice(n, 34) ^ 2)::int END,
    CASE kind WHEN 'stars' THEN 5 WHEN 'complaints' THEN 2000 WHEN 'feed_uptime' THEN 1440 END,
    CASE kind WHEN 'stars' THEN 12 ELSE 1 END
FROM (SELECT *, (ARRAY['stars', 'complaints', 'feed_age', 'feed_uptime'])[1 + turn %% 4] AS kind FROM {_EACH}) told
"""
# How many of each a supplier has, for 500 deliveries of it.
_BESIDE = {_QUALITY: 50, _ACKS: 50, _INVOICES: 50, _CLAIMS: 4, _RATINGS: 20}


def write(*, suppliers: int, deliveries: int, day: date, now: datetime) -> None:
    """So many suppliers with so many deliveries together, and what else is known of suppliers."""
    lines = round(deliveries / suppliers * LINES_OF_FACTS)
    given = {"suppliers": suppliers, "day": day, "now": now}
    for statement in (_DICE, _SUPPLIERS, _CERTIFICATES):
        _execute(statement, given)
    _execute(_DELIVERIES, given | {"first": 1, "last": lines})
    _execute(_CORRECTIONS, given)
    for statement, times in _BESIDE.items():
        _execute(statement, given | {"first": 1, "last": times})
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def write_more(*, suppliers: int, deliveries: int, day: date, now: datetime) -> None:
    """So many new deliveries of the first so many suppliers."""
    lines = round(deliveries / suppliers * LINES_OF_FACTS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM suppliers_deliveryfact WHERE corrects_id IS NULL")
        first = 1 + cursor.fetchone()[0]
    _execute(_DELIVERIES, {"suppliers": suppliers, "day": day, "now": now, "first": first, "last": first + lines - 1})


def _execute(statement: str, given: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
