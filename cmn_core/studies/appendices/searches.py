"""One search of a study: its best design with what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cmn_core.search.accuracy import Accuracy, predicted
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario


@dataclass(frozen=True)
class Searched:
    """design: DESIGN JSON of the best, or of the nearest where nothing is feasible."""

    design: dict[str, Any]
    feasible: bool
    evaluations: int
    limits: dict[str, float | None]


def searched(scenario: Scenario, accuracy: Accuracy | None = None) -> Searched:
    """Run a search to its end; accuracy: the predictor where none is given."""
    *_, last = codesign(scenario, accuracy=accuracy or predicted(scenario))
    nearest = last.nearest or {}
    return Searched(
        last.best or nearest["design"], last.best is not None, last.evaluations, last.limits
    )


def genes(design: dict[str, Any]) -> dict[str, list[int]]:
    """Experts and hidden sizes as columns of a row."""
    shape = design["architecture"]
    return {"experts": list(shape["experts"]), "hidden": list(shape["hidden"])}
