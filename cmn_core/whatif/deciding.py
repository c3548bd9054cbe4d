"""Which of two chips serves better, how surely, and what of them decides it.

And what a searched network would need on the other memory, for a search of one memory alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cmn_core.design import MEMORIES, Design
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, QUANTITIES
from cmn_core.search.constraints import Limits
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from cmn_core.whatif.bounds import cause_of
from cmn_core.whatif.compare import compare

# Causes of their own here, because they are conditions of use and no circuit.
_USE = {"waiting": "Waiting", "waking": "Waking"}
_DROPPED = ("start", "routing", "placement")  # what a search of one network and memory does not ask


@dataclass(frozen=True)
class Decision:
    """One figure of two chips. better: 0 or 1, the one that is ahead; chance: the probability that
    it is, None where the figure is exact or both are equal; values: of both; cause, parts: where
    most of its lead comes from and what of the figure goes there on both, None for a figure that
    has no parts."""

    metric: str
    better: int
    chance: float | None
    values: tuple[float, float]
    cause: str | None = None
    parts: tuple[float, float] | None = None

    @property
    def same(self) -> bool:
        return self.values[0] == self.values[1]


def decide(first: Evaluation, second: Evaluation, metric: str) -> Decision | None:
    """How two priced designs stand in a metric of FIGURES; None where either has no number."""
    found = compare(first, second).get(metric)
    if found is None:
        return None
    ahead = found.ours > found.theirs if QUANTITIES[metric].more_is_better else found.change < 0.0
    better = 0 if ahead or found.same else 1
    values = found.ours, found.theirs
    if metric not in COSTS or found.same:
        return Decision(metric, better, found.likely, values)
    a, b = (_causes(one, metric) for one in (first, second))
    lead = {c: a.get(c, 0.0) - b.get(c, 0.0) for c in {**a, **b}}
    cause = (max if better else min)(lead, key=lead.__getitem__)
    parts = a.get(cause, 0.0), b.get(cause, 0.0)
    return Decision(metric, better, found.likely, values, cause, parts)


def on_memories(
    design: Design, settings: Mapping[str, Any], limits: Limits
) -> dict[str, Evaluation | None]:
    """That network on the best uniform chip of each memory, as the search itself would find and
    prove it; None where none keeps the limits.

    settings: of the search that found the network, as a scenario's JSON; limits: in force there.
    Empty where mIoU is measured or of an own table, or where costs are judged at a quantile or
    with noise: that takes too long, or has no number here. A memory that is unknown at the node is
    left out.
    """
    # Most of a search's start, for a sentence that few ask for.
    from cmn_core.search.accuracy import default_accuracy
    from cmn_core.search.scoring.assessment import Assessor
    from cmn_core.search.scoring.codesign_problem import CodesignProblem

    kept = {name: value for name, value in settings.items() if name not in _DROPPED}
    whole = {**kept, "inner": "exact", "workload": design.workload.to_json()}
    genes = np.array([design.architecture.row()])
    found: dict[str, Evaluation | None] = {}
    for memory in MEMORIES:
        own = {m: t for m, t in (settings.get("technology") or {}).items() if m == memory}
        try:
            scenario = Scenario.from_json({**whole, "memory": memory, "technology": own or None})
            if scenario.accuracy != "predictor" or scenario.accuracy_table is not None:
                return {}
            problem = CodesignProblem.of(scenario, default_accuracy(scenario))
        except FieldError:
            continue
        if not problem.exact:
            return {}
        [best] = Assessor(replace(problem, limits=limits)).assess(genes)
        found[memory] = None
        if best.feasible and best.point is not None:
            chip = replace(design, hardware=problem.grid.hardware(np.array(best.point)))
            found[memory] = answer(chip, dataset=scenario.dataset, technologies=scenario.library)
    return found


def _causes(answer: Evaluation, metric: str) -> dict[str, float]:
    out: dict[str, float] = {}
    for block in answer.cost.blocks:
        for part, value in block.breakdown[metric].items():
            cause = _USE.get(part) or cause_of(part)
            out[cause] = out.get(cause, 0.0) + value
    return out
