"""A cut never takes a macro that the best chip is made of."""

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.hybrid.lagrangian import CUT
from cmn_core.search.hybrid.pruning import first_cut, geometries, side
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


def cut(tables, known, row, objective, score):
    """Numbers of macros of each technology that are left."""
    places = geometries(tables, row, objective, LIMITS, score)
    macros = [k.worthy[p] for k, p in zip(known, places, strict=True)]
    if min(map(len, macros)) == 0:
        return macros
    sides = [side(t, row, m, LIMITS) for t, m in zip(tables, macros, strict=True)]
    kept = first_cut(sides, objective, LIMITS, score)
    return [m[k] for m, k in zip(macros, kept, strict=True)]


@pytest.mark.parametrize("objective", CUT)
def test_the_macros_of_the_best_mixed_chip_survive(objective):
    found, known, tables = solved(MIXED, objective)
    for row, score in enumerate(found.score):
        left = cut(tables, known, row, objective, score * (1.0 + 1e-9))
        for technology, macros, some in zip(found.grid.technologies, known, left, strict=True):
            chosen = macros.numbers(found.index[row, found.grid.knob_slice(technology)])
            assert chosen in some


@pytest.mark.parametrize("objective", CUT)
def test_little_is_left_beside_a_good_chip(objective):
    found, known, tables = solved("hybrid", objective)
    for row, score in enumerate(found.score):
        left = cut(tables, known, row, objective, score)
        assert min(len(s) / len(k.worthy) for s, k in zip(left, known, strict=True)) < 0.1


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
