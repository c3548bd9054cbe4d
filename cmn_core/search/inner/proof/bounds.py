"""What a chip with a given macro costs at the least, whatever its replicas: one value per macro.

Copies r of a block divide its array time n by at most r and multiply its capacity c, its leakage
and its area by r. With a budget B of capacity, over the positive r >= r0 (Lagrange, blocks pinned
to r0 one after the other where the solution falls below),

    latency >= F + sum n_b / r_b with r_b proportional to sqrt(n_b / c_b);

without a budget the most copies allowed bound it. Energy is least with the fewest copies, except
for leakage s r, for which (sum s r)(sum n / r) >= (sum sqrt(s n))^2 (Cauchy); the same holds for
area x latency. Array times of all macros of a geometry are proportional, so that this is worked out
per geometry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.water_filling import poured

_STEPS = 4  # of Newton's method
_BELOW = 1.0 - 1e-9  # sums in another order differ in the last digits


@dataclass(frozen=True, eq=False)
class Curve:
    """Least energy [A, W] of chips that take a given time, with u the time of their arrays:

    energy >= active_uj + wire / sqrt(u) + shared_w x L + leak x L / u,    L = u + fixed_us.
    """

    active_uj: Floats
    wire: Floats
    shared_w: Floats
    leak: Floats
    fixed_us: Floats

    def energy_uj(self, latency_us: Floats) -> Floats:
        """[A, W] at latencies [A, 1]."""
        u = np.maximum(latency_us - self.fixed_us, 1e-12 * latency_us)
        shares = self.shared_w + self.leak / u
        return self.active_uj + self.wire / np.sqrt(u) + shares * latency_us


@dataclass(frozen=True, eq=False)
class Bounds:
    """Least costs [A, W] of A architectures on W macros; fits: within the limits by these; curve:
    where it was asked for, or the objective needed it; lost: points of mIoU, where they count."""

    latency_us: Floats
    energy_uj: Floats
    area_mm2: Floats
    array_mb: Floats
    sigma_rel: Floats
    objective: Floats
    fits: Bools
    curve: Curve | None = None
    lost: Floats | None = None

    def some(self, rows: Ints) -> Bounds:
        """Of some of the architectures, without their curves."""
        given: dict[str, Any] = {
            f.name: None if f.name == "curve" or v is None else v[rows]
            for f in fields(self)
            for v in [getattr(self, f.name)]
        }
        return Bounds(**given)


def bounds(
    tables: CostTables, macros: Ints, *, objective: str, limits: Limits, curve: bool = False
) -> Bounds:
    """Bounds for uniform chips with macros [W] by number."""
    catalogue, counts = tables.catalogue, tables.counts
    shapes, shape = np.unique(catalogue.shape[macros], return_inverse=True)
    shape = shape.reshape(-1)
    architectures = tables.size[0]
    low, high = (tables.copies[:, k, None, None] for k in (0, -1))

    def part(value: Floats) -> Floats:
        return value if value.shape[-1] == 1 else value[..., shapes]

    def spread(value: Floats) -> Floats:
        """[A or 1, S or 1] -> [A or 1, W or 1]"""
        return value if value.shape[1] == 1 else np.take(value, shape, axis=1)

    read_us, mm2 = catalogue.read_us[macros], catalogue.macro_mm2[macros]
    own, other = (part(v) for v in counts.arrays)
    arrays = own + other
    most = np.maximum(part(counts.scores) * counts.tokens, part(counts.keys) * counts.kv_tokens)
    work = part(counts.steps) * counts.tokens + most  # in reads
    if counts.expert_steps is not None and counts.expert_tokens is not None:
        work = work + part(counts.expert_steps) * counts.expert_tokens
    capacity = arrays * catalogue.mb[shapes]
    array_mb = _sum(capacity * low)
    reads = least_work(work, capacity, low, high, limits.max_array_mb)
    fixed_mm2 = 1e-6 * _sum(counts.area_um2)
    tile = 1e-6 * counts.tile_um2
    if limits.max_area_mm2 is not None:
        # Of all macros of a geometry the smallest leaves the most room for copies.
        smallest = np.full(len(shapes), np.inf)
        np.minimum.at(smallest, shape, mm2)
        cores = arrays * smallest + (counts.matrices[0] + counts.matrices[1]) * tile
        room = np.maximum(limits.max_area_mm2 - fixed_mm2, 0.0)
        reads = np.maximum(reads, least_work(work, cores, low, high, room))
    fixed_us = 1e-3 * _sum(counts.fixed_ns)
    latency = _BELOW * (fixed_us + spread(reads) * read_us)

    energy = 1e-6 * _sum(np.broadcast_to(counts.fixed_pj, (BLOCKS, architectures, 1)))
    for name, uj, used in zip(counts.use, catalogue.use_uj, tables.used, strict=True):
        if used:
            energy = energy + spread(_sum(part(counts.use[name]))) * uj[macros]
    held = _sum(arrays * low)
    energy = energy + spread(held) * catalogue.hold_uj[macros]  # while the chip waits
    # A sum of roots of sums is at least the root of the sum of squared sums of roots (Minkowski).
    wire = 1e-3 * counts.wire_pj
    cores = [_sum(counts.moved[0] * np.sqrt(v * low)) ** 2 for v in (own, counts.matrices[0])]
    active = energy + wire * np.sqrt(spread(cores[0]) * mm2 + cores[1] * tile)
    cores = [_sum(counts.moved[1] * np.sqrt(v * low)) ** 2 for v in (other, counts.matrices[1])]
    active = active + wire * np.sqrt(spread(cores[0]) * mm2 + cores[1] * tile)
    shared_w = 1e-6 * _sum(counts.standby_uw)
    squared = _sum(np.sqrt(arrays * work)) ** 2
    matrices = counts.matrices[0] + counts.matrices[1]
    core = spread(held) * mm2 + _sum(matrices * low) * tile
    leaks = bool(catalogue.standby_w.any())
    least = active + shared_w * latency
    together = np.zeros(())
    if leaks:
        watts = catalogue.standby_w[macros]
        alone, together = spread(held) * watts, spread(squared) * (watts * read_us)
        least = least + np.maximum(alone * latency, alone * fixed_us + together)
    least_energy = None
    if curve or objective in ("edp", "edap"):
        # Every wire is at least that of the block with the fewest matrices per array.
        per_array = np.minimum(_fewest(counts.matrices[0], own), _fewest(counts.matrices[1], other))
        roots = counts.moved[0] * np.sqrt(own) + counts.moved[1] * np.sqrt(other)
        lengths = _sum(np.cbrt(roots * roots * work)) ** 3
        lengths = spread(lengths) * (mm2 * read_us) * (1.0 + spread(per_array) * (tile / mm2))
        least_energy = Curve(energy, wire * np.sqrt(lengths), shared_w, together, fixed_us)
    if objective in ("edp", "edap"):
        assert least_energy is not None
        product = least_product(energy, least_energy.wire, shared_w, together, latency, fixed_us)
        product = np.maximum(product, least * latency)
    latency_area = fixed_mm2 * latency + core * fixed_us
    squares = spread(squared) * mm2 + spread(_sum(np.sqrt(matrices * work)) ** 2) * tile
    latency_area = np.maximum(latency_area + squares * read_us, (fixed_mm2 + core) * latency)
    if objective == "edap":
        value = np.maximum(least * latency_area, product * (fixed_mm2 + core))
    elif objective == "edp":
        value = product
    else:
        value = {"latency": latency, "energy": least, "tops_per_mm2": latency_area}[objective]
    sigma = np.zeros((architectures, len(macros)))
    if tables.draws and limits.max_sigma_rel is not None:
        mean = part(counts.reads_per_row).max(axis=0)
        sigma = np.sqrt(spread(mean) * catalogue.error[macros] + catalogue.disturbed[macros])
    found = {
        "max_latency_us": latency,
        "max_energy_uj": least,
        "max_area_mm2": fixed_mm2 + core,
        "max_array_mb": spread(array_mb),
        "max_sigma_rel": sigma,
    }
    fits = np.ones(latency.shape, dtype=bool)
    for name, amount in found.items():
        allowed = limits.allowed(name)
        if allowed is not None:
            fits &= _BELOW * amount <= allowed
    lost = None
    if tables.budget is not None:
        lost = tables.lost(macros)
        fits &= lost <= tables.budget.allowed[:, None]
    area, held_mb, error = (
        np.broadcast_to(_BELOW * v, latency.shape)
        for v in (fixed_mm2 + core, spread(array_mb), sigma)
    )
    least_of = latency, _BELOW * least, area, held_mb, error, _BELOW * value
    return Bounds(*least_of, fits, least_energy, lost)


def least_product(
    active_uj: Floats,
    wire: Floats,
    shared_w: Floats,
    leak: Floats,
    latency_us: Floats,
    fixed_us: Floats,
) -> Floats:
    """[...] least (energy x latency) on a Curve over array times u >= latency_us - fixed_us.

    The product is convex up to u = 3 fixed_us and rises from u = fixed_us on, so Newton's method
    looks for its foot and the tangent there is a bound, however near it came.
    """
    f = fixed_us
    start = np.maximum(latency_us - f, 1e-12 * latency_us)
    end = np.maximum(start, f)
    u = np.maximum(start, 0.25 * f)

    def slopes(u: Floats) -> tuple[Floats, Floats, Floats]:
        root = wire / np.sqrt(u)
        share = f / u
        whole = u + f
        value = whole * (active_uj + root + shared_w * whole + leak * (1.0 + share))
        slope = active_uj + root * (0.5 - 0.5 * share) + 2.0 * shared_w * whole
        slope = slope + leak * (1.0 - share * share)
        bend = root * (0.75 * share - 0.25) / u + 2.0 * shared_w + 2.0 * leak * share * share / u
        return value, slope, bend

    for _ in range(_STEPS):
        _, slope, bend = slopes(u)
        u = np.clip(u - slope / np.maximum(bend, 1e-300), start, end)
    value, slope, _ = slopes(u)
    return value + np.where(slope < 0.0, slope * (end - u), slope * (start - u))


def least_work(
    work: Floats, capacity: Floats, low: Floats, high: Floats, budget: Floats | float | None
) -> Floats:
    """[...] least sum of work / r over copies low <= r <= high of four blocks within the budget.

    work, capacity, low, high: [4, ...] or broadcast to it. Copies may be broken, and those that a
    block cannot have count as if they were had: a bound, not a choice. Where not even the fewest
    copies fit, the budget counts for nothing.
    """
    unbound = _sum(work / high)
    if budget is None:
        return unbound
    held = low * capacity
    wish, cost = np.sqrt(work / capacity), np.sqrt(work * capacity)
    copies = poured(wish, cost, low, held, budget, levels=BLOCKS)
    bound = _sum(work / np.maximum(copies, low))
    return np.where(_sum(held) * _BELOW > budget, unbound, np.maximum(bound, unbound))


def _fewest(matrices: Floats, arrays: Floats) -> Floats:
    """[...] least matrices per array of a block that has arrays."""
    ratio = np.where(arrays > 0.0, matrices / np.maximum(arrays, 1.0), np.inf)
    return np.asarray(ratio.min(axis=0))


def _sum(blocks: Floats) -> Floats:
    """[4, ...] -> [...], in a fixed order."""
    total: Floats = ((blocks[0] + blocks[1]) + blocks[2]) + blocks[3]
    return total
