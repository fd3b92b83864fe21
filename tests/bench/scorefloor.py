"""The least that has to happen to score: the same facts as arrays, and the figures of every supplier by NumPy.

Facts that count are read by COPY in binary, a line told by the hash of its references. Lines are put together, due ones
counted, and waits that are still open treated as such, by the definitions of suppliers.performance; the other facts are
means of parts. It gives the value of 20 of the 29 metrics, which have to be the product's. It has no intervals, scores,
explanations, revisions or standings, and writes nothing.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any

import numpy as np
import psycopg

# Days that are not there, before and after all others.
NEVER = 2**30
EPOCH = "DATE '2000-01-01'"
_COUNTS = """NOT f.withdrawn AND NOT EXISTS (
    SELECT FROM {table} newer WHERE newer.corrects_id = f.id AND newer.corrects_id IS NOT NULL)"""
_WIDTHS = {"int8": 8, "int4": 4, "float8": 8}
_KINDS = {"int8": ">i8", "int4": ">i4", "float8": ">f8"}
Numbers = dict[str, Any]


def _day(column: str) -> str:
    return f"coalesce({column} - {EPOCH}, {NEVER})"


DELIVERIES = {
    "supplier": ("int8", "supplier_id"),
    "line": ("int8", "hashtextextended(source || '/' || order_ref || '/' || line_ref, 0)"),
    "ordered": ("int4", _day("ordered_on")),
    "promised": ("int4", _day("promised_on")),
    "came": ("int4", _day("delivered_on")),
    "unknown": ("int4", "(outcome = 'unknown')::int"),
    "wanted": ("int4", "coalesce(quantity_ordered, -1)"),
    "quantity": ("int4", "coalesce(quantity_delivered, 0)"),
    "changes": ("int4", "coalesce(promise_changes, 0)"),
}
# For each metric that is a mean of parts: the table, Σ of this over Σ of that, for which rows, and the scale.
PARTS = {
    "lots_rejected": ("quality", "rejected::int", "1", "kind = 'lot'", 100),
    "defects": ("quality", "units_defective", "units_checked", "kind = 'lot'", 1_000_000),
    "returns": ("quality", "units_defective", "units_checked", "kind = 'returns'", 1_000),
    "receipt_errors": ("quality", "label_errors + specification_errors", "1", "kind = 'lot'", 1),
    "peak_confirmed": ("ack", "coalesce(quantity_confirmed, 0)", "quantity_asked", "kind = 'order' AND at_peak", 100),
    "surge_accepted": ("ack", "coalesce(accepted, false)::int", "1", "kind = 'surge'", 100),
    "price_kept": ("invoice", "(unit_price <= unit_price_agreed)::int", "1", "true", 100),
    "invoice_match": ("invoice", "matched::int", "1", "true", 100),
    "disputed": ("invoice", "amount_disputed / amount", "1", "true", 100),
    "deposit_open": ("invoice", "deposit_open / amount", "1", "true", 100),
    "claims_recovered": ("claim", "amount_recovered / amount_claimed", "1", "true", 100),
    "feed_uptime": ("rating", "value", "out_of", "kind = 'feed_uptime'", 100),
    "feed_age": ("rating", "value", "1", "kind = 'feed_age'", 1),
    "stars": ("rating", "value / out_of * answers", "answers", "kind = 'stars'", 100),
    "complaints": ("rating", "value", "out_of", "kind = 'complaints'", 1_000),
}


def figures(url: str, *, day: date, early: int) -> dict[str, Numbers]:
    """For each metric: supplier ids and values, NaN where there is none."""
    today = (day - date(2000, 1, 1)).days
    with psycopg.connect(url) as connection:
        found = _deliveries(_read(connection, "delivery", DELIVERIES, "true"), today, early)
        for metric, (table, part, whole, where, scale) in PARTS.items():
            columns = {"supplier": ("int8", "supplier_id"), "x": ("float8", part), "w": ("float8", whole)}
            read = _read(connection, table, columns, where)
            suppliers, places = np.unique(read["supplier"], return_inverse=True)
            value = scale * np.bincount(places, read["x"]) / np.bincount(places, read["w"])
            found[metric] = {"supplier": suppliers, "value": value}
    return found


def _read(connection: Any, table: str, columns: dict[str, tuple[str, str]], where: str) -> Numbers:
    """Columns as arrays. In COPY's binary form a row is its number of fields, and a field its length and value."""
    shown = ", ".join(f"({column})::{kind}" for kind, column in columns.values())
    counts = _COUNTS.format(table=f"suppliers_{table}fact")
    statement = (
        f"COPY (SELECT {shown} FROM suppliers_{table}fact f WHERE {counts} AND {where}) TO STDOUT (FORMAT BINARY)"
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        packed = b"".join(bytes(part) for part in copy)
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, (kind, _column) in columns.items():
        fields += [(f"{name} length", ">i4"), (name, _KINDS[kind])]
    rows = np.frombuffer(packed[19:-2], dtype=np.dtype(fields))
    if any((rows[f"{name} length"] != _WIDTHS[kind]).any() for name, (kind, _column) in columns.items()):
        raise ValueError(f"{table}: a value is missing")
    return {name: rows[name].astype(_KINDS[kind][1:]) for name, (kind, _column) in columns.items()}


def _deliveries(read: Numbers, today: int, early: int) -> dict[str, Numbers]:
    is_there = read["came"] <= today
    read |= {
        "came": np.where(is_there, read["came"], NEVER),
        "quantity": np.where(is_there, read["quantity"], 0),
    }
    order = np.lexsort((read["came"], read["line"], read["supplier"]))
    part = {name: values[order] for name, values in read.items()}
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(part["line"]) != 0) | (np.diff(part["supplier"]) != 0)
    starts = np.flatnonzero(is_first)
    of_line = np.cumsum(is_first) - 1
    wanted, promised = np.maximum.reduceat(part["wanted"], starts), np.minimum.reduceat(part["promised"], starts)
    ordered = np.minimum.reduceat(part["ordered"], starts)
    had = np.cumsum(part["quantity"])
    so_far = had - (had[starts] - part["quantity"][starts])[of_line]
    filled = np.where(so_far >= wanted[of_line], part["came"], NEVER)
    whole = np.minimum.reduceat(filled, starts)
    offset = part["came"] - promised[of_line]
    inside = np.add.reduceat(np.where((offset >= -early) & (offset <= 0), part["quantity"], 0), starts)
    ended = whole < NEVER
    unknown = ~ended & (np.maximum.reduceat(part["unknown"], starts) > 0)
    suppliers, place = np.unique(part["supplier"][starts], return_inverse=True)
    until = np.where(ended, whole, today)
    known = ~unknown
    late, lead = until - promised, until - ordered
    told = {
        "otif": 100 * _share(place[known | (inside >= wanted)], (inside >= wanted)[known | (inside >= wanted)]),
        "on_time": 100 * (1 - _share(place[known], (~ended | (late > 0))[known])),
        "days_late_p90": _quantile(place[known], late[known], ended[known], 0.9),
        "lead_deviation": _deviation(place[ended], lead[ended]),
        "promise_changes": _share(place, np.maximum.reduceat(part["changes"], starts)),
    }
    return {metric: {"supplier": suppliers, "value": value} for metric, value in told.items()}


