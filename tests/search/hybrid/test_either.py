"""The better uniform chip, whichever technology has it, as if both had been solved in full."""

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.technologies.parameters import technologies
from cmn_core.design import MEMORIES, Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.hybrid.either import best_of_either
from cmn_core.search.inner.block_costs import CostTables
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.macros import catalogue

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))


def drawn(count):
    rng = np.random.default_rng(11)
    return rng.integers(1, 6, (count, 4)), rng.integers(16, [64, 128, 320, 512], (count, 4))


@pytest.mark.parametrize("parameters", ["silicon", "paper"])
@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
@pytest.mark.parametrize("area", [None, 120.0])
def test_it_is_the_better_of_both(parameters, objective, area):
    genes, limits = drawn(12), Limits(max_array_mb=10.0, max_area_mm2=area)
    library = technologies(parameters, None)
    grid = make_grid(SPACE, WORKLOAD, "hybrid", technologies=library)
    tables = [
        CostTables.of(grid, catalogue(grid, t, limits.max_sigma_rel), *genes)
        for t in grid.technologies
    ]
    asked = {"objective": objective, "limits": limits, "technologies": library}
    alone = [best_hardware(SPACE, WORKLOAD, *genes, memory=m, **asked) for m in MEMORIES]
    found = best_of_either((tables[0], tables[1]), objective, limits, mixed=False)
    scores = np.full((2, 12), np.inf)
    for k, one in enumerate(found):
        scores[k, one.rows] = one.solved.score
    best = np.minimum(*(one.score for one in alone))
    assert np.isfinite(best).any()
    assert scores.min(axis=0) == pytest.approx(best, rel=1e-9)
    for k, one in enumerate(found):  # whoever is not solved would not have been better
        left_out = np.setdiff1d(np.arange(12), one.rows)
        assert (alone[k].score[left_out] >= best[left_out]).all()
    if parameters == "silicon":
        assert len(found[0].rows) < 12
