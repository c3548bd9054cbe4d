"""Good chips of every assignment: within the limits, none better than the best, none far off."""

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.hybrid.phase import MIXED
from cmn_core.search.hybrid.rivals import Rivals
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.macros import catalogue

SPACE = SPACES["b0"]
WORKLOAD = Workload((240, 320), images_per_second=0.1)
GENES = np.array([[2, 2, 2, 2]]), np.array([[64, 128, 256, 512]])


@pytest.mark.parametrize("most_mm2", [72.0, 200.0])
def test_rivals_of_a_hybrid_chip(most_mm2):
    limits = Limits(max_area_mm2=most_mm2, max_latency_us=1e7)
    grid = make_grid(SPACE, WORKLOAD, "hybrid")
    tables = [
        CostTables.of(grid, catalogue(grid, t, limits.max_sigma_rel), *GENES)
        for t in grid.technologies
    ]
    asked = {"objective": "energy", "limits": limits}
    best = best_hardware(SPACE, WORKLOAD, *GENES, memory="hybrid", **asked)
    rivals = Rivals(tuple(tables), np.array(MIXED), "energy", limits)
    which, macros, level = rivals.likely(limits, best.chip.at(0))
    assert len(set(which)) == len(which) > 3
    off = []
    for one, pair, levels in zip(which, macros, level, strict=True):
        memory = tuple("rram" if r else "sram" for r in MIXED[one])
        point = grid.start()[None].copy()
        for k, table in enumerate(tables):
            point[0, grid.knob_slice(grid.technologies[k])] = table.catalogue.knobs[pair[k]]
        point[0, grid.replica_slice], point[0, grid.memory_slice] = levels, MIXED[one]
        chip = grid.chip(*GENES, point[None]).at(0).at(0)
        assert float(chip.area_mm2) <= most_mm2
        assert float(chip.latency_us) <= 1e7
        own = best_hardware(SPACE, WORKLOAD, *GENES, memory=memory, **asked)
        off.append(float(chip.energy_uj) / own.score[0])
    assert min(off) >= 1.0 - 1e-6
    assert np.median(off) < 1.1
