"""Chips between the fastest and the most frugal, against a look at every chip of a small grid."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.pareto import STEPS, tradeoffs
from cmn_core.search.inner.proof.enumeration import macro_points

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))
EXPERTS, HIDDEN = np.array([[2, 1, 3, 1], [1, 5, 2, 4]]), np.array([[34, 55, 500, 284]] * 2)
LEVELS = {
    "rram": {
        "rows": (64, 128),
        "cols": (128,),
        "active_rows": (16, 64),
        "adc_bits": (5, 7),
        "columns_per_adc": (1, 8),
        "cell_bits": (1,),
        "dac_bits": (1,),
        "vdd_v": (0.7, 1.0),
    },
    "sram": {
        "rows": (64, 256),
        "cols": (128,),
        "rows_per_tree": (1, 16),
        "input_bits_per_step": (1, 8),
        "vdd_v": (0.6, 1.0),
    },
}


def small_grid(memory):
    return make_grid(SPACE, WORKLOAD, memory, levels=LEVELS, replica_levels=(1, 2, 6, 12))


def every_chip(grid, row, limits):
    """Energy and latency of all chips within the limits on capacity and output error."""
    points = macro_points(grid)
    copies = np.stack(np.unravel_index(np.arange(4**4), (4,) * 4), axis=1)
    index = np.repeat(points, len(copies), axis=0)
    index[:, grid.replica_slice] = np.tile(copies, (len(points), 1))
    chip = grid.chip(EXPERTS[row, None], HIDDEN[row, None], index[None])
    good = (chip.array_mb[0] <= limits.max_array_mb) & (
        chip.sigma_rel[0].max(axis=-1) <= limits.max_sigma_rel
    )
    for name in ("latency_us", "energy_uj"):
        allowed = getattr(limits, f"max_{name}")
        good &= getattr(chip, name)[0] <= (np.inf if allowed is None else allowed)
    return chip.energy_uj[0][good], chip.latency_us[0][good]


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize("tight", [False, True])
def test_ends_are_exact_and_what_lies_between_is_close_to_the_best(memory, tight):
    grid, limits = small_grid(memory), Limits(max_array_mb=8.0)
    if tight:  # limits on both, halfway to the other end
        energy, latency = every_chip(grid, 0, limits)
        limits = Limits(
            max_array_mb=8.0,
            max_energy_uj=float(np.sqrt(energy.min() * energy[latency.argmin()])),
            max_latency_us=float(np.sqrt(latency.min() * latency[energy.argmin()])),
        )
    index, fits, tried = tradeoffs(grid, EXPERTS, HIDDEN, limits)
    assert index.shape == (2, STEPS + 2, len(grid.levels))
    assert (tried > 0).all()
    for row in range(2):
        energy, latency = every_chip(grid, row, limits)
        if len(energy) == 0:
            assert not fits[row].any()
            continue
        points = index[row, fits[row]]
        chip = grid.chip(EXPERTS[row, None], HIDDEN[row, None], points[None])
        mine, slow = chip.energy_uj[0], chip.latency_us[0]
        assert chip.array_mb.max() <= limits.max_array_mb
        assert mine.max() <= (limits.max_energy_uj or np.inf)
        assert slow.max() <= (limits.max_latency_us or np.inf)
        assert slow[0] == pytest.approx(latency.min(), rel=1e-9)
        assert mine[-1] == pytest.approx(energy.min(), rel=1e-9)
        best = np.array([energy[latency <= t * (1.0 + 1e-9)].min() for t in slow])
        assert (mine >= best * (1.0 - 1e-9)).all()
        assert np.median(mine / best) <= 1.0 + 1e-9
        assert (mine <= 1.1 * best).all()
        assert (np.diff(mine) < 0.0).all()


def test_company_changes_nothing():
    grid, limits = small_grid("rram"), Limits()
    together = tradeoffs(grid, EXPERTS, HIDDEN, limits)
    for row in range(2):
        alone = tradeoffs(grid, EXPERTS[row, None], HIDDEN[row, None], limits)
        for one, both in zip(alone, together, strict=True):
            assert (one[0] == both[row]).all()


def test_a_hybrid_trades_with_the_chips_of_either_technology():
    grid = make_grid(SPACE, WORKLOAD, "hybrid", levels=LEVELS, replica_levels=(1, 2, 6, 12))
    limits = Limits()
    index, fits, tried = tradeoffs(grid, EXPERTS, HIDDEN, limits)
    assert index.shape == (2, 2 * (STEPS + 2), len(grid.levels))
    for half, memory in enumerate(("rram", "sram")):
        part = slice(half * (STEPS + 2), (half + 1) * (STEPS + 2))
        own = small_grid(memory)
        points, good, _ = tradeoffs(own, EXPERTS, HIDDEN, limits)
        good &= fits[:, part].any(axis=1, keepdims=True)  # RRAM may have none that count
        assert (fits[:, part] == good).all()
        mixed = grid.chip(EXPERTS, HIDDEN, index[:, part])
        alone = own.chip(EXPERTS, HIDDEN, points)
        assert (mixed.energy_uj == alone.energy_uj)[good].all()
        assert (mixed.latency_us == alone.latency_us)[good].all()
    assert (tried > 0).all()
    assert fits[:, STEPS + 2 :].any(axis=1).all()


def test_a_hybrid_search_leaves_out_no_chip_that_either_memory_has_on_the_front():
    grid, limits = small_grid("hybrid"), Limits(max_array_mb=8.0)

    def front(grid):
        index, fits, _ = tradeoffs(grid, EXPERTS, HIDDEN, limits)
        chip = grid.chip(EXPERTS, HIDDEN, index)
        return [
            [
                (float(chip.energy_uj[row, k]), float(chip.latency_us[row, k]))
                for k in np.flatnonzero(fits[row])
            ]
            for row in range(2)
        ]

    def undominated(chips):
        return {
            c for c in chips if not any(o != c and o[0] <= c[0] and o[1] <= c[1] for o in chips)
        }

    both, rram, sram = (front(g) for g in (grid, small_grid("rram"), small_grid("sram")))
    for row in range(2):
        assert undominated(both[row]) == undominated(rram[row] + sram[row])
    _, fits, tried = tradeoffs(grid, EXPERTS, HIDDEN, limits)
    alone = tradeoffs(small_grid("sram"), EXPERTS, HIDDEN, limits)
    assert not fits[:, : STEPS + 2].any()  # here SRAM is ahead in both, and RRAM was not looked at
    assert (tried == alone[2]).all()
