"""One search of a study: its best design with what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cmn_core.architecture import Architecture
from cmn_core.design import Design, Hardware
from cmn_core.search.accuracy import Accuracy, predicted
from cmn_core.search.constraints import Limits
from cmn_core.search.scenario import Scenario


@dataclass(frozen=True)
class Searched:
    """design: the best with complete hardware, or the nearest where nothing is feasible."""

    design: Design
    feasible: bool
    evaluations: int
    limits: Limits

    @property
    def hardware(self) -> Hardware:
        assert self.design.hardware is not None
        return self.design.hardware

    @property
    def metrics(self) -> Mapping[str, float]:
        """A search measures every figure of its designs."""
        known = self.design.metrics or {}
        return {name: value for name, value in known.items() if value is not None}


def searched(scenario: Scenario, accuracy: Accuracy | None = None) -> Searched:
    """Run a search to its end; accuracy: the predictor where none is given."""
    from cmn_core.search.codesign import codesign  # pymoo and scipy, which pages do not need

    *_, last = codesign(scenario, accuracy=accuracy or predicted(scenario))
    design = last.best
    if design is None:
        assert last.nearest is not None
        design = last.nearest.design
    return Searched(design, last.feasible, last.evaluations, last.limits)


def genes(network: Architecture) -> dict[str, list[int]]:
    """Experts and hidden sizes as columns of a row."""
    return {"experts": list(network.experts), "hidden": list(network.hidden)}
