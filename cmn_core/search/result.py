"""The document that a search ends with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cmn_core.search.generation import Generation
from cmn_core.search.headway import headway
from cmn_core.search.scenario import Limits, Scenario

RUN_SCHEMA = "cmn.run/1"


def result(
    run_id: str,
    scenario: Scenario,
    limits: Limits,
    history: Sequence[dict[str, Any]],
    last: Generation | None,
    seconds: float,
) -> dict[str, Any]:
    """The result of a search as `cmn.run/1`: history rows of all generations, the last in full."""
    begun = None if last is None else last.start
    start = {} if last is None or begun is None else headway(scenario, begun, last.best)
    return {
        "schema": RUN_SCHEMA,
        "run_id": run_id,
        "scenario": scenario.goal,
        "memory": scenario.memory,
        "seed": scenario.seed,
        "limits": limits.to_json(),
        "seconds": seconds,
        "feasible": last is not None and last.feasible,
        "best": None if last is None else last.best,
        "front": [] if last is None else last.front,
        "nearest": None if last is None else last.nearest,
        "history": list(history),
        **({"start": start} if start else {}),
        "settings": scenario.to_json(),
    }
