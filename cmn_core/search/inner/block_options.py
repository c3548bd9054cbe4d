"""Options of each block, technology x replicas, priced once for given macros.

Every cost of a chip comes from sums over its blocks. Energy is such a sum but for standby leakage,
which goes on for the latency of the whole image.
"""

from __future__ import annotations

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import PJ_PER_UW_NS, BlockCosts
from cmn_core.quantities import AREA, LATENCY
from cmn_core.search.inner.grid import Grid

# Sums over the blocks: energy without what leaks outside the block's own time, and so on.
QUANTITIES = ("active_uj", "latency_us", "area_mm2", "array_mb", "standby_w")
LOST = "lost"  # points of mIoU, where they count
_FIELDS = {
    **{q.name: (q.part, q.part_size) for q in (LATENCY, AREA)},
    "array_mb": ("array_mb", 1.0),
    "standby_w": ("standby_uw", 1e-6),
}


def options(grid: Grid) -> tuple[list[Bools], list[Ints]]:
    """Per block: is_rram [O] and replica level [O] of every option."""
    technology, level = [], []
    for b in range(BLOCKS):
        copies = len(grid.levels[grid.replica_slice.start + b])
        memory = grid.arrays[grid.memory_slice.start + b] > 0.5
        technology.append(np.repeat(memory, copies))
        level.append(np.tile(np.arange(copies), len(memory)))
    return technology, level


def option_costs(
    grid: Grid, experts: Ints, hidden: Ints, index: Ints, technology: list[Bools], level: list[Ints]
) -> dict[str, list[Floats]]:
    """Quantity -> per block [A, O]; "sigma_rel" is the block's output error."""
    most = max(len(v) for v in grid.levels[grid.replica_slice])
    points = np.repeat(index[:, None], most, axis=1)
    for b in range(BLOCKS):
        d = grid.replica_slice.start + b
        points[:, :, d] = np.minimum(np.arange(most), len(grid.levels[d]) - 1)
    priced = {
        t.name == "rram": grid.block_costs(t, experts, hidden, points) for t in grid.technologies
    }
    out: dict[str, list[Floats]] = {name: [] for name in (*QUANTITIES, "sigma_rel")}
    for b in range(BLOCKS):
        for name in out:
            table = {flag: _column(costs, name, b) for flag, costs in priced.items()}
            picked = [table[bool(t)][:, i] for t, i in zip(technology[b], level[b], strict=True)]
            out[name].append(np.stack(picked, axis=1))
    return out


def _column(costs: BlockCosts, name: str, block: int) -> Floats:
    """[A, L] of one block with its share of the rest, in the chip's unit."""
    if name == "sigma_rel":
        shape = np.broadcast_shapes(costs.sigma_rel.shape, costs.energy_pj.shape)
        return np.asarray(np.broadcast_to(costs.sigma_rel, shape)[..., block])
    if name == "active_uj":
        own, other = (_active_pj(costs, side)[..., block] for side in ("", "other_"))
        return np.asarray((own + other) * 1e-6)
    stem, unit = _FIELDS[name]
    own, other = getattr(costs, stem), getattr(costs, f"other_{stem}")
    return np.asarray((own[..., block] + other[..., block]) * unit)


def _active_pj(costs: BlockCosts, side: str) -> Floats:
    """Energy without the standby leakage of the block's own time (combine, the other way round)."""
    energy, leaking = getattr(costs, f"{side}energy_pj"), getattr(costs, f"{side}standby_uw")
    return np.asarray(energy - PJ_PER_UW_NS * leaking * getattr(costs, f"{side}latency_ns"))


def energy_uj(active_uj: Floats, standby_w: Floats, latency_us: Floats) -> Floats:
    """Energy of a chip from sums over its blocks: standby leakage lasts the whole image."""
    return active_uj + standby_w * latency_us
