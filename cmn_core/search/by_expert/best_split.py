"""The best chip of two technologies with the idle experts of its blocks on RRAM, proven.

The likely improvement of a chip that is known: at given multipliers (hybrid/lagrangian.py) a chip
costs at least the sum over its blocks of the best option of each on a pair of macros. Pairs on
which no better chip can be are left out; on the others the options and replicas of all blocks are
set exactly, until none is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.search.by_expert.splits import Pair, Splits
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.hybrid.lagrangian import PIECES, LowerBounds, limiting, multipliers
from cmn_core.search.inner.block_options import LOST, energy_uj
from cmn_core.search.inner.replicas import best_options
from cmn_core.search.objective import OBJECTIVES

MOST, FEW = 4_000, 64  # pairs tried before a proof is given up, and without one
_COARSE = 3  # pieces of a range without a proof
_TURN = 16  # pairs tried at once, then four times as many
_BETTER = 1.0 - 1e-9


@dataclass(frozen=True)
class BestSplit:
    """macros: numbers of the RRAM and the SRAM macro; away [4]: experts of each block on RRAM, -1
    for all of the block; level [4] of replicas; score: the objective; lost: points of mIoU by its
    error, where they count; tried: pairs; proven:
    whether nothing better is left. Without a better chip there are no macros."""

    macros: Pair | None
    away: Ints
    level: Ints
    score: float
    lost: float = 0.0
    tried: int = 0
    proven: bool = False


def best_split(
    splits: Splits,
    *,
    objective: str,
    limits: Limits,
    known: float,
    spare: float | None = None,
    most: int = MOST,
) -> BestSplit:
    """The best chip that scores below `known`, infinite where no chip is known.

    limits: loosened by what sums in another order may differ; spare: points of mIoU that its error
    may cost, where they count; most: pairs that may be tried.
    """
    least = LowerBounds.of(splits.least(), limits)  # type: ignore[arg-type]
    nothing = np.zeros(BLOCKS, dtype=np.int64)
    best = BestSplit(None, nothing, nothing, known)
    if not np.isfinite(least.latency_us):
        return replace(best, proven=True)
    tried = np.zeros(0, dtype=np.int64)
    turn, listed, listed_at = _TURN, tried, None
    while True:
        if listed_at is None or best.score < listed_at:
            listed_at = best.score
            pieces = PIECES if most > FEW else _COARSE
            listed = _hopeful(splits, least, objective, listed_at, limits, pieces)
            listed = listed[~np.isin(listed, tried)]
        if len(listed) == 0 or len(tried) >= most:
            return replace(best, tried=len(tried), proven=len(listed) == 0)
        now, listed = listed[:turn], listed[turn:]
        tried = np.concatenate([tried, now])
        turn = min(4 * turn, 4 * _TURN)
        best = _tried(splits, now, objective, limits, best, spare)


def _tried(
    splits: Splits,
    pairs: Ints,
    objective: str,
    limits: Limits,
    best: BestSplit,
    spare: float | None,
) -> BestSplit:
    """The best of the known chip and those on these pairs."""
    costs, counts, level = splits.options(pairs)
    choice, fits = best_options(
        costs,
        objective,
        limits,
        known=np.full(len(pairs), best.score),
        spare=None if spare is None else np.full(len(pairs), spare),
    )
    here = np.arange(len(pairs))

    def total(name: str) -> Floats:
        a, b, c, d = (costs[name][k][here, choice[:, k]] for k in range(BLOCKS))
        return np.asarray(((a + b) + c) + d)

    latency = total("latency_us")
    energy = energy_uj(total("active_uj"), total("standby_w"), latency)
    value = np.where(fits, OBJECTIVES[objective](energy, latency, total("area_mm2")), np.inf)
    at = int(value.argmin())
    if not value[at] < best.score * _BETTER:
        return best
    return BestSplit(
        splits.pair(int(pairs[at])),
        np.array([counts[b][choice[at, b]] for b in range(BLOCKS)]),
        np.array([level[b][choice[at, b]] for b in range(BLOCKS)]),
        float(value[at]),
        0.0 if spare is None else float(total(LOST)[at]),
    )


def _hopeful(
    splits: Splits, least: LowerBounds, objective: str, score: float, limits: Limits, pieces: int
) -> Ints:
    """Numbers of pairs on which a chip may be that scores less and has experts of some block on
    both memories, the most hopeful first; others are known already."""
    if np.isfinite(score):
        bundles = list(multipliers(objective, score, least, limits, pieces=pieces))
    else:
        bundles = [list(limiting(least, limits))]
    parts = [_shares(splits, bundle, least.rest_us) for bundle in bundles]
    pairs, share = (np.concatenate(column) for column in zip(*parts, strict=True))
    if not np.isfinite(score):  # any may be: what is good for the objective comes first
        away, home = splits.floors(least.plain(objective), least.rest_us)
        rows, columns = np.divmod(pairs, splits.macros[1])
        share = (away[:, :, rows] + home[:, :, columns]).min(axis=0).sum(axis=0)
    order = np.lexsort((pairs, share))
    _, first = np.unique(pairs[order], return_index=True)
    return np.asarray(pairs[order[np.sort(first)]])


def _shares(splits: Splits, bundle: Sequence[Multiplier], rest_us: Floats) -> tuple[Ints, Floats]:
    """Pairs that may keep all multipliers, and the share of the dearest that they take."""
    rows, columns = (np.arange(count) for count in splits.macros)
    floors: list[tuple[Multiplier, Floats, Floats]] = []
    for multiplier in bundle:
        away, home = (
            side[:, :, k]
            for side, k in zip(splits.floors(multiplier, rest_us), (rows, columns), strict=True)
        )
        first = _with_split(away + home.min(axis=2, keepdims=True))
        second = _with_split(home + away.min(axis=2, keepdims=True))
        good = first < multiplier.below, second < multiplier.below
        rows, columns = rows[good[0]], columns[good[1]]
        if len(rows) == 0 or len(columns) == 0:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        floors = [(m, one[:, :, good[0]], two[:, :, good[1]]) for m, one, two in floors]
        floors.append((multiplier, away[:, :, good[0]], home[:, :, good[1]]))
    share = np.zeros((len(rows), len(columns)))
    for multiplier, away, home in floors:
        total, dearer = np.zeros_like(share), np.full_like(share, np.inf)
        for b in range(BLOCKS):
            whole = np.minimum(home[0, b][None], away[-1, b][:, None])
            split = np.full_like(share, np.inf)
            for one, other in zip(away[1:-1, b], home[1:-1, b], strict=True):
                np.minimum(split, one[:, None] + other[None], out=split)
            own = np.minimum(whole, split)
            total += own
            more = np.subtract(split, own, out=np.full_like(own, np.inf), where=own < np.inf)
            np.minimum(dearer, more, out=dearer)
        share = np.maximum(share, (total + dearer) / multiplier.below)
    i, j = np.nonzero(share < 1.0)
    return rows[i] * splits.macros[1] + columns[j], share[i, j]


def _with_split(costs: Floats) -> Floats:
    """[W] least sum over the blocks of options [O, 4, W], of which one block has experts apart."""
    own, split = costs.min(axis=0), costs[1:-1].min(axis=0)
    more = np.subtract(split, own, out=np.full_like(own, np.inf), where=own < np.inf)
    return np.asarray(own.sum(axis=0) + more.min(axis=0))
