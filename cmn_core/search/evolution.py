"""The outer loop over architectures by ask and tell, with this genome's own operators.

NSGA-II (Deb et al., 2002, with constrained domination, as implemented by pymoo) beside refinements
of the scenario's best (focus.py), or the single-objective algorithm of the paper's Algorithm 1.
Randomness is addressed: generation g draws from (seed, g), so that a search continued from stored
populations equals one that was never interrupted.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymoo.algorithms.base.genetic import GeneticAlgorithm
from pymoo.algorithms.moo.nsga2 import NSGA2, binary_tournament
from pymoo.core.crossover import Crossover
from pymoo.core.duplicate import DuplicateElimination
from pymoo.core.mating import Mating
from pymoo.core.mutation import Mutation
from pymoo.core.population import Population
from pymoo.core.problem import Problem
from pymoo.core.sampling import Sampling
from pymoo.core.termination import NoTermination
from pymoo.operators.selection.tournament import TournamentSelection

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.search.focus import FitnessSurvival, FocusMating, FocusSurvival, fittest

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

OBJECTIVES = 3
GENES = 2 * BLOCKS
_STEPS = (1, 8, 16, 32, 64)  # hidden sizes that fill whole columns of an array pay less padding


class GenomeSampling(Sampling):
    """Largest and smallest subnet, then a Latin hypercube over the genes.

    Experts are uniform. Hidden sizes are uniform for odd samples and uniform in the logarithm for
    even ones, because costs span a range that a uniform sample would hardly enter. A start takes
    the third place, so that the rest of the sample is the same without it.
    """

    def __init__(self, start: tuple[int, ...] | None = None) -> None:
        super().__init__()
        self._start = start

    def _do(
        self, problem: Any, n_samples: int, *args: Any, random_state: Any = None, **kwargs: Any
    ) -> Ints:
        lower, upper = problem.xl.astype(np.int64), problem.xu.astype(np.int64)
        rows = max(0, n_samples - 2)
        strata = np.stack([random_state.permutation(rows) for _ in range(GENES)], axis=1)
        unit = (strata + random_state.random((rows, GENES))) / max(rows, 1)
        genes = np.floor(lower + unit * (upper - lower + 1)).astype(np.int64)
        ratio = upper[BLOCKS:] / lower[BLOCKS:]
        logarithmic = np.floor(lower[BLOCKS:] * ratio ** unit[:, BLOCKS:]).astype(np.int64)
        even = np.arange(rows) % 2 == 0
        genes[even, BLOCKS:] = logarithmic[even]
        ends = np.stack([upper, lower])[:n_samples]
        sample = np.concatenate([ends, np.clip(genes, lower, upper)])
        if self._start is not None and self._start not in set(map(_key, sample)):
            sample[min(len(ends), len(sample) - 1)] = self._start
        return sample


class BlockCrossover(Crossover):
    """Two parents, two children: whole blocks change places, or hidden sizes are blended.

    Experts and hidden size of a block are worth something together, so they mostly travel
    together; blending reaches sizes that neither parent has.
    """

    def __init__(self) -> None:
        super().__init__(2, 2, prob=0.9)

    def _do(
        self, problem: Any, X: Ints, *args: Any, random_state: Any = None, **kwargs: Any
    ) -> Ints:
        _, matings, _ = X.shape
        first, second = X[0].astype(np.int64), X[1].astype(np.int64)
        swap = random_state.random((matings, BLOCKS)) < 0.5
        apart = random_state.random((matings, BLOCKS)) < 0.2
        other = np.where(apart, ~swap, swap)
        mask = np.concatenate([swap, other], axis=1)
        a, b = np.where(mask, second, first), np.where(mask, first, second)
        blend = random_state.random((matings, BLOCKS)) < 0.25
        weight = random_state.random((matings, BLOCKS))
        ha, hb = a[:, BLOCKS:], b[:, BLOCKS:]
        shift = np.rint(weight * (hb - ha)).astype(np.int64)
        a[:, BLOCKS:] = np.where(blend, ha + shift, ha)
        b[:, BLOCKS:] = np.where(blend, hb - shift, hb)
        return np.stack([a, b])


class GenomeMutation(Mutation):
    """At least one gene changes: experts by one or anew; hidden sizes by a factor, a step, to a
    multiple that fills arrays, or anew."""

    def __init__(self) -> None:
        super().__init__(prob=1.0)

    def _do(
        self, problem: Any, X: Ints, *args: Any, random_state: Any = None, **kwargs: Any
    ) -> Ints:
        lower, upper = problem.xl.astype(np.int64), problem.xu.astype(np.int64)
        genes = X.astype(np.int64)
        rows = len(genes)
        hit = random_state.random((rows, GENES)) < 1.0 / GENES
        hit[np.arange(rows), random_state.integers(0, GENES, rows)] = True
        anew = random_state.integers(lower, upper + 1, (rows, GENES))
        how = random_state.random((rows, GENES))
        sign = np.where(random_state.random((rows, GENES)) < 0.5, -1, 1)

        experts, hidden = genes[:, :BLOCKS], genes[:, BLOCKS:]
        e = np.where(how[:, :BLOCKS] < 0.7, experts + sign[:, :BLOCKS], anew[:, :BLOCKS])
        factor = 2.0 ** random_state.normal(0.0, 0.4, (rows, BLOCKS))
        scaled = np.rint(hidden * factor).astype(np.int64)
        step = random_state.choice(np.array(_STEPS), (rows, BLOCKS))
        stepped = hidden + sign[:, BLOCKS:] * step
        filled = np.rint(hidden / step).astype(np.int64) * step
        which = how[:, BLOCKS:]
        h = np.select(
            [which < 0.5, which < 0.7, which < 0.9], [scaled, stepped, filled], anew[:, BLOCKS:]
        )
        changed = np.clip(np.concatenate([e, h], axis=1), lower, upper)
        return np.where(hit, changed, genes)


class SeenElimination(DuplicateElimination):
    """Refuses every architecture that the search has evaluated before, and twins among the new."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[tuple[int, ...]] = set()

    def do(self, pop: Any, *others: Any, **kwargs: Any) -> Any:
        taken = self.seen.union(*({_key(x) for x in o.get("X")} for o in others if len(o)))
        fresh = []
        for i, x in enumerate(pop.get("X")):
            key = _key(x)
            if key not in taken:
                taken.add(key)
                fresh.append(i)
        return pop[fresh]


