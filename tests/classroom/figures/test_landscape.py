from __future__ import annotations

import numpy as np
import pytest

from cmn_core.classroom.figures.landscape import (
    ACTIVE_ROWS,
    ADC_BITS,
    ITERATIONS,
    PARTICLES,
    landscape,
)
from cmn_core.classroom.specimen import specimen
from cmn_core.quantities import MAX_SIGMA_REL
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed, with_knob


def test_a_field_is_what_evaluate_says() -> None:
    walk = landscape()
    for row, bit in ((1, 0), (4, 2), (6, 5)):
        design = with_knob(completed(specimen("rram")), "rram", "adc_bits", ADC_BITS[bit])
        found = answer(with_knob(design, "rram", "active_rows", ACTIVE_ROWS[row]))
        edp = found.metrics["energy_uj"] * found.metrics["latency_us"] * 1e-3
        assert walk.edp[row, bit] == pytest.approx(edp, rel=1e-9)
        assert walk.allowed[row, bit] == (found.sigma <= MAX_SIGMA_REL)


def test_the_swarm_stays_on_the_map_and_never_forgets_its_best() -> None:
    walk = landscape(seed=5)
    assert walk.steps.shape == (ITERATIONS, PARTICLES, 2)
    assert walk.steps.min() >= 0 and walk.steps[..., 0].max() <= len(ACTIVE_ROWS) - 1
    cost = np.where(walk.allowed, walk.edp, np.inf)
    best = [cost[walk.best_by(step)] for step in range(ITERATIONS)]
    assert best == sorted(best, reverse=True)
    assert cost[walk.optimum] == cost.min() <= best[-1]


def test_a_seed_walks_the_same_way_twice_and_another_one_otherwise() -> None:
    assert np.array_equal(landscape(3).steps, landscape(3).steps)
    assert not np.array_equal(landscape(3).steps, landscape(4).steps)