def _share(place: Any, hits: Any) -> Any:
    return np.bincount(place, hits) / np.bincount(place)


def _deviation(place: Any, values: Any) -> Any:
    n = np.bincount(place)
    away = values - (np.bincount(place, values) / n)[place]
    return np.sqrt(np.bincount(place, away**2) / (n - 1))


def _quantile(place: Any, values: Any, ended: Any, share: float) -> Any:
    """The first value at which no more than 1 − share still wait, by the product limit; NaN where that never is."""
    order = np.lexsort((values, place))
    place, values, ended = place[order], values[order], ended[order]
    is_first = np.ones(len(place), dtype=bool)
    is_first[1:] = (np.diff(place) != 0) | (np.diff(values) != 0)
    starts = np.flatnonzero(is_first)
    step_of, day = place[starts], values[starts]
    over = np.add.reduceat(ended.astype(np.int64), starts)
    begins = np.searchsorted(place, np.arange(place[-1] + 1))
    waiting = np.bincount(place)[step_of] - (starts - begins[step_of])
    with np.errstate(divide="ignore"):
        fall = np.maximum(np.log1p(-over / waiting), -1e6)
    whole = np.cumsum(fall)
    first_step = np.searchsorted(step_of, np.arange(place[-1] + 1))
    alive = np.exp(whole - (whole[first_step] - fall[first_step])[step_of])
    reached = alive <= 1 - share + 1e-9
    found = np.full(place[-1] + 1, np.nan)
    _first(found, step_of[reached], day[reached])
    return found


def _first(into: Any, places: Any, values: Iterable[float]) -> None:
    """Write to each place its first value. places: rising."""
    at, index = np.unique(places, return_index=True)
    into[at] = np.asarray(values)[index]
