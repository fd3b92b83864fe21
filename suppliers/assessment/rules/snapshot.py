"""What a scorecard keeps: its inputs and its result as plain data, from which both can be read again unchanged."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from suppliers.assessment.rules.estimating import Measured
from suppliers.assessment.rules.metrics import Dimension
from suppliers.assessment.rules.policy import Method, Switch
from suppliers.assessment.rules.scoring import Assessed, DimensionScore, Inputs, Item, Score, Stop

_ITEM, _ASSESSED, _ROW, _SCORE = (
    tuple(field.name for field in fields(kind)) for kind in (Item, Assessed, DimensionScore, Score)
)


def inputs_to_data(inputs: Inputs) -> dict[str, Any]:
    """Everything that was scored."""
    return {
        "measured": {key: _figures(found) for key, found in inputs.measured.items()},
        "assessed": [
            _plain(one, _ASSESSED)
            | {"made_on": one.made_on.isoformat(), "valid_until": one.valid_until.isoformat(), "scores": {**one.scores}}
            for one in inputs.assessed
        ],
        "stops": [_stop_to_data(stop) for stop in inputs.stops],
    }


def inputs_from_data(data: Mapping[str, Any]) -> Inputs:
    """The inputs that were kept."""
    return Inputs(
        measured={key: Measured(*figures) for key, figures in data["measured"].items()},
        assessed=[
            Assessed(
                ref=one["ref"],
                method=Method(one["method"]),
                made_on=date.fromisoformat(one["made_on"]),
                valid_until=date.fromisoformat(one["valid_until"]),
                scores={Dimension(name): points for name, points in one["scores"].items()},
            )
            for one in data["assessed"]
        ],
        stops=[_stop_from_data(stop) for stop in data["stops"]],
    )


def score_to_data(found: Score) -> dict[str, Any]:
    """The whole score."""
    rows = [_plain(row, _ROW) | {"items": [_plain(item, _ITEM) for item in row.items]} for row in found.dimensions]
    return _plain(found, _SCORE) | {"dimensions": rows, "stops": [_stop_to_data(stop) for stop in found.stops]}


def score_from_data(data: Mapping[str, Any]) -> Score:
    """The score that was kept."""
    rows = (
        DimensionScore(
            **row
            | {
                "dimension": Dimension(row["dimension"]),
                "items": tuple(Item(**item | {"dimension": Dimension(item["dimension"])}) for item in row["items"]),
                "missing": tuple(row["missing"]),
            }
        )
        for row in data["dimensions"]
    )
    stops = tuple(_stop_from_data(stop) for stop in data["stops"])
    return Score(**{**data, "dimensions": tuple(rows), "stops": stops})


def digest(found: Score, *, policy_version: int) -> str:
    """Return a mark that changes when a person would see another score: its figures to one decimal, and each sample."""
    seen = [
        policy_version,
        [found.total, found.low, found.high, found.coverage],
        [[row.dimension, _shown(row.points)] for row in found.dimensions],
        [[item.key, item.dimension, _shown(item.points), item.n] for row in found.dimensions for item in row.items],
        [_stop_to_data(stop) for stop in found.stops],
    ]
    return hashlib.sha1(json.dumps(seen).encode(), usedforsecurity=False).hexdigest()


def _figures(found: Measured) -> list[float | None]:
    known = [found.n, found.value, found.low, found.high]
    return known if found.least is None else [*known, found.least]


def _plain(one: object, names: tuple[str, ...]) -> dict[str, Any]:
    """The fields as they are. dataclasses.asdict would copy everything below them, most of the time of a scoring."""
    return {name: getattr(one, name) for name in names}


def _shown(points: float | None) -> float | None:
    return None if points is None else round(points, 1)


def _stop_to_data(stop: Stop) -> dict[str, Any]:
    return {"switch": stop.switch, "because": stop.because, "on": stop.on.isoformat() if stop.on else None}


def _stop_from_data(data: Mapping[str, Any]) -> Stop:
    return Stop(Switch(data["switch"]), data["because"], date.fromisoformat(data["on"]) if data["on"] else None)
