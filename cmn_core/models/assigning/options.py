"""What each block costs under each choice of memory and copies, and the best choice of all blocks.

Energy, time, leaking power, area and capacity of a chip are sums over its blocks; what leaks is
power times time. All objectives grow with each of these sums, so a partial chip that is worse than
another in all of them can be left out: blocks are added one by one, and only partial chips that no
other one beats, and whose bound is below the best chip known, go on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import PJ_PER_UW_NS
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.chip import BlockChoice, Chip
from cmn_core.models.cost import ModelCost
from cmn_core.models.hardware import OBJECTIVES
from cmn_core.models.pricing import price_model

COPIES = (1, 2, 4, 8, 16, 32, 64)
# Columns of sums: pJ, ns, uW, um2, MB; where blocks are worth more or less than once, energy is
# times their worth, and so is the time of a turn beside the time that limits are about.
ENERGY, TIME, POWER, AREA, CAPACITY, TURN = range(6)
MOST_PARTIAL = 10_000
COMPARED = 2_000  # partial chips among which dominated ones are looked for


@dataclass(frozen=True)
class OptionTable:
    """sums [B, O, S] of each block under each choice, S = 5, or 6 where worth differs; fixed [S] of
    what is no block's; allowed [B, O]: output error within the limit"""

    blocks: tuple[str, ...]
    choices: tuple[BlockChoice, ...]
    sums: Floats
    fixed: Floats
    allowed: Bools


def tabulate(problem: ChipProblem, chip: Chip) -> OptionTable:
    """Price the model once for each choice, taken by all blocks; the macros are the chip's."""
    model = problem.model
    blocks = tuple(model.blocks)
    choices = tuple(BlockChoice(m, c) for m in problem.memories for c in COPIES)
    sums = np.empty((len(blocks), len(choices), 5))
    allowed = np.empty((len(blocks), len(choices)), dtype=np.bool_)
    for o, choice in enumerate(choices):
        cost = price_model(model, replace(chip, blocks=dict.fromkeys(blocks, choice)), blocks=True)
        sums[:, o] = _of_blocks(problem, blocks, cost)
        wrong = dict.fromkeys(blocks, 0.0)
        for layer in model.layers:
            found = float(cost.region_sigma.get(layer.place, np.zeros(())))
            wrong[layer.block] = max(wrong[layer.block], found)
        allowed[:, o] = [wrong[b] <= problem.limits.sigma_rel for b in blocks]
    wake_ns = float(cost.latency_ns) - sums[:, -1, TIME].sum()
    fixed = np.array([0.0, wake_ns, 0.0, 0.0, 0.0])
    if problem.worth:
        times = np.array([problem.worth[b] for b in blocks])[:, None]
        sums = np.concatenate([sums, (times * sums[..., TIME])[..., None]], axis=-1)
        fixed = np.append(fixed, wake_ns)
    return OptionTable(blocks, choices, sums, fixed, allowed)


def _of_blocks(problem: ChipProblem, blocks: Sequence[str], cost: ModelCost) -> Floats:
    """[B, 5] sums of each block; energy is without what leaks over the whole inference."""
    model = problem.model
    places = np.array([blocks.index(layer.block) for layer in model.layers])
    out = np.zeros((len(blocks), 5))
    for column, rows in (
        (ENERGY, cost.working_pj(model, problem.worth)),
        (POWER, cost.layer_standby_uw),
        (AREA, cost.layer_um2),
        (CAPACITY, cost.layer_mb),
    ):
        np.add.at(out[:, column], places, rows)
    for b, name in enumerate(blocks):
        out[b, TIME] = cost.block_ns[name]
        out[b, AREA] += cost.unit_um2[name]
    return out


def value_of(sums: Floats, objective: str) -> Floats:
    """[...] objective of sums [..., S]."""
    time_ns = sums[..., -1 if sums.shape[-1] > TURN else TIME]
    energy_pj = sums[..., ENERGY] + PJ_PER_UW_NS * sums[..., POWER] * time_ns
    return OBJECTIVES[objective](energy_pj, time_ns, sums[..., AREA])


