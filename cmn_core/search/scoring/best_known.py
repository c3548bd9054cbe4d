"""How far a search ends from the best that is known of its scenario.

assets/best_known.json holds the best of much longer searches of each default scenario, made by
`benchmarks/search/best_known.py`. A search is laid beside it only where everything is as it was
then: settings but for effort, seed and method, limits in force, cost model and source of mIoU.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from cmn_core.assets import ASSETS
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, MIOU
from cmn_core.search.scenario import Scenario

FILE = ASSETS / "best_known.json"
SCHEMA = "cmn.best_known/1"
# How long and how a search looks, not what it looks for.
EFFORT = (
    *("population", "generations", "particles", "iterations", "seed"),
    *("patience", "inner", "method", "start"),
)
_SOURCES = ("simulator", "miou_source")  # of a design's provenance
SAME = 5e-6  # of the best known, within which a search reaches it


@dataclass(frozen=True)
class BestKnown:
    """value: of the goal's quantity, as searches judge it; found_by: in words, within a sentence;
    made: the day."""

    value: float
    found_by: str
    made: str


def asked_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A scenario's JSON without what tells only how long and how it is looked for."""
    return {name: value for name, value in settings.items() if name not in EFFORT}


def best_known(
    settings: Mapping[str, Any], limits: Mapping[str, Any], provenance: Mapping[str, Any]
) -> BestKnown | None:
    """Of exactly that scenario; None where none is known. settings: of a run, as this version
    writes them; limits: in force in it; provenance: of its best design, which tells by which cost
    model and tables it was found."""
    wanted = asked_of(settings)
    for entry in _entries():
        if (
            entry["scenario"] == wanted
            and entry["limits"] == limits
            and all(entry[name] == provenance.get(name) for name in _SOURCES)
        ):
            return BestKnown(entry["value"], entry["found_by"], entry["made"])
    return None


def told(goal: str, found: float, known: BestKnown) -> dict[str, Any]:
    """What a result says of it. found: the best value of the search; excess_rel: by how much that
    is worse, relative to the best known, negative where it is better."""
    quantity = GOALS[goal].quantity
    gap = found / known.value - 1.0
    excess = -gap if quantity.more_is_better else gap
    percent = f"{100.0 * abs(excess):.2g} %"
    if quantity is MIOU:
        percent += f" ({abs(found - known.value):.2g} points)"
    if abs(excess) < SAME:
        words = "ends at the best known"
    elif excess < 0.0:
        words = f"is better than the best known by {percent}"
    else:
        side = "below" if quantity.more_is_better else "above"
        words = f"ends {percent} {side} the best known"
    return {
        "value": known.value,
        "excess_rel": excess,
        "found_by": known.found_by,
        "words": f"{words}, found by {known.found_by}",
    }


def ending(
    settings: Mapping[str, Any],
    limits: Mapping[str, Any],
    best: Design | None,
    found: float | None,
) -> dict[str, Any] | None:
    """`told` of a search; None where it found nothing or nothing is known to lay beside it."""
    if best is None or found is None:
        return None
    try:
        scenario = Scenario.from_json(settings)
    except FieldError:  # of a version with other settings
        return None
    known = best_known(scenario.to_json(), limits, best.provenance or {})
    return None if known is None else told(scenario.goal, found, known)


@cache
def _entries() -> tuple[Mapping[str, Any], ...]:
    if not FILE.is_file():
        return ()
    return tuple(json.loads(FILE.read_text(encoding="utf-8"))["entries"])
