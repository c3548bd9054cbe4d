"""What an architecture can trade energy for latency by: its chips of least energy at several
latencies.

The two ends are exact. In between only the macros are tried that look best by a bound on their
energy at that latency (bounds.Curve), each with its best replicas, so that a chip there is rarely
the very best one (docs/search.md says by how much), but always one within the limits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import CostTables, options
from cmn_core.search.inner.block_options import energy_uj
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import Grid
from cmn_core.search.inner.macros import catalogue
from cmn_core.search.inner.proof.bounds import Bounds
from cmn_core.search.inner.proof.branch_and_bound import all_bounds, best_uniform, eased
from cmn_core.search.inner.replicas import least_energies

# What a reader of a hybrid search's front must know.
UNIFORM_NOTE = (
    "Of one network, the chip for the goal of this search may mix memories. Its other chips on the"
    " front, from the fastest to the most frugal, lie on one memory each: mixed ones are not"
    " searched there."
)
STEPS = 14  # latencies between the fastest and the most frugal chip
_LESS = 1.0 - 1e-12  # sums in another order differ in the last digits
_TRIED = 3  # macros at each of them


@dataclass(frozen=True)
class Tradeoff:
    """Chips of A architectures by rising latency, K each.

    macro [A, K] by number, level [A, K, 4] of replicas, fits [A, K]: whether there is such a chip
    within the limits and no better one before it; tried [A] macros whose replicas were set.
    """

    macro: Ints
    level: Ints
    fits: Bools
    tried: Ints


def tradeoffs(
    grid: Grid,
    experts: Ints,
    hidden: Ints,
    limits: Limits,
    budget: ErrorBudget | None = None,
) -> tuple[Ints, Bools, Ints]:
    """Points [A, K, D] of a grid whose macros can be counted, which of them are chips [A, K], and
    macros tried [A]. On a hybrid grid they are those of either technology alone.

    budget: of the chips' error, which they keep.
    """
    if budget is not None:
        budget = replace(budget, accurate=False)
    made, found = list[CostTables](), list[Tradeoff]()
    for technology in grid.technologies:
        own = grid.only(technology.name) if len(grid.technologies) > 1 else grid
        known = catalogue(own, technology, limits.max_sigma_rel, by_error=budget is not None)
        made.append(CostTables.of(own, known, experts, hidden, budget))
    for tables in reversed(made):  # SRAM, on which an image loses nothing, comes first
        rival = None if not found or made[-1].draws else (made[-1], found[0])
        found.insert(0, _undominated(tables, limits, rival))
    points = [_points(grid, *pair) for pair in zip(made, found, strict=True)]
    spent = sum((one.tried for one in found), np.zeros(len(experts), dtype=np.int64))
    return np.concatenate(points, 1), np.concatenate([one.fits for one in found], 1), spent


def _points(grid: Grid, tables: CostTables, found: Tradeoff) -> Ints:
    """[A, K, D] the chips as points of the grid."""
    own, technology = tables.grid, tables.catalogue.technology
    points = np.empty((*found.macro.shape, len(grid.levels)), dtype=np.int64)
    points[...] = grid.start()
    points[..., grid.knob_slice(technology)] = tables.catalogue.knobs[found.macro]
    top = own.sizes[own.replica_slice] - 1
    points[..., grid.replica_slice] = np.minimum(found.level, top)
    for b in range(BLOCKS):
        at = grid.memory_slice.start + b
        points[..., at] = grid.levels[at].index(own.levels[own.memory_slice.start + b][0])
    return points


def _undominated(
    tables: CostTables, limits: Limits, rival: tuple[CostTables, Tradeoff] | None
) -> Tradeoff:
    """The tradeoffs of all architectures but those of which one of the rival's chips is faster and
    more frugal than any of these can be; those have none here."""
    count, chips = tables.size[0], STEPS + 2
    if rival is None:
        return tradeoff(tables, limits=limits)
    outline = tables.outline
    least = all_bounds(outline, "latency", limits)
    fastest, frugal = (
        np.where(least.fits, v, np.inf).min(axis=1, keepdims=True)
        for v in (least.latency_us, least.energy_uj)
    )
    other, known = rival
    energy, latency = (
        v.reshape(count, chips)
        for v in _figures(
            other,
            known.macro.ravel(),
            known.level.reshape(-1, BLOCKS),
            np.repeat(np.arange(count), chips),
        )
    )
    beaten = (known.fits & (energy <= frugal) & (latency <= fastest)).any(axis=1)
    rows = np.flatnonzero(~beaten)
    out = Tradeoff(
        np.zeros((count, chips), dtype=np.int64),
        np.zeros((count, chips, BLOCKS), dtype=np.int64),
        np.zeros((count, chips), dtype=bool),
        np.zeros(count, dtype=np.int64),
    )
    if len(rows):
        for name, values in vars(tradeoff(tables.some(rows), limits=limits)).items():
            getattr(out, name)[rows] = values
    return out


def tradeoff(tables: CostTables, *, limits: Limits, steps: int = STEPS) -> Tradeoff:
    """The fastest chip, the most frugal one, and `steps` of least energy in between."""
    nothing, everyone = np.full(tables.size[0], -1), np.arange(tables.size[0])
    least = all_bounds(tables, "latency", limits, curve=True)
    fast, frugal = (
        best_uniform(
            tables, replace(least, objective=value), objective=goal, limits=limits, first=nothing
        )
        for goal, value in (("latency", least.latency_us), ("energy", least.energy_uj))
    )
    energies, ends = zip(
        *(_figures(tables, one.macro, one.level, everyone) for one in (fast, frugal)), strict=True
    )
    shares = np.arange(1, steps + 1) / (steps + 1)
    ceilings = ends[0][:, None] * (ends[1] / ends[0])[:, None] ** shares
    macro, level, found, tried = _between(tables, ceilings, least, eased(limits))
    known = [np.isfinite(one.score) for one in (fast, frugal)]
    row = np.concatenate([energies[0][:, None], found, energies[1][:, None]], axis=1)
    before = np.minimum.accumulate(row, axis=1)[:, :-1]
    better = row[:, 1:] < before * _LESS
    fits = np.isfinite(found) & better[:, :-1]
    known[1] &= better[:, -1] | ~known[0]
    return Tradeoff(
        np.concatenate([fast.macro[:, None], macro, frugal.macro[:, None]], axis=1),
        np.concatenate([fast.level[:, None], level, frugal.level[:, None]], axis=1),
        np.concatenate([known[0][:, None], fits, known[1][:, None]], axis=1),
        fast.tried + tried + frugal.tried,
    )


def _between(
    tables: CostTables, ceilings: Floats, least: Bounds, limits: Limits
) -> tuple[Ints, Ints, Floats, Ints]:
    """Macro [A, T], level [A, T, 4] and energy [A, T] at most as slow as ceilings [A, T], and
    macros tried [A]."""
    macros = tables.catalogue.worthy
    assert least.curve is not None
    count, steps = ceilings.shape
    chosen = np.zeros((count, steps, min(_TRIED, len(macros))), dtype=np.int64)
    for step in range(steps):
        at = ceilings[:, step, None]
        hopes = np.where(least.fits & (least.latency_us <= at), least.curve.energy_uj(at), np.inf)
        turn = chosen.shape[2]
        chosen[:, step] = np.argpartition(hopes, turn - 1, axis=1)[:, :turn]
    pairs = np.unique(
        np.stack([np.repeat(np.arange(count), steps * chosen.shape[2]), chosen.ravel()]), axis=1
    )
    rows, tried = pairs[0], macros[pairs[1]]
    level, energy = least_energies(
        options(tables.rates(rows, tried), tables.copies), limits, ceilings[rows]
    )
    best = np.full(ceilings.shape, np.inf)
    macro = np.zeros(ceilings.shape, dtype=np.int64)
    levels = np.zeros((*ceilings.shape, BLOCKS), dtype=np.int64)
    # Pairs come by architecture, then by macro: of equals the macro with the lower number.
    first = np.searchsorted(rows, np.arange(count + 1))
    for row in range(count):
        here = slice(first[row], first[row + 1])
        if first[row] == first[row + 1]:
            continue
        winner = energy[here].argmin(axis=0)
        every = np.arange(steps)
        best[row] = energy[here][winner, every]
        macro[row] = tried[here][winner]
        levels[row] = level[here][winner, every]
    return macro, levels, best, np.bincount(rows, minlength=count)


def _figures(tables: CostTables, macro: Ints, level: Ints, rows: Ints) -> tuple[Floats, Floats]:
    """Energy and latency [K] of chips with macro [K] and replica levels [K, 4] of architectures."""
    copies = np.take_along_axis(tables.copies, level.T, axis=1)
    blocks = tables.rates(rows, macro).at(copies)
    active, latency, standby = (
        ((v[0] + v[1]) + v[2]) + v[3]
        for v in (blocks[name] for name in ("active_uj", "latency_us", "standby_w"))
    )
    return energy_uj(active, standby, latency), latency
