from __future__ import annotations

import numpy as np
import pytest

from cmn_core.classroom.figures.cells import cell_levels


@pytest.mark.parametrize(("bits", "error", "columns"), [(1, 0.048, 7), (2, 0.15, 4), (3, 0.29, 3)])
def test_errors_are_those_of_the_simulators_page(bits: int, error: float, columns: int) -> None:
    found = cell_levels(bits)
    assert found.sigma_rel == pytest.approx(error, abs=0.006)  # docs/simulator.md, section 3
    assert found.columns == columns
    assert len(found.mean) == 2**bits


def test_misreads_are_what_drawn_cells_show() -> None:
    found = cell_levels(3)
    draws = 40_000
    rng = np.random.default_rng(7)
    for level in (0, 2, 5):
        read = found.mean[level] + found.sd[level] * rng.standard_normal(draws)
        nearest = abs(read[:, None] - found.mean).argmin(axis=1)
        share = float((nearest != level).mean())
        assert share == pytest.approx(found.misread[level], abs=4 * np.sqrt(0.25 / draws))


def test_every_hill_holds_the_same_area() -> None:
    found = cell_levels(2)
    for level in range(4):
        curve = np.array([(x, d) for n, x, d in found.curves() if n == level])
        assert np.trapezoid(curve[:, 1], curve[:, 0]) == pytest.approx(1.0, abs=2e-3)
