"""The outer loop over architectures by ask and tell, with this genome's own operators.

NSGA-II (Deb et al., 2002, with constrained domination, as implemented by pymoo) beside refinements
of the scenario's best (refinement.py), or the single-objective algorithm of the paper's Algorithm
1.
Randomness is addressed: generation g draws from (seed, g), so that a search continued from stored
populations equals one that was never interrupted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.algorithms.base.genetic import GeneticAlgorithm
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.mating import Mating
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.sampling import Sampling
from pymoo.core.termination import NoTermination
from pymoo.operators.selection.tournament import TournamentSelection

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.outer.operators import (
    BlockCrossover,
    GenomeMutation,
    GenomeSampling,
    SeenElimination,
    _key,
)
from cmn_core.search.outer.refinement import FocusMating
from cmn_core.search.outer.survival import FitnessSurvival, FocusSurvival, fittest, tournament
from cmn_core.search.state import EvolutionState

OBJECTIVES = 3


class Evolution:
    """An evolutionary algorithm whose whole memory is `state()`.

    space: where the genes live; population: individuals kept and asked for; constraints: columns
    of G, of which the first that differs decides; goal: of the scenario; method: "nsga2", or
    "algorithm1" for a single fitness; start: an architecture that the first generation holds;
    routed: whether experts of a token are genes too, behind the eight of an architecture. N rows
    have 8 or 12 genes.
    """

    def __init__(
        self,
        space: SearchSpace,
        *,
        population: int,
        seed: int,
        constraints: int,
        goal: str,
        method: str = "nsga2",
        start: tuple[int, ...] | None = None,
        routed: bool = False,
    ) -> None:
        self.seed = seed
        lower, upper = space.lower, space.upper
        if routed:
            lower, upper = (np.concatenate([v, v[:BLOCKS]]) for v in (lower, upper))
        self._genes = len(lower)
        self._seen = SeenElimination()
        self._order: list[tuple[int, ...]] = []
        problem = Problem(
            n_var=self._genes,
            n_obj=OBJECTIVES,
            n_ieq_constr=constraints,
            xl=lower,
            xu=upper,
            vtype=int,
        )
        make = _nsga2 if method == "nsga2" else _algorithm1
        self._algorithm = make(population, goal, self._seen, GenomeSampling(start))
        self._algorithm.setup(problem, termination=NoTermination(), seed=0)

    def ask(self, generation: int, front: Ints | None = None) -> Ints:
        """Architectures to evaluate in that generation (1 is the first): [N, genes], none seen
        before.

        front: [M, 8] architectures on the front so far. Fewer than the population, down to none,
        when operators find nothing new.
        """
        if front is not None and len(front) and isinstance(self._algorithm.mating, FocusMating):
            self._algorithm.mating.front = front
        self._algorithm.random_state = np.random.default_rng([self.seed, generation])
        self._asked = self._algorithm.ask()
        if self._asked is None or len(self._asked) == 0:
            return np.empty((0, self._genes), dtype=np.int64)
        return np.asarray(self._asked.get("X")).astype(np.int64)

    @property
    def wide(self) -> Bools:
        """[N] which of those asked for last refine the front, not the scenario's best."""
        return np.array([individual.get("wide") is True for individual in self._asked], dtype=bool)

    @property
    def feasible(self) -> Ints:
        """[M, 8] architectures of the population that keep every limit."""
        pop = self._algorithm.pop
        if pop is None or len(pop) == 0:
            return np.empty((0, self._genes), dtype=np.int64)
        good = (pop.get("G") <= 0.0).all(axis=1)
        return np.asarray(pop.get("X")).astype(np.int64)[good]

    def tell(self, F: Floats, G: Floats, chosen: Ints | None = None) -> None:
        """Objectives [N, 3] and normalised violations [N, constraints] of what was asked.

        chosen: indices of those that are told about where it is not all; the others are gone.
        """
        for individual in self._asked:
            key = _key(individual.X)
            self._seen.seen.add(key)
            self._order.append(key)
        told = self._asked if chosen is None else self._asked[chosen]
        for individual, f, g in zip(told, F, G, strict=True):
            individual.F, individual.G = f, g
        self._algorithm.tell(infills=told)

    def state(self) -> EvolutionState:
        """The population in its order, and every architecture seen."""
        pop = self._algorithm.pop
        ranks = [individual.get("rank") for individual in pop]
        crowding = [individual.get("crowding") for individual in pop]
        return EvolutionState(
            X=np.asarray(pop.get("X")).astype(int).tolist(),
            F=pop.get("F").tolist(),
            G=pop.get("G").tolist(),
            rank=[None if r is None else int(r) for r in ranks],
            crowding=[None if c is None else float(c) for c in crowding],
            seen=np.array(self._order, dtype="<u2").tobytes(),
        )

    def restore(self, state: EvolutionState) -> None:
        """Continue from `state()`."""
        pop = Population.new("X", np.array(state.X, dtype=np.int64))
        for i, individual in enumerate(pop):
            individual.F = np.array(state.F[i], dtype=np.float64)
            individual.G = np.array(state.G[i], dtype=np.float64)
            for name, value in (("rank", state.rank[i]), ("crowding", state.crowding[i])):
                if value is not None:
                    individual.set(name, value)
        seen = np.frombuffer(state.seen, dtype="<u2").reshape(-1, self._genes)
        self._order = [_key(row) for row in seen]
        self._seen.seen = set(self._order)
        algorithm = self._algorithm
        algorithm.pop, algorithm.is_initialized, algorithm.n_iter = pop, True, 2


def _nsga2(population: int, goal: str, seen: SeenElimination, sampling: Sampling) -> Any:
    selection = TournamentSelection(func_comp=tournament)
    usual = Mating(selection, BlockCrossover(), GenomeMutation())
    return NSGA2(
        pop_size=population,
        sampling=sampling,
        survival=FocusSurvival(goal),
        mating=FocusMating(usual, goal, eliminate_duplicates=seen),
        eliminate_duplicates=seen,
    )


def _algorithm1(population: int, goal: str, seen: SeenElimination, sampling: Sampling) -> Any:
    return GeneticAlgorithm(
        pop_size=population,
        sampling=sampling,
        selection=TournamentSelection(func_comp=fittest),
        crossover=BlockCrossover(),
        mutation=GenomeMutation(),
        survival=FitnessSurvival(goal),
        eliminate_duplicates=seen,
        advance_after_initial_infill=True,
    )
