"""The half of the outer loop that looks at the scenario: its best designs survive and are refined.

NSGA-II spreads its population over the whole front, while a scenario asks for one corner of it.
So a share of the population is reserved for the best by the scenario's own order, and most of the
children are small, directed changes of these.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from pymoo.core.infill import InfillCriterion
from pymoo.core.population import Population

from cmn_core.architecture import BLOCKS, MAX_EXPERTS
from cmn_core.arrays import Floats, Ints
from cmn_core.search.outer.operators import HIDDEN, settled
from cmn_core.search.outer.survival import chosen

Generator = np.random.Generator

CHILDREN = 0.5  # share of a generation that refines the scenario's best
WIDE = 0.7  # of the rest refines what is anywhere on the front
_OTHER_KIND = 0.5  # of the refinements change the best of some combination of experts
_FINEST, _COARSEST = 2.0**-7, 1.0  # standard deviation of a step, in doublings of a hidden size
_COUNT_FIRST = 0.25  # of single steps change a number of experts
_NEAR = 0.7  # of differences are between two of the best, the others between any two
_TAKEN = 0.7  # of the blocks a difference is added to
_STEP_ROUTING, _ALIKE = 0.4, 0.1  # of refinements change experts of a token too
_DIFFERENCE = (0.3, 0.9)  # weight of a difference (Storn & Price, 1997)


class FocusMating(InfillCriterion):
    """Children of a usual mating, and refinements of the scenario's best and of the front's beside
    them. `front`: [M, 8] architectures on the front, once for each of their chips there."""

    def __init__(self, usual: Any, goal: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._usual, self._goal = usual, goal
        self.front = np.empty((0, 0), dtype=np.int64)  # has rows before it is read

    def _do(
        self, problem: Any, pop: Any, n_offsprings: int, random_state: Any = None, **kwargs: Any
    ) -> Any:
        share = int(np.ceil(CHILDREN * n_offsprings))
        parents = np.asarray(pop.get("X")).astype(np.int64)
        best, kinds = (parents[rows] for rows in chosen(pop, self._goal, len(pop)))
        box = problem.xl.astype(np.int64), problem.xu.astype(np.int64)
        children = Population.new("X", refined(best, kinds, parents, box, share, random_state))
        rest = n_offsprings - share
        wide = int(rest * WIDE) if len(self.front) else 0
        if wide:
            near = refined(self.front, self.front, parents, box, wide, random_state, even=True)
            children = Population.merge(children, Population.new("X", near, "wide", [True] * wide))
            rest -= wide
        if rest == 0:
            return children
        usual = self._usual._do(problem, pop, rest, random_state=random_state, **kwargs)
        return Population.merge(children, usual[:rest])


def refined(
    best: Ints,
    kinds: Ints,
    others: Ints,
    box: tuple[Ints, Ints],
    count: int,
    rng: Generator,
    *,
    even: bool = False,
) -> Ints:
    """[count, 8] changes of `best` [K, 8], the first of them most often unless `even`, and of
    `kinds` [M, 8]; 12 genes where experts of a token are searched.

    Each child is one of: a step of one gene; a trade, one block smaller and another one larger,
    because a floor of mIoU leaves little else; another number of experts at the same total size;
    the step between two others added (differential evolution). Hidden sizes step in the logarithm
    and by at least one. Of 12 genes the last four step beside that, or are one number for all.
    """
    rows = np.arange(count)
    place = rng.random(count) ** (1 if even else 2)
    leaders = best[np.floor(len(best) * place).astype(np.int64)]
    different = _any(kinds, count, rng)
    parents = np.where((rng.random(count) < _OTHER_KIND)[:, None], different, leaders)
    experts = parents[:, :BLOCKS].copy()
    sizes = np.log2(parents[:, HIDDEN])
    how = rng.integers(0, 4, count)
    one = rng.integers(0, BLOCKS, count)
    other = (one + rng.integers(1, BLOCKS, count)) % BLOCKS
    sign = np.where(rng.random(count) < 0.5, 1, -1)
    spread = np.log2(_COARSEST / _FINEST)
    sigma = _COARSEST * 2.0 ** (-spread * rng.random(count))
    step = sigma[:, None] * rng.normal(size=(count, 2))

    alone = (how == 0) & (rng.random(count) < _COUNT_FIRST)
    experts[rows[alone], one[alone]] += sign[alone]
    sized = (how == 0) & ~alone
    sizes[rows[sized], one[sized]] += step[sized, 0]

    trade = how == 1
    sizes[rows[trade], one[trade]] -= np.abs(step[trade, 0])
    sizes[rows[trade], other[trade]] += np.abs(step[trade, 1])

    swap = how == 2
    now = parents[rows, one]
    then = np.clip(now + sign, 1, MAX_EXPERTS)
    sizes[rows[swap], one[swap]] += (np.log2(now / then) + step[:, 0])[swap]
    experts[rows[swap], one[swap]] = then[swap]

    apart = how == 3
    by_experts, by_size = _differences(best, others, count, rng)
    experts[apart] += by_experts[apart]
    sizes[apart] += by_size[apart]

    routing = _routed(parents[:, 2 * BLOCKS :], rng)
    children = np.concatenate([experts, _whole(sizes, parents), routing], axis=1)
    return settled(np.clip(children, *box))


def _routed(before: Ints, rng: Generator) -> Ints:
    """Experts of a token [N, 4] with one of them stepped in some rows, all made one in others;
    [N, 0] where they are not searched."""
    count = len(before)
    if before.shape[1] == 0:
        return before
    out, rows = before.copy(), np.arange(count)
    how, block = rng.random(count), rng.integers(0, BLOCKS, count)
    step = np.where(rng.random(count) < 0.5, 1, -1)
    one = rng.integers(1, MAX_EXPERTS + 1, count)
    stepped = how < _STEP_ROUTING
    out[rows[stepped], block[stepped]] += step[stepped]
    alike = (how >= _STEP_ROUTING) & (how < _STEP_ROUTING + _ALIKE)
    out[alike] = one[alike, None]
    return out


def _any(rows: Ints, count: int, rng: Generator) -> Ints:
    return rows[rng.integers(0, len(rows), count)]


def _differences(best: Ints, others: Ints, count: int, rng: Generator) -> tuple[Ints, Floats]:
    """Weighted differences [count, 4] of experts (rounded at random) and of log2 hidden sizes."""
    near = (rng.random(count) < _NEAR)[:, None]
    pair = [np.where(near, _any(best, count, rng), _any(others, count, rng)) for _ in range(2)]
    weight = rng.uniform(*_DIFFERENCE, (count, 1)) * (rng.random((count, BLOCKS)) < _TAKEN)
    experts = weight * (pair[0][:, :BLOCKS] - pair[1][:, :BLOCKS])
    rounded = np.floor(experts + rng.random((count, BLOCKS))).astype(np.int64)
    sizes = weight * (np.log2(pair[0][:, HIDDEN]) - np.log2(pair[1][:, HIDDEN]))
    return rounded, sizes


def _whole(sizes: Floats, parents: Ints) -> Ints:
    """Hidden sizes [N, 4] of logarithms; what was to change changes by at least one."""
    before = parents[:, HIDDEN]
    asked = 2.0**sizes
    hidden = np.rint(asked).astype(np.int64)
    nudged = hidden + np.sign(asked - before).astype(np.int64)
    moved = np.abs(sizes - np.log2(before)) > 1e-9
    return np.where(moved & (hidden == before), nudged, hidden)
