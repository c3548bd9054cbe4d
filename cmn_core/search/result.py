"""The document that a search ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmn_core.design import Design
from cmn_core.quantities import AREA, reticle_note
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import Generation, HistoryRow
from cmn_core.search.scenario import Scenario

RUN_SCHEMA = "cmn.run/1"


def result(
    run_id: str,
    scenario: Scenario,
    limits: Limits,
    history: Sequence[HistoryRow],
    last: Generation | None,
    seconds: float,
) -> dict[str, Any]:
    """The result of a search as `cmn.run/1`: history rows of all generations, the last in full."""
    start = {}
    if last is not None and last.start is not None:
        start = {"start": headway(scenario, last.start, last.best)}
    best, nearest = (None, None) if last is None else (last.best, last.nearest)
    shown = best if best is not None or nearest is None else nearest.design
    swarm_share = history[-1].swarm_share if history else None
    area_mm2 = None if shown is None else (shown.metrics or {}).get(AREA.name)
    return {
        "schema": RUN_SCHEMA,
        "run_id": run_id,
        "scenario": scenario.goal,
        "memory": scenario.memory,
        "seed": scenario.seed,
        "limits": limits.to_json(),
        "seconds": seconds,
        "feasible": best is not None,
        "best": None if best is None else best.to_json(),
        "front": [] if last is None else [design.to_json() for design in last.front],
        "nearest": None if nearest is None else nearest.to_json(),
        "reachable": None if nearest is None else dict(nearest.reachable),
        "history": [_row(row) for row in history],
        "reticle": reticle_note(area_mm2) or None,  # of the best, else of the nearest
        **start,
        **({} if swarm_share is None else {"swarm_share": swarm_share}),  # of the time
        "settings": scenario.to_json(),
    }


def _row(row: HistoryRow) -> dict[str, Any]:
    return {name: value for name, value in row.to_json().items() if name != "swarm_seconds"}


RELATIVE = {"energy_rel": "energy_uj", "latency_rel": "latency_us", "area_rel": "area_mm2"}


def headway(scenario: Scenario, start: Design, best: Design | None) -> dict[str, Any]:
    """What a cmn.run/1 says of its start: the design as stated and priced, and by how much the best
    differs from it (relative; mIoU in points), None where either is not known."""
    before, after = start.metrics or {}, {} if best is None else best.metrics or {}
    difference: dict[str, float | None] = {}
    for name, metric in RELATIVE.items():
        a, b = before.get(metric), after.get(metric)
        difference[name] = None if a is None or b is None or a == 0.0 else b / a - 1.0
    a, b = before.get("miou"), after.get("miou")
    difference["miou_points"] = None if a is None or b is None else b - a
    stated = scenario.to_json().get("start", {}).get("hardware")
    return {
        "stated": "architecture" if stated is None else "architecture and hardware",
        "design": start.to_json(),
        "difference": difference,
    }
