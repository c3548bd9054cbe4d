"""How far each limit of a search could be tightened while the others stay: what can be reached.

A few hundred networks stand for the space, of which those that may keep the limits get hardware,
one memory for each block: the experts of a block apart take ten times as long. Every value has a
chip that reaches it; a search, which looks at more networks, may reach further.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.circuits.conditions import US_PER_S
from cmn_core.cim.workload import weights
from cmn_core.search.accuracy import measure
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import Found, found_hardware
from cmn_core.search.inner.problem import problem_of
from cmn_core.search.scenario import PLACEMENTS
from cmn_core.search.scoring.codesign_problem import CodesignProblem

_SAMPLE, _SEED = 400, 7
_TRIED = 16  # the smallest networks that keep the floor, and as many again over all mIoUs
_REFINED, _STEP = 3, 0.25  # rounds around the most accurate one, and their width in the logarithm
_HALVINGS = 6  # of the way between what a chip needs and what none may keep
_PERFORMANCE = {"max_latency_us": "latency", "max_energy_uj": "energy"}
_ROOM = ("max_area_mm2", "max_array_mb")


def reachable(problem: CodesignProblem) -> dict[str, float | None]:
    """By name of a limit in force: the best value that the other limits allow; None where no
    network that was tried keeps the others. Empty for a robust search, which judges otherwise."""
    if not problem.exact:
        return {}
    limits, genes = problem.limits, _sample(problem.scenario.search_space)
    miou = measure(problem.accuracy, genes[:, :BLOCKS], genes[:, BLOCKS:])[:, 0]
    size = weights(problem.scenario.search_space, genes[:, :BLOCKS], genes[:, BLOCKS:])
    worthy = np.flatnonzero(miou >= (limits.min_miou or 0.0))
    some = _smallest(worthy, size, _TRIED)
    if problem.budget(miou) is not None and len(worthy):
        # The smallest leave the chip no point to err by: others have some to spare.
        spare = worthy[miou[worthy] >= 0.5 * ((limits.min_miou or 0.0) + miou[worthy].max())]
        some = np.union1d(some, _smallest(spare, size, _TRIED))
    asked = _Question(problem, genes[some], miou[some])
    out: dict[str, float | None] = {}
    if limits.min_miou:
        even = np.linspace(0, len(miou) - 1, 3 * _TRIED, dtype=int)
        out["min_miou"] = _highest(problem, genes[np.argsort(miou, kind="stable")[even]])
    if len(some) == 0:  # no network reaches the floor, whatever the rest is
        others = (*_PERFORMANCE, *_ROOM, "images_per_second")
        return out | {n: None for n in others if getattr(limits, n) is not None}
    for name, objective in _PERFORMANCE.items():
        if getattr(limits, name) is not None:
            found = asked.hardware(replace(limits, **{name: None}), objective)
            metric = name.removeprefix("max_")
            out[name] = _least(getattr(found.chip, metric)[found.feasible])
    for name in _ROOM:
        if getattr(limits, name) is not None:
            out[name] = _roomiest(asked, limits, name)
    if limits.images_per_second is not None:
        found = asked.hardware(replace(limits, images_per_second=None), "latency")
        least = _least(found.chip.latency_us[found.feasible])
        out["images_per_second"] = None if least is None else US_PER_S / least
    return out


def _smallest(some: Ints, size: Floats, count: int) -> Ints:
    return some[np.argsort(size[some], kind="stable")][:count]


class _Question:
    """Networks [N, 8] with mIoU [N] that are asked for hardware."""

    def __init__(self, problem: CodesignProblem, genes: Ints, miou: Floats) -> None:
        self.problem, self.genes, self.miou = problem, genes, miou
        self._scenario = replace(problem.scenario, placement=PLACEMENTS[0], start=None)

    def hardware(self, limits: Limits, objective: str, *, accurate: bool = False) -> Found:
        stated = replace(problem_of(self._scenario, limits), objective=objective, inner="exact")
        budget = self.problem.budget(self.miou)
        if budget is not None:
            spare = np.full_like(budget.points, np.inf) if accurate else budget.points
            budget = replace(budget, points=spare, accurate=accurate)
        experts, hidden = self.genes[:, :BLOCKS], self.genes[:, BLOCKS:]
        return found_hardware(stated, experts, hidden, budget)


def _highest(problem: CodesignProblem, genes: Ints) -> float | None:
    """The highest mIoU of networks [N, 8] and of others near the best of them, within the other
    limits."""
    space, best = problem.scenario.search_space, -np.inf
    for turn in range(1 + _REFINED):
        miou = measure(problem.accuracy, genes[:, :BLOCKS], genes[:, BLOCKS:])[:, 0]
        reached = _reached(_Question(problem, genes, miou))
        if reached.max() > best:
            best, near = float(reached.max()), genes[reached.argmax()]
        if np.isinf(best):
            return None
        steps = np.random.default_rng([_SEED, turn]).normal(0.0, _STEP, (3 * _TRIED, 2 * BLOCKS))
        genes = np.clip(np.rint(near * np.exp(steps)), space.lower, space.upper).astype(np.int64)
    return best


def _reached(asked: _Question) -> Floats:
    """[N] mIoU as the search judges it, minus infinity where the other limits are not kept."""
    limits = replace(asked.problem.limits, min_miou=None)
    found = asked.hardware(limits, "edp", accurate=True)
    reached, judgement = asked.miou, asked.problem.judgement
    if judgement is not None and judgement.loss is not None:
        points, _ = judgement.loss(np.square(found.chip.sigma_rel))
        reached = reached - points
    return np.where(found.feasible, reached, -np.inf)


def _roomiest(asked: _Question, limits: Limits, name: str) -> float | None:
    """The least of a limit on room within which a chip still keeps the others."""
    metric = name.removeprefix("max_")

    def least(most: float | None) -> float | None:
        found = asked.hardware(replace(limits, **{name: most}), "edp")
        return _least(getattr(found.chip, metric)[found.feasible])

    return _bisected(least)


def _bisected(least: Callable[[float | None], float | None]) -> float | None:
    """The smallest amount found; least: of what keeps a limit on it, None where nothing does."""
    best = least(None)
    if best is None:
        return None
    low = 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + best)
        found = least(middle)
        if found is None:
            low = middle
        else:
            best = min(best, found)
    return best


def _least(values: Floats) -> float | None:
    return float(values.min()) if len(values) else None


def _sample(space: SearchSpace) -> Ints:
    """[N, 8] the ends of the space and networks spread over it, half of them near the largest,
    where most that keep a floor of mIoU lie; the same for every search."""
    generator = np.random.default_rng(_SEED)
    share = generator.random((2 * _SAMPLE, 2 * BLOCKS))
    share[_SAMPLE:] = 1.0 - 0.5 * np.square(share[_SAMPLE:])
    low, high = space.lower.astype(np.float64), space.upper.astype(np.float64)
    spread = np.rint(low * (high / low) ** share).astype(np.int64)
    return np.concatenate([spread, [space.smallest.row(), space.largest.row()]])
