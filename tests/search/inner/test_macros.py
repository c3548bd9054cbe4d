"""Which macros count where energy does not: none that is the fastest for its area and error."""

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.macros import catalogue


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize("by_error", [False, True])
def test_what_is_left_out_is_slower_at_no_less_area_and_error(memory, by_error):
    grid = make_grid(SPACES["b0"], Workload(), memory)
    whole = catalogue(grid, grid.technologies[0], 0.1, by_error=by_error)
    kept = whole.fastest.worthy
    assert set(kept) < set(whole.worthy)
    assert len(kept) <= 0.3 * len(whole.worthy)  # of the supply voltages the highest is left
    figures = ("macro_mm2", "error", "disturbed")
    for macro in set(whole.worthy) - set(kept):
        same = kept[whole.shape[kept] == whole.shape[macro]]
        quicker = whole.read_us[same] < 0.999 * whole.read_us[macro]
        for name in figures:
            quicker &= getattr(whole, name)[same] <= getattr(whole, name)[macro]
        assert quicker.any()


def test_a_faster_macro_does_not_outrun_a_smaller_one():
    grid = make_grid(SPACES["b0"], Workload(), "sram")
    whole = catalogue(grid, grid.technologies[0], 0.1)
    kept = whole.fastest
    smallest = whole.macro_mm2[whole.worthy].min()
    assert np.isclose(kept.macro_mm2[kept.worthy].min(), smallest)
    assert kept.read_us[kept.worthy].min() == whole.read_us[whole.worthy].min()
