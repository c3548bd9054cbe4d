"""A candidate as a design: architecture, routing, hardware, metrics and provenance."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS, Architecture, parted
from cmn_core.cim.workload import weights
from cmn_core.design import Design
from cmn_core.search.scoring.candidate import Candidate
from cmn_core.search.scoring.codesign_problem import CodesignProblem


def searched_design(problem: CodesignProblem, candidate: Candidate) -> Design:
    """The design of a candidate that has hardware."""
    assert candidate.point is not None and candidate.metrics is not None
    scenario = problem.scenario
    own, routing = candidate.genes[: 2 * BLOCKS], candidate.genes[2 * BLOCKS :]
    architecture, workload = Architecture.from_row(own), scenario.workload
    if routing and routing != architecture.experts:
        a, b, c, d = routing
        workload = replace(workload, top_k=(a, b, c, d))
    shape = architecture.experts, architecture.hidden
    count = float(weights(scenario.search_space, *shape))
    miou, low, high = candidate.miou
    metrics: dict[str, float | None] = {
        **candidate.metrics,
        "weights_mb": count * scenario.workload.weight_bits / 8e6,
        "miou": miou,
        "miou_low": low,
        "miou_high": high,
    }
    design = Design(
        architecture,
        scenario.space,
        workload,
        problem.grid.hardware(np.array(candidate.point), parted(np.array(candidate.genes))[0]),
        provenance=_provenance(problem, candidate),
    )
    return design.with_metrics(metrics)


def _provenance(problem: CodesignProblem, candidate: Candidate) -> dict[str, Any]:
    out, judgement = problem.provenance, problem.judgement
    if judgement is None or candidate.judged is None:
        return out
    return {**out, "judged": {"by": judgement.text, **candidate.judged}}
