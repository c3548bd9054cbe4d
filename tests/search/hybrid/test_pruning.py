"""A cut never takes a macro that the best chip is made of."""

from itertools import product

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.hybrid.lagrangian import CUT, LowerBounds
from cmn_core.search.hybrid.pruning import Sieve
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.macros import catalogue

SPACE, WORKLOAD = SPACES["b0"], Workload()
LIMITS = Limits(max_array_mb=10.0, max_sigma_rel=0.08)
MIXED = ("rram", "sram", "sram", "rram")


def drawn(count):
    rng = np.random.default_rng(7)
    return rng.integers(1, 4, (count, 4)), rng.integers(16, [64, 96, 160, 256], (count, 4))


def solved(memory, objective):
    experts, hidden = drawn(6)
    found = best_hardware(
        SPACE, WORKLOAD, experts, hidden, memory=memory, objective=objective, limits=LIMITS
    )
    assert found.feasible.all()
    grid = found.grid
    known = [catalogue(grid, t, LIMITS.max_sigma_rel) for t in grid.technologies]
    return found, known, tuple(CostTables.of(grid, k, experts, hidden) for k in known)


def sieved(tables, row, objective, score):
    """What is left of all assignments, with blocks apart and together."""
    masks = np.array([m for m in product((True, False), repeat=4) if any(m) and not all(m)])
    whole = Sieve.whole(tables, row, masks, LIMITS)
    least = LowerBounds.begun(whole.sides, LIMITS)
    wanted = least.wanted(objective, score)
    loose = whole.loosely(wanted, least.rest_us)
    return loose, loose.passing(wanted, least.rest_us)


@pytest.mark.parametrize("objective", CUT)
def test_the_macros_of_the_best_mixed_chip_survive(objective):
    found, known, tables = solved(MIXED, objective)
    outlines = [table.outline for table in tables]
    for row, score in enumerate(found.score):
        finer = sieved(outlines, row, objective, score * (1.0 + 1e-9))[1].finer(tables, row, LIMITS)
        for left in (*sieved(tables, row, objective, score * (1.0 + 1e-9)), finer):
            mine = [tuple(m) == tuple(t == "rram" for t in MIXED) for m in left.masks[left.which]]
            for k, technology in enumerate(found.grid.technologies):
                chosen = known[k].numbers(found.index[row, found.grid.knob_slice(technology)])
                at = np.flatnonzero(left.macros[k] == chosen)
                assert left.left[k][mine.index(True), at]


@pytest.mark.parametrize("objective", CUT)
def test_little_is_left_beside_a_good_chip(objective):
    found, known, tables = solved("hybrid", objective)
    for row, score in enumerate(found.score):
        loose, left = sieved(tables, row, objective, score)
        assert left.chips <= loose.chips
        assert min(c / len(k.worthy) for c, k in zip(left.counts, known, strict=True)) < 0.1


def test_sums_are_those_of_the_blocks_of_either_memory():
    _, _, tables = solved(MIXED, "latency")
    for memories in ((MIXED,), tuple(product(("rram", "sram"), repeat=4))[1:-1]):
        masks = np.array([[m == "rram" for m in memory] for memory in memories])
        whole = Sieve.whole(tables, 0, masks, LIMITS)
        costs = [np.random.default_rng(k).random((4, n)) for k, n in enumerate(whole.counts)]
        first, second = whole.added(costs)
        for at, mask in enumerate(masks):
            assert first[at] == pytest.approx(costs[0][mask].sum(axis=0))
            assert second[at] == pytest.approx(costs[1][~mask].sum(axis=0))


def test_a_union_leaves_what_any_of_its_parts_leaves():
    found, _, tables = solved("hybrid", "latency")
    whole = Sieve.whole(tables, 0, np.array([[True, False, False, True]]), LIMITS)
    least = LowerBounds.begun(whole.sides, LIMITS)
    parts = [
        whole.passing([Multiplier(share * found.score[0], per_us=1.0)], least.rest_us)
        for share in (1.0, 1.5, 2.0)
    ]
    assert parts[0].chips < parts[2].chips
    both = whole.union(parts)
    for k in range(2):
        assert set(both.macros[k]) == set(parts[2].macros[k])


@pytest.mark.parametrize("name", ["rram", "sram"])
def test_an_outline_is_as_good_as_any_macro_of_its_geometry(name):
    grid = make_grid(SPACE, WORKLOAD, name)
    macros = catalogue(grid, grid.technologies[0], LIMITS.max_sigma_rel)
    outline = macros.outline
    assert sorted(set(macros.shape[macros.worthy])) == outline.shape.tolist()
    at = np.searchsorted(outline.shape, macros.shape[macros.worthy])
    for figure in ("read_us", "macro_mm2", "standby_w", "use_uj", "error", "disturbed"):
        best, each = getattr(outline, figure), getattr(macros, figure)[..., macros.worthy]
        assert (best[..., at] <= each).all()
        assert np.isin(best, each).all()  # nor better than all of them
