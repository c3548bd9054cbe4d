"""Candidates from architectures at their places in the hardware grid: costs, mIoU, violations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from cmn_core.architecture import parted
from cmn_core.arrays import Floats
from cmn_core.cim.costs import ChipCost
from cmn_core.quantities import COSTS
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.objective import BOUNDED, found, violations
from cmn_core.search.scoring.candidate import CONSTRAINTS, Candidate
from cmn_core.search.scoring.codesign_problem import CodesignProblem
from cmn_core.search.state import Placed

_CHIP = ("energy_uj", "latency_us", "area_mm2", "array_mb", "tops_per_mm2")


def rated(
    problem: CodesignProblem, placed: Sequence[Placed], chip: ChipCost | None = None
) -> list[Candidate]:
    """Candidates of architectures at their places.

    chip: what those that have a point cost, [N], where that is known.
    """
    miou = np.array([p.miou for p in placed]).reshape(-1, 3)
    rows = [i for i, p in enumerate(placed) if p.point is not None]
    reached, judged = problem.most_miou(miou), None
    if rows:
        index = np.array([placed[i].point for i in rows])
        genes = np.array([placed[i].genes for i in rows])
        experts, hidden = parted(genes)
        if chip is None:
            chip = first(problem.grid.chip(experts, hidden, index[:, None]))
        judgement = problem.judgement
        if judgement is not None and not problem.exact:
            assert problem.judged is not None
            judged, broken = problem.judged.verdict(experts, hidden, index, miou[rows])
        else:
            broken = violations(chip, problem.limits)
        if judgement is not None and judged is None:
            rram = problem.grid.memory_is_rram(index)
            judged = {name: np.asarray(getattr(chip, name)) for name in COSTS}
            judged["miou"] = judgement.miou(miou[rows], rram, chip.sigma_rel)
        if judged is not None:
            reached[rows] = judged["miou"]
        columns = {name: np.asarray(getattr(chip, name)) for name in _CHIP}
        sigma = found(chip, "max_sigma_rel")
    at = {row: k for k, row in enumerate(rows)}
    out = []
    for i, one in enumerate(placed):
        if i not in at:
            out.append(_candidate(problem, one, float(reached[i])))
            continue
        row = at[i]
        verdict = None if judged is None else _row(judged, row)
        chosen = _row(columns, row), float(sigma[row]), broken[row].tolist(), verdict
        out.append(_candidate(problem, one, float(reached[i]), *chosen))
    return out


def _candidate(
    problem: CodesignProblem,
    placed: Placed,
    reached: float,
    figures: dict[str, float] | None = None,
    sigma_rel: float | None = None,
    broken: Sequence[float] = (-1.0,) * len(BOUNDED),
    judged: dict[str, float] | None = None,
) -> Candidate:
    costs = (np.inf, np.inf) if figures is None else _costs(judged or figures)
    over = dict(zip((*BOUNDED, "max_noise_loss"), broken, strict=False))
    over["min_miou"] = problem.below_floor(reached)
    return Candidate(
        placed.genes,
        placed.miou,
        placed.point,
        placed.evaluations,
        figures,
        sigma_rel,
        (100.0 - reached, *costs),
        tuple(over.get(name, -1.0) for name in CONSTRAINTS),
        judged,
    )


def _row(columns: Mapping[str, Floats], row: int) -> dict[str, float]:
    return {name: float(values[row]) for name, values in columns.items()}


def _costs(figures: Mapping[str, float]) -> tuple[float, float]:
    return figures["energy_uj"], figures["latency_us"]
