"""Proofs of the inner search: no bound above what it bounds, no macro left out that is the best."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.macros import catalogue
from cmn_core.search.inner.proof.bounds import bounds
from cmn_core.search.inner.proof.enumeration import enumerate_best
from cmn_core.search.objective import OBJECTIVES, score

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))
# Waiting for the next image takes about as much as working on one.
SELDOM = Workload((120, 160), images_per_second=0.05, temperature_c=60.0)
# Few of the experts work on a token, and the busiest of them gets more than its share.
SPARSE = Workload((120, 160), top_k=(1, 2, 5, 3))
LOADS = tuple(
    tuple(tuple(min(1.0, k / max(e, 1) * (1.3 + 0.1 * b)) for k in range(6)) for e in range(6))
    for b in range(4)
)
RUNS = pytest.mark.parametrize(
    ("workload", "loads"),
    [(WORKLOAD, None), (SELDOM, None), (SPARSE, None), (SPARSE, LOADS)],
    ids=["busy", "seldom", "sparse", "sparse as measured"],
)
EFFORT = {"particles": 6, "iterations": 3}
LEVELS = {
    "rram": {
        "rows": (64, 128),
        "cols": (64, 128),
        "active_rows": (16, 64),
        "adc_bits": (5, 7),
        "columns_per_adc": (1, 8),
        "cell_bits": (1,),
        "dac_bits": (1,),
        "vdd_v": (0.7, 1.0),
    },
    "sram": {
        "rows": (64, 256),
        "cols": (64, 128),
        "rows_per_tree": (1, 16),
        "input_bits_per_step": (1, 8),
        "vdd_v": (0.6, 0.8, 1.0),
    },
}


def architectures(count, seed):
    generator = np.random.default_rng(seed)
    experts = generator.integers(1, 6, (count, 4))
    return experts, generator.integers(16, np.array(SPACE.max_hidden) + 1, (count, 4))


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_the_tables_say_what_the_simulator_says_of_sparse_experts(memory):
    grid = make_grid(SPACE, SPARSE, memory, loads=LOADS)
    known = catalogue(grid, grid.technologies[0], 0.08)
    experts, hidden = architectures(3, seed=1)
    tables = CostTables.of(grid, known, experts, hidden)
    macros = known.worthy[:: max(1, len(known.worthy) // 40)]
    index = np.zeros((len(macros), len(grid.levels)), dtype=np.int64)
    index[:, grid.knob_slice(grid.technologies[0])] = known.knobs[macros]
    index[:, grid.replica_slice] = (0, 2, 3, 5)
    copies = np.take_along_axis(tables.copies, np.array([[0], [2], [3], [5]]), axis=1)
    chips = grid.chip(experts, hidden, np.broadcast_to(index, (3, *index.shape)))
    for row in range(3):
        everywhere = np.repeat(copies, len(macros), axis=1)
        found = totals(tables, np.full(len(macros), row), macros, everywhere)
        for name, value in zip(("energy_uj", "latency_us", "area_mm2"), found, strict=False):
            assert value == pytest.approx(getattr(chips, name)[row], rel=1e-9), name


@pytest.mark.parametrize("memory", ["rram", "hybrid"])
def test_experts_of_a_token_as_a_gene_are_those_of_the_workload(memory):
    """An architecture that carries its top-k gets the chips of a workload that states it."""
    experts, hidden = architectures(3, seed=7)
    settings = {"memory": memory, "objective": "latency", "loads": LOADS, "levels": LEVELS}
    stated = best_hardware(SPACE, SPARSE, experts, hidden, **EFFORT, **settings)
    chosen = np.broadcast_to(SPARSE.experts_of_token, experts.shape)
    carried = np.concatenate([experts, chosen], axis=1)
    free = best_hardware(SPACE, WORKLOAD, carried, hidden, **EFFORT, **settings)
    assert (free.index == stated.index).all()
    assert (free.score == stated.score).all()
    dense = best_hardware(SPACE, WORKLOAD, experts, hidden, **EFFORT, **settings)
    whole = np.concatenate([experts, np.full_like(experts, 5)], axis=1)
    all_of_them = best_hardware(SPACE, WORKLOAD, whole, hidden, **EFFORT, **settings)
    assert all_of_them.score == pytest.approx(dense.score, rel=1e-12)
    assert (free.score < dense.score).all()


def totals(tables, rows, macros, copies):
    """Energy, latency, area, capacity and error [K] of chips with copies [4, K]."""
    rates = tables.rates(rows, macros)
    sums = {name: value.sum(axis=0) for name, value in rates.at(copies).items()}
    energy = sums["active_uj"] + sums["standby_w"] * sums["latency_us"]
    sigma = np.broadcast_to(rates.sigma_rel.max(axis=0), energy.shape)
    return energy, sums["latency_us"], sums["area_mm2"], sums["array_mb"], sigma


@RUNS
@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize("objective", list(OBJECTIVES))
def test_no_chip_costs_less_than_its_bound(memory, objective, workload, loads):
    grid = make_grid(SPACE, workload, memory, loads=loads)
    known = catalogue(grid, grid.technologies[0], 0.08)
    experts, hidden = architectures(3, seed=1)
    tables = CostTables.of(grid, known, experts, hidden)
    generator = np.random.default_rng(2)
    macros = np.unique(generator.choice(known.worthy, 300))
    limits = Limits(max_array_mb=6.0)
    least = bounds(tables, macros, objective=objective, limits=limits)
    for _ in range(20):
        levels = generator.integers(0, 7, (4, 1))
        copies = np.take_along_axis(tables.copies, levels, axis=1)
        for row in range(3):
            rows = np.full(len(macros), row)
            found = totals(tables, rows, macros, np.repeat(copies, len(macros), axis=1))
            energy, latency, area, array_mb, sigma = found
            inside = array_mb <= 6.0
            assert (least.latency_us[row] <= latency)[inside].all()
            assert (least.energy_uj[row] <= energy)[inside].all()
            assert (least.area_mm2[row] <= area).all()
            assert (least.array_mb[row] <= array_mb).all()
            assert least.sigma_rel[row] == pytest.approx(sigma, rel=1e-8)
            value = OBJECTIVES[objective](energy, latency, area)
            assert (least.objective[row] <= value)[inside].all()
            assert least.fits[row][inside & (sigma <= 0.08)].all()


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_what_arrays_take_while_they_wait_is_in_the_bound(memory):
    """With one copy of each block little is left between the bound and the chip, however long it
    waits; without the wait the bound would be less than a third of it."""
    grid = make_grid(SPACE, SELDOM, memory)
    known = catalogue(grid, grid.technologies[0], 0.08)
    tables = CostTables.of(grid, known, *architectures(3, seed=1))
    least = bounds(tables, known.worthy, objective="energy", limits=Limits(max_array_mb=None))
    for row in range(3):
        rows = np.full(len(known.worthy), row)
        energy = totals(tables, rows, known.worthy, np.ones((4, len(rows))))[0]
        assert (least.energy_uj[row] <= energy).all()
        assert np.median(least.energy_uj[row] / energy) > 0.9


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_what_is_not_worthy_is_never_better(memory):
    grid = make_grid(SPACE, WORKLOAD, memory, levels=LEVELS)
    known = catalogue(grid, grid.technologies[0], 0.08)
    every = np.arange(len(known.knobs))
    lost = np.setdiff1d(every, known.worthy)
    experts, hidden = architectures(2, seed=4)
    tables = CostTables.of(grid, known, experts, hidden)
    for row, copies in itertools.product(range(2), (1.0, 4.0)):
        all_copies = np.full((4, len(every)), copies)
        found = totals(tables, np.full(len(every), row), every, all_copies)
        table = np.stack(found, axis=1)
        for macro in lost:
            kept = table[macro, 4] <= 0.08
            as_good = (table[known.worthy, :4] <= table[macro, :4] * (1.0 + 1e-12)).all(axis=1)
            keeps = table[known.worthy, 4] <= 0.08
            assert not kept or (as_good & keeps).any()


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_the_best_of_the_whole_grid_is_found_whatever_the_swarm_did(memory):
    experts, hidden = architectures(2, seed=5)
    limits = Limits(max_array_mb=8.0)
    settings = {"memory": memory, "objective": "latency", "limits": limits}
    found = best_hardware(SPACE, WORKLOAD, experts, hidden, **EFFORT, **settings)
    other = best_hardware(SPACE, WORKLOAD, experts, hidden, **EFFORT, **settings, seed=9)
    assert found.proven.all()
    assert (found.index == other.index).all()
    assert (found.swarm >= found.score * (1.0 - 1e-12)).all()
    grid = found.grid
    index = grid.start()[None, None].repeat(2, axis=0)
    assert (
        score(grid.chip(experts, hidden, index), objective="latency", limits=limits).value[:, 0]
        >= found.score
    ).all()


@RUNS
@pytest.mark.parametrize("objective", list(OBJECTIVES))
@pytest.mark.parametrize("memory", ["hybrid", ("rram", "sram", "rram", "sram")])
def test_hybrids_are_exact_for_every_objective(memory, objective, workload, loads):
    levels = {
        "rram": {**LEVELS["rram"], "rows": (64,), "cols": (128,), "vdd_v": (0.7,)},
        "sram": {**LEVELS["sram"], "rows": (64,), "cols": (128,), "vdd_v": (0.8,)},
    }
    experts, hidden = architectures(2, seed=6)
    settings = {
        "memory": memory,
        "objective": objective,
        "levels": levels,
        "replica_levels": (1, 2, 6),
        "limits": Limits(max_array_mb=12.0),
        "loads": loads,
    }
    found = best_hardware(SPACE, workload, experts, hidden, **EFFORT, **settings)
    for row in range(2):
        architecture = Architecture.from_row([*experts[row], *hidden[row]])
        exact = enumerate_best(SPACE, workload, architecture, **settings)
        assert exact is not None
        assert found.score[row] == pytest.approx(exact.score[0], rel=1e-12)


def test_hybrids_within_limits_that_bind():
    """Energy and latency limits between the two uniform chips, where a mixture may be needed."""
    levels = {
        "rram": {**LEVELS["rram"], "rows": (64,), "cols": (128,)},
        "sram": {**LEVELS["sram"], "rows": (64,), "cols": (128,), "vdd_v": (0.8,)},
    }
    experts, hidden = architectures(2, seed=7)
    common = {"levels": levels, "replica_levels": (1, 2, 6)}
    free = best_hardware(
        SPACE, WORKLOAD, experts, hidden, memory="sram", objective="edp", **EFFORT, **common
    )
    limits = Limits(
        max_array_mb=12.0,
        max_energy_uj=float(free.chip.energy_uj.max()) * 1.02,
        max_area_mm2=float(free.chip.area_mm2.max()) * 0.97,
    )
    settings = {"memory": "hybrid", "objective": "edp", "limits": limits, **common}
    found = best_hardware(SPACE, WORKLOAD, experts, hidden, **EFFORT, **settings)
    for row in range(2):
        architecture = Architecture.from_row([*experts[row], *hidden[row]])
        exact = enumerate_best(SPACE, WORKLOAD, architecture, **settings)
        assert found.feasible[row] == (exact is not None)
        if exact is not None:
            assert found.score[row] == pytest.approx(exact.score[0], rel=1e-12)


def test_a_block_that_rram_always_spoils_goes_to_sram():
    """With a limit below what RRAM reaches a hybrid is the SRAM chip, and says that it is proven;
    with RRAM demanded somewhere nothing meets the limit and the nearest chip is returned."""
    experts, hidden = architectures(2, seed=8)
    common = {"levels": LEVELS, "replica_levels": (1, 2), "objective": "edp", **EFFORT}
    strict = Limits(max_array_mb=12.0, max_sigma_rel=0.01)
    free = best_hardware(SPACE, WORKLOAD, experts, hidden, memory="hybrid", limits=strict, **common)
    sram = best_hardware(SPACE, WORKLOAD, experts, hidden, memory="sram", limits=strict, **common)
    assert free.proven.all()
    assert free.score == pytest.approx(sram.score, rel=1e-12)
    given = ("rram", "sram", "sram", "sram")
    fixed = best_hardware(SPACE, WORKLOAD, experts, hidden, memory=given, limits=strict, **common)
    assert not fixed.feasible.any()
    assert not fixed.proven.any()
    assert fixed.grid.buildable(fixed.index).all()


def test_a_grid_too_large_to_count_out_is_searched_all_the_same():
    fine = {
        **{name: tuple(2**k for k in range(4, 10)) for name in ("rows", "cols", "active_rows")},
        "adc_bits": tuple(range(3, 11)),
        "columns_per_adc": (1, 2, 4, 8, 16, 32),
        "vdd_v": tuple(0.7 + 0.02 * k for k in range(16)),
    }
    experts, hidden = architectures(2, seed=9)
    found = best_hardware(
        SPACE,
        WORKLOAD,
        experts,
        hidden,
        memory="rram",
        levels={"rram": fine},
        particles=4,
        iterations=3,
    )
    assert found.proven is None
    assert found.feasible.all()
    coarse = best_hardware(SPACE, WORKLOAD, experts, hidden, memory="rram", **EFFORT)
    assert (found.score <= coarse.score * 1.02).all()
