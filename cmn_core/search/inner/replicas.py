"""Exact replicas and technologies of the four blocks for given macros.

Every cost of a chip comes from sums over its blocks, so the options of each block (technology x
replicas) are priced once and their combinations are added up, less those that cannot be best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_options import LOST, QUANTITIES, energy_uj, option_costs, options
from cmn_core.search.inner.grid import Grid
from cmn_core.search.objective import OBJECTIVES, Objective

_ROWS = 64  # architectures whose options are priced at once
_CELLS = 2**16  # combinations added up at once: arrays of that size stay in the processor's cache
_ROUNDING = 1.0 + 1e-9  # sums in another order may differ in the last digits; limits decide later
_POINTS = 1e-12  # of mIoU, for sums in another order


def allocate(
    grid: Grid, experts: Ints, hidden: Ints, index: Ints, *, objective: str, limits: Limits
) -> Ints:
    """index [A, D] with the best replicas and memory for its knobs; unchanged where none fits."""
    out = index.copy()
    technology, level = options(grid)
    for at in range(0, len(index), _ROWS):
        rows = slice(at, at + _ROWS)
        costs = option_costs(grid, experts[rows], hidden[rows], index[rows], technology, level)
        choice, fits = best_options(costs, objective, limits)
        for b in range(BLOCKS):
            copies, memory = grid.replica_slice.start + b, grid.memory_slice.start + b
            which = np.searchsorted(grid.arrays[memory], technology[b].astype(np.float64))
            new_level, new_memory = level[b][choice[:, b]], which[choice[:, b]]
            out[rows, copies] = np.where(fits, new_level, index[rows, copies])
            out[rows, memory] = np.where(fits, new_memory, index[rows, memory])
    return out


def best_options(
    costs: dict[str, list[Floats]],
    objective: str | Objective,
    limits: Limits,
    *,
    known: Floats | None = None,
    spare: Floats | None = None,
) -> tuple[Ints, Bools]:
    """Option of each block [A, 4] with the lowest objective within the limits, and whether any.

    costs: quantity -> per block [A, O]; objective: a key of OBJECTIVES or a function like theirs,
    which no quantity may lower; known: [A] values, of which larger ones are not wanted. Of equal
    combinations the first counts. spare: [A] points of mIoU that a chip may lose, of which "lost"
    among the costs says what each option does.
    """
    names = QUANTITIES if spare is None else (*QUANTITIES, LOST)
    order, kept = _shortened(costs, _worthy(costs, objective, limits, known, spare), names)
    shape = [o.shape[1] for o in order]
    choice = np.zeros((len(order[0]), BLOCKS), dtype=np.int64)
    fits = np.zeros(len(order[0]), dtype=bool)
    chunk = max(1, _CELLS // int(np.prod(shape)))
    for at in range(0, len(choice), chunk):
        rows = slice(at, at + chunk)
        part = {n: [c[rows] for c in kept[n]] for n in names}
        value = _values(part, objective, limits)
        if spare is not None:
            lost = _merged(part[LOST]).reshape(value.shape)
            value[lost > spare[rows, None]] = np.inf
        winner = value.argmin(axis=1)
        here = np.arange(len(winner))
        fits[rows] = np.isfinite(value[here, winner])
        choice[rows] = _unravelled(order, rows, winner, shape)
    return choice, fits


def least_energies(
    costs: dict[str, list[Floats]], limits: Limits, ceilings_us: Floats
) -> tuple[Ints, Floats]:
    """Option of each block [A, T, 4] with the least energy at most as slow as ceilings_us [A, T],
    and that energy [A, T], infinite where none keeps the limits as well."""
    loosest = replace(limits, max_latency_us=float(ceilings_us.max()), images_per_second=None)
    worthy = _worthy(costs, "energy", loosest, None, None)
    order, kept = _shortened(costs, worthy, QUANTITIES)
    shape = [o.shape[1] for o in order]
    choice = np.zeros((*ceilings_us.shape, BLOCKS), dtype=np.int64)
    energy = np.full(ceilings_us.shape, np.inf)
    chunk = max(1, _CELLS // int(np.prod(shape)))
    for at in range(0, len(choice), chunk):
        rows = slice(at, at + chunk)
        part = {n: [c[rows] for c in kept[n]] for n in QUANTITIES}
        value = _values(part, "energy", limits)
        latency = _merged(part["latency_us"]).reshape(value.shape)
        here = np.arange(len(value))
        for step in range(ceilings_us.shape[1]):
            late = latency > ceilings_us[rows, step, None]
            winner = np.where(late, np.inf, value).argmin(axis=1)
            fits = ~late[here, winner]
            energy[rows, step] = np.where(fits, value[here, winner], np.inf)
            choice[rows, step] = _unravelled(order, rows, winner, shape)
    return choice, energy


def _shortened(
    costs: dict[str, list[Floats]], worthy: list[Bools], names: Sequence[str]
) -> tuple[list[Ints], dict[str, list[Floats]]]:
    """Worthy options moved to the front, in their order, so that the table of sums becomes small:
    which they are, and their costs; no option that merely fills up fits any capacity."""
    order = [
        np.argsort(~w, axis=1, kind="stable")[:, : max(1, w.sum(axis=1).max())] for w in worthy
    ]
    kept = {
        name: [np.take_along_axis(c, o, axis=1) for c, o in zip(costs[name], order, strict=True)]
        for name in names
    }
    for b in range(BLOCKS):
        kept["array_mb"][b][~np.take_along_axis(worthy[b], order[b], axis=1)] = np.inf
    return order, kept


def _unravelled(order: list[Ints], rows: slice, winner: Ints, shape: list[int]) -> Ints:
    """[K, 4] options of each block that combinations [K] stand for."""
    here = np.arange(len(winner))
    picked = np.unravel_index(winner, shape)
    return np.stack([order[b][rows][here, picked[b]] for b in range(BLOCKS)], axis=1)


def _worthy(
    costs: dict[str, list[Floats]],
    objective: str | Objective,
    limits: Limits,
    known: Floats | None,
    spare: Floats | None,
) -> list[Bools]:
    """Per block [A, O]: options that fit beside the smallest ones of the other blocks, keep the
    output error, may lead to what is wanted and are not dominated by another option of the block.
    """
    hopeful = _hopeful(costs, objective, limits, known, spare)
    least = [c.min(axis=1) for c in costs["array_mb"]]
    total = ((least[0] + least[1]) + least[2]) + least[3]
    counted = [n for n in QUANTITIES if n != "area_mm2" or _area_counts(objective, limits)]
    counted += [] if spare is None else [LOST]
    out = []
    for b in range(BLOCKS):
        keep = np.ones(costs["array_mb"][b].shape, dtype=bool)
        if limits.max_array_mb is not None:
            room = limits.max_array_mb * _ROUNDING - (total - least[b])
            keep &= costs["array_mb"][b] <= room[:, None]
        if limits.max_sigma_rel is not None:
            keep &= costs["sigma_rel"][b] <= limits.max_sigma_rel
        keep &= hopeful[b]
        mine = {n: costs[n][b] for n in counted}
        if _ascending(mine):
            out.append(keep & ~_no_faster(mine["latency_us"], keep))
        else:
            out.append(keep & ~_dominated(list(mine.values()), keep))
    return out


def _hopeful(
    costs: dict[str, list[Floats]],
    objective: str | Objective,
    limits: Limits,
    known: Floats | None,
    spare: Floats | None,
) -> list[Bools]:
    """Per block [A, O]: options that keep the limits and `known` beside the least of the others."""
    rule = OBJECTIVES[objective] if isinstance(objective, str) else objective
    least = {name: [c.min(axis=1) for c in costs[name]] for name in QUANTITIES}
    total = {name: ((v[0] + v[1]) + v[2]) + v[3] for name, v in least.items()}
    out = []
    for b in range(BLOCKS):
        chip = {n: costs[n][b] + (total[n] - least[n][b])[:, None] for n in QUANTITIES}
        energy = energy_uj(chip["active_uj"], chip["standby_w"], chip["latency_us"])
        keep = np.ones(energy.shape, dtype=bool)
        for amount, ceiling in (
            (energy, limits.max_energy_uj),
            (chip["latency_us"], limits.latency_us),
            (chip["area_mm2"], limits.max_area_mm2),
        ):
            if ceiling is not None:
                keep &= amount <= ceiling * _ROUNDING
        if known is not None:
            value = rule(energy, chip["latency_us"], chip["area_mm2"])
            keep &= value <= (known * _ROUNDING)[:, None]
        if spare is not None:
            others = sum(c.min(axis=1) for k, c in enumerate(costs[LOST]) if k != b)
            keep &= costs[LOST][b] <= np.asarray(spare - others)[:, None] + _POINTS
        out.append(keep)
    return out


def _ascending(values: dict[str, Floats]) -> bool:
    """Whether options [A, O] are copies of one macro in their order: each takes more capacity and
    no less of anything but time than the one before, or is the same once more."""
    room = values["array_mb"]
    same = room[:, 1:] == room[:, :-1]
    if not (room[:, 1:] >= room[:, :-1]).all():
        return False
    for name, v in values.items():
        step = v[:, 1:] - v[:, :-1]
        if (step[same] != 0.0).any() or (name != "latency_us" and (step < 0.0).any()):
            return False
    return True


def _no_faster(latency_us: Floats, keep: Bools) -> Bools:
    """`_dominated` of ascending options: no faster than an earlier one that is kept."""
    fastest = np.minimum.accumulate(np.where(keep, latency_us, np.inf), axis=1)
    out = np.zeros(keep.shape, dtype=bool)
    out[:, 1:] = fastest[:, :-1] <= latency_us[:, 1:]
    return out


def _dominated(values: list[Floats], keep: Bools) -> Bools:
    """[A, O] whether another kept option is at least as good in every value (ties: the first)."""
    count = keep.shape[1]
    as_good = np.broadcast_to(keep[:, None, :], (len(keep), count, count)).copy()
    equal = np.ones_like(as_good)
    for v in values:
        mine, other = v[:, :, None], v[:, None, :]
        as_good &= other <= mine
        equal &= other == mine
    earlier = np.tri(count, k=-1, dtype=bool)  # [mine, other]: the other option comes first
    return np.asarray((as_good & (~equal | earlier)).any(axis=2))


def _area_counts(objective: str | Objective, limits: Limits) -> bool:
    return objective not in ("energy", "latency", "edp") or limits.max_area_mm2 is not None


def _values(costs: dict[str, list[Floats]], objective: str | Objective, limits: Limits) -> Floats:
    """[A, combinations] objective, infinite beyond a limit."""
    latency, array_mb = (_merged(costs[name]) for name in ("latency_us", "array_mb"))
    energy = _merged(costs["standby_w"])
    energy *= latency
    energy += _merged(costs["active_uj"])
    # Not worked out where nothing reads it.
    area = _merged(costs["area_mm2"]) if _area_counts(objective, limits) else latency
    rule = OBJECTIVES[objective] if isinstance(objective, str) else objective
    value = rule(energy, latency, area)
    for amount, ceiling in (
        (energy, limits.max_energy_uj),
        (latency, limits.latency_us),
        (area, limits.max_area_mm2),
        (array_mb, limits.max_array_mb),
    ):
        if ceiling is not None:
            value[amount > ceiling] = np.inf
    if limits.max_array_mb is None:
        value[np.isinf(array_mb)] = np.inf  # options that merely fill up
    return value.reshape(len(value), -1)


def _merged(columns: list[Floats]) -> Floats:
    """[A, O1*O2, O3*O4] sums over one option of each block."""
    a, b, c, d = columns
    front = (a[:, :, None] + b[:, None, :]).reshape(len(a), -1)
    back = (c[:, :, None] + d[:, None, :]).reshape(len(a), -1)
    return np.asarray(front[:, :, None] + back[:, None, :])
