"""Whether any mixed chip keeps two limits: against every chip of a small grid."""

import itertools

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.reach import Staircases
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.macros import catalogue
from tests.search.hybrid.test_phase import LEVELS

COPIES = (1, 3)
NAMES = ("latency_us", "area_mm2")
MASKS = np.array([(True, False, False, True), (False, True, True, True)])


@pytest.fixture(scope="module")
def tables():
    workload = Workload((120, 160), images_per_second=1.0)
    grid = make_grid(SPACES["b0"], workload, "hybrid", levels=LEVELS, replica_levels=COPIES)
    genes = np.array([[2, 1, 3, 2]]), np.array([[64, 90, 200, 300]])
    return tuple(CostTables.of(grid, catalogue(grid, t, 0.08), *genes) for t in grid.technologies)


def every_chip(tables, mask):
    """Latency and area of all macros and copies."""
    first, second = (
        {n: table.rates(np.zeros(len(k), np.int64), k).at(table.copies[:, None])[n] for n in NAMES}
        for table, k in ((t, t.catalogue.worthy) for t in tables)
    )
    times, areas = [], []
    for m1, m2 in itertools.product(*(range(len(t.catalogue.worthy)) for t in tables)):
        blocks = [(first, m1) if on_rram else (second, m2) for on_rram in mask]
        for levels in itertools.product(range(len(COPIES)), repeat=4):
            sums = [
                sum(
                    costs[n][b, m, r]
                    for b, ((costs, m), r) in enumerate(zip(blocks, levels, strict=True))
                )
                for n in NAMES
            ]
            times.append(sums[0])
            areas.append(sums[1])
    return np.array(times), np.array(areas)


def test_what_fits_is_what_some_chip_keeps(tables):
    limits = Limits(max_sigma_rel=None, max_array_mb=None)
    reach = Staircases(tables, MASKS, limits)
    chips = [every_chip(tables, mask) for mask in MASKS]
    generator = np.random.default_rng(4)
    told = set()
    for _ in range(60):
        times, areas = chips[generator.integers(2)]
        some = generator.integers(len(times))
        asked = Limits(
            max_latency_us=float(times[some] * generator.uniform(0.8, 1.1)),
            max_area_mm2=float(areas[some] * generator.uniform(0.6, 1.05)),
            max_array_mb=None,
        )
        which, macros = reach.fitting(asked)
        for k, (time, area) in enumerate(chips):
            fits = ((time <= asked.max_latency_us) & (area <= asked.max_area_mm2)).any()
            assert (k in which) == fits
            told.add(bool(fits))
        assert len(macros) == len(which)
    assert told == {True, False}