def best_assignment(
    table: OptionTable, objective: str, limits: ChipLimits
) -> tuple[Mapping[str, BlockChoice] | None, bool]:
    """The best choice of every block within the limits, None if there is none; whether it is
    proven, which it is unless more than MOST_PARTIAL partial chips stood side by side."""
    blocks, width = len(table.blocks), len(table.fixed)
    most = np.append(limits.sums, np.inf)[:width]
    sums = np.where(table.allowed[..., None], table.sums, np.inf)
    if not table.allowed.any(axis=1).all():
        return None, True
    least = np.concatenate([np.cumsum(sums.min(axis=1)[::-1], axis=0)[::-1], np.zeros((1, width))])
    known, known_picks = _descended(sums, table.fixed, objective, most)
    partial, picks = table.fixed[None], np.zeros((1, 0), dtype=np.int64)
    proven = True
    for b in range(blocks):
        useful = np.flatnonzero(table.allowed[b])
        useful = useful[_undominated(sums[b, useful])]
        grown = (partial[:, None] + sums[None, b, useful]).reshape(-1, width)
        picks = np.concatenate(
            [np.repeat(picks, len(useful), axis=0), np.tile(useful, len(picks))[:, None]], axis=1
        )
        bound = grown + least[b + 1]
        worth = value_of(bound, objective)
        kept = np.isfinite(grown).all(axis=1) & (bound <= most).all(axis=1) & (worth < known)
        grown, picks, worth = grown[kept], picks[kept], worth[kept]
        order = np.argsort(worth, kind="stable")
        if len(order) > MOST_PARTIAL:
            order, proven = order[:MOST_PARTIAL], False
        grown, picks = grown[order], picks[order]
        if len(grown) <= COMPARED:
            left = _undominated(grown)
            grown, picks = grown[left], picks[left]
        partial = grown
    if len(partial):
        values = value_of(partial, objective)
        known_picks = picks[int(values.argmin())]
    if known_picks is None:
        return None, proven
    chosen = {name: table.choices[o] for name, o in zip(table.blocks, known_picks, strict=True)}
    return chosen, proven


def _descended(
    sums: Floats, fixed: Floats, objective: str, most: Floats
) -> tuple[float, Ints | None]:
    """A chip to begin with: from each choice taken by all, one block after the other changes."""
    best, found = np.inf, None
    blocks, options, _ = sums.shape
    for start in range(options):
        picks = np.full(blocks, start)
        picks = np.where(np.isfinite(sums[range(blocks), picks, 0]), picks, sums[..., 0].argmin(1))
        for _ in range(blocks):
            before = picks.copy()
            for b in range(blocks):
                rest = fixed + sums[range(blocks), picks].sum(axis=0) - sums[b, picks[b]]
                tried = rest + sums[b]
                there = np.isfinite(tried).all(axis=1)
                tried = np.where(there[:, None], tried, 0.0)
                over = np.where(there, np.maximum(tried / most, 1.0).sum(axis=1), np.inf)
                worth = np.where(there, value_of(tried, objective), np.inf)
                picks[b] = np.lexsort((worth, over))[0]
            if (before == picks).all():
                break
        total = fixed + sums[range(blocks), picks].sum(axis=0)
        reached = float(value_of(total, objective))
        if (total <= most).all() and reached < best:
            best, found = reached, picks.copy()
    return best, found


def _undominated(rows: Floats) -> Bools:
    """Rows that no other one is below in all columns; of equal ones the first."""
    left = np.ones(len(rows), dtype=np.bool_)
    for i in range(len(rows)):
        if left[i]:
            worse = (rows >= rows[i]).all(axis=1)
            worse[: i + 1] = False
            left &= ~worse
    return left
