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

HIDDEN = slice(BLOCKS, 2 * BLOCKS)
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
        strata = np.stack([random_state.permutation(rows) for _ in range(len(lower))], axis=1)
        unit = (strata + random_state.random((rows, len(lower)))) / max(rows, 1)
        genes = np.floor(lower + unit * (upper - lower + 1)).astype(np.int64)
        ratio = upper[HIDDEN] / lower[HIDDEN]
        logarithmic = np.floor(lower[HIDDEN] * ratio ** unit[:, HIDDEN]).astype(np.int64)
        even = np.arange(rows) % 2 == 0
        genes[even, HIDDEN] = logarithmic[even]
        ends = np.stack([upper, lower])[:n_samples]
        sample = settled(np.concatenate([ends, np.clip(genes, lower, upper)]))
        if self._start is not None and self._start not in set(map(_key, sample)):
            sample[min(len(ends), len(sample) - 1)] = self._start
        return sample


class BlockCrossover(Crossover):
    """Two parents, two children: whole blocks change places, or hidden sizes are blended.

    Experts and hidden size of a block are worth something together, so they mostly travel
    together; blending reaches sizes that neither parent has. Experts of a token go with experts.
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
        mask = np.concatenate([swap, other, swap], axis=1)[:, : X.shape[-1]]
        a, b = np.where(mask, second, first), np.where(mask, first, second)
        blend = random_state.random((matings, BLOCKS)) < 0.25
        weight = random_state.random((matings, BLOCKS))
        ha, hb = a[:, HIDDEN], b[:, HIDDEN]
        shift = np.rint(weight * (hb - ha)).astype(np.int64)
        a[:, HIDDEN] = np.where(blend, ha + shift, ha)
        b[:, HIDDEN] = np.where(blend, hb - shift, hb)
        return np.stack([settled(a), settled(b)])


class GenomeMutation(Mutation):
    """At least one gene changes: experts, and those of a token, by one or anew; hidden sizes by a
    factor, a step, to a multiple that fills arrays, or anew."""

    def __init__(self) -> None:
        super().__init__(prob=1.0)

    def _do(
        self, problem: Any, X: Ints, *args: Any, random_state: Any = None, **kwargs: Any
    ) -> Ints:
        lower, upper = problem.xl.astype(np.int64), problem.xu.astype(np.int64)
        genes = X.astype(np.int64)
        rows, count = genes.shape
        hit = random_state.random((rows, count)) < 1.0 / count
        hit[np.arange(rows), random_state.integers(0, count, rows)] = True
        anew = random_state.integers(lower, upper + 1, (rows, count))
        how = random_state.random((rows, count))
        sign = np.where(random_state.random((rows, count)) < 0.5, -1, 1)

        counts = np.where(how < 0.7, genes + sign, anew)
        hidden = genes[:, HIDDEN]
        factor = 2.0 ** random_state.normal(0.0, 0.4, (rows, BLOCKS))
        scaled = np.rint(hidden * factor).astype(np.int64)
        step = random_state.choice(np.array(_STEPS), (rows, BLOCKS))
        stepped = hidden + sign[:, HIDDEN] * step
        filled = np.rint(hidden / step).astype(np.int64) * step
        which = how[:, HIDDEN]
        h = np.select(
            [which < 0.5, which < 0.7, which < 0.9], [scaled, stepped, filled], anew[:, HIDDEN]
        )
        changed = np.concatenate([counts[:, :BLOCKS], h, counts[:, 2 * BLOCKS :]], axis=1)
        return settled(np.where(hit, np.clip(changed, lower, upper), genes))


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


def settled(genes: Ints) -> Ints:
    """[N, 8 or 12] with at most as many experts of a token as a block has: else one network would
    have two names."""
    if genes.shape[-1] == 2 * BLOCKS:
        return genes
    used = np.minimum(genes[:, 2 * BLOCKS :], genes[:, :BLOCKS])
    return np.concatenate([genes[:, : 2 * BLOCKS], used], axis=1)


def _key(genes: Any) -> tuple[int, ...]:
    return tuple(int(g) for g in genes)