class Evolution:
    """An evolutionary algorithm whose whole memory is `state()`.

    space: where the genes live; population: individuals kept and asked for; constraints: columns
    of G; goal: of the scenario; method: "nsga2", or "algorithm1" for a single fitness; start: an
    architecture that the first generation holds.
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
    ) -> None:
        self.seed = seed
        self._seen = SeenElimination()
        self._order: list[tuple[int, ...]] = []
        problem = Problem(
            n_var=GENES,
            n_obj=OBJECTIVES,
            n_ieq_constr=constraints,
            xl=space.lower,
            xu=space.upper,
            vtype=int,
        )
        make = _nsga2 if method == "nsga2" else _algorithm1
        self._algorithm = make(population, goal, self._seen, GenomeSampling(start))
        self._algorithm.setup(problem, termination=NoTermination(), seed=0)

    def ask(self, generation: int, front: Ints | None = None) -> Ints:
        """Architectures to evaluate in that generation (1 is the first): [N, 8], none seen before.

        front: [M, 8] architectures on the front so far. Fewer than the population, down to none,
        when operators find nothing new.
        """
        if front is not None and len(front) and isinstance(self._algorithm.mating, FocusMating):
            self._algorithm.mating.front = front
        self._algorithm.random_state = np.random.default_rng([self.seed, generation])
        self._asked = self._algorithm.ask()
        if self._asked is None or len(self._asked) == 0:
            return np.empty((0, GENES), dtype=np.int64)
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
            return np.empty((0, GENES), dtype=np.int64)
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

    def state(self) -> dict[str, Any]:
        """JSON-able lists: the population in its order, and every architecture seen."""
        pop = self._algorithm.pop
        seen = np.array(self._order, dtype="<u2").tobytes()
        ranks = [individual.get("rank") for individual in pop]
        crowding = [individual.get("crowding") for individual in pop]
        return {
            "X": np.asarray(pop.get("X")).astype(int).tolist(),
            "F": pop.get("F").tolist(),
            "G": pop.get("G").tolist(),
            "rank": [None if r is None else int(r) for r in ranks],
            "crowding": [None if c is None else float(c) for c in crowding],
            "seen": base64.b64encode(seen).decode("ascii"),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state()`."""
        pop = Population.new("X", np.array(state["X"], dtype=np.int64))
        for i, individual in enumerate(pop):
            individual.F = np.array(state["F"][i], dtype=np.float64)
            individual.G = np.array(state["G"][i], dtype=np.float64)
            for name in ("rank", "crowding"):
                if state[name][i] is not None:
                    individual.set(name, state[name][i])
        seen = np.frombuffer(base64.b64decode(state["seen"]), dtype="<u2").reshape(-1, GENES)
        self._order = [_key(row) for row in seen]
        self._seen.seen = set(self._order)
        algorithm = self._algorithm
        algorithm.pop, algorithm.is_initialized, algorithm.n_iter = pop, True, 2


def _nsga2(population: int, goal: str, seen: SeenElimination, sampling: Sampling) -> Any:
    selection = TournamentSelection(func_comp=binary_tournament)
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


def _key(genes: Any) -> tuple[int, ...]:
    return tuple(int(g) for g in genes)
