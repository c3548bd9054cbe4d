"""How genomes are drawn, crossed and mutated, and which are known already."""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.core.crossover import Crossover
from pymoo.core.duplicate import DuplicateElimination
from pymoo.core.mutation import Mutation
from pymoo.core.sampling import Sampling

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Ints

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


def _key(genes: Any) -> tuple[int, ...]:
    return tuple(int(g) for g in genes)
