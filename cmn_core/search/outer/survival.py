"""Which networks of a generation live on: by fronts, by fitness, the best and the crowded out."""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.algorithms.moo.nsga2 import binary_tournament
from pymoo.core.survival import Survival
from pymoo.operators.survival.rank_and_crowding import RankAndCrowding

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints, before

_BEST = 5  # one in so many of the population is among the scenario's best ...


_KINDS = 6  # ... and one in so many the best of a combination of experts


def order(F: Floats, G: Floats, goal: str) -> Ints:
    """[N] rows from the scenario's best to its worst: limits first, then what it asks for.

    F: [N, 3] loss, energy, latency; G: [N, C] violations, of which the first that differs decides.
    The order of `candidate.ranking`.
    """
    loss, energy, latency = F.T
    keys = {
        "performance": (energy * latency, loss),
        "energy": (loss, latency, energy),
        "latency": (loss, energy, latency),
    }
    return np.lexsort((*keys[goal], *np.maximum(G, 0.0).T[::-1]))


class FocusSurvival(RankAndCrowding):
    """NSGA-II's survival with places reserved for the scenario's best and for the best of as many
    different combinations of experts: another combination is rarely reached by small steps."""

    def __init__(self, goal: str) -> None:
        super().__init__()
        self._goal = goal

    def do(self, problem: Any, pop: Any, *args: Any, n_survive: int, **kwargs: Any) -> Any:
        ranked = super().do(problem, pop, *args, n_survive=len(pop), **kwargs)
        # pymoo adds violations up; ours have an order. The feasible, without any, stay in front.
        ranked = ranked[np.lexsort(np.maximum(ranked.get("G"), 0.0).T[::-1])]
        if n_survive >= len(ranked):
            return ranked
        reserved = np.concatenate(chosen(ranked, self._goal, n_survive))
        # The same order as in RankAndCrowding; infeasible ones follow by their violation.
        feasible = int(ranked.get("FEAS").sum())
        front, crowding = (ranked[:feasible].get(name).astype(float) for name in _RANKED)
        usual = [*np.lexsort((-crowding, front)).tolist(), *range(feasible, len(ranked))]
        kept = dict.fromkeys([*reserved.tolist(), *usual])
        return ranked[list(kept)[:n_survive]]


_RANKED = ("rank", "crowding")


class FitnessSurvival(Survival):
    """The best by the scenario's order survive: the single fitness of the paper's Algorithm 1."""

    def __init__(self, goal: str) -> None:
        super().__init__(filter_infeasible=False)
        self._goal = goal

    def _do(self, problem: Any, pop: Any, *args: Any, n_survive: int, **kwargs: Any) -> Any:
        survivors = pop[order(pop.get("F"), pop.get("G"), self._goal)[:n_survive]]
        for place, individual in enumerate(survivors):
            individual.set("rank", place)
        return survivors


def tournament(pop: Any, P: Ints, **kwargs: Any) -> Ints:
    """Winners of NSGA-II's tournaments between the individuals P [T, 2], those beyond the limits
    by the first violation that differs."""
    winners: Ints = binary_tournament(pop, P, **kwargs)
    beyond = np.maximum(pop.get("G"), 0.0)[P]
    first, second = beyond[:, 0], beyond[:, 1]
    winners[before(first, second), 0] = P[before(first, second), 0]
    winners[before(second, first), 0] = P[before(second, first), 1]
    return winners


def fittest(pop: Any, P: Ints, **kwargs: Any) -> Ints:
    """Winners of tournaments between the individuals P [T, 2] by their place."""
    places = pop.get("rank").astype(float)[P]
    return P[np.arange(len(P)), places.argmin(axis=1)][:, None]


def chosen(pop: Any, goal: str, population: int) -> tuple[Ints, Ints]:
    """Indices of the scenario's best, and of the best of different combinations of experts."""
    ordered = order(pop.get("F"), pop.get("G"), goal)
    experts = np.asarray(pop.get("X")).astype(np.int64)[ordered, :BLOCKS]
    _, first = np.unique(experts, axis=0, return_index=True)
    kinds = np.sort(first)[: max(1, population // _KINDS)]
    return ordered[: max(1, population // _BEST)], ordered[kinds]


def crowded(feasible: Ints, population: int) -> bool:
    """Whether architectures [M, 8] within the limits leave none beyond them a place to survive."""
    kinds = len(np.unique(feasible[:, :BLOCKS], axis=0))
    return len(feasible) >= population and kinds >= max(1, population // _KINDS)
