from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.search.objective import (
    BELOW_FLOOR,
    BOUNDED,
    INFEASIBLE,
    UNBUILDABLE,
    below_floor,
    excess,
)

OVER = st.floats(1e-12, 1e300)
KEPT = st.floats(-1.0, 0.0)


def of(latency=0.0, energy=0.0, area=0.0, array=0.0, sigma=0.0):
    return float(excess(np.array([latency, energy, area, array, sigma])))


def test_the_columns_are_those_of_the_violations():
    ceilings = ["max_latency_us", "max_energy_uj", "max_area_mm2", "max_array_mb", "max_sigma_rel"]
    assert list(BOUNDED) == ceilings


def test_what_is_kept_counts_nothing_and_the_rest_adds_up():
    assert of(-1.0, -0.5, 0.0, -1.0, -0.2) == 0.0
    assert of(latency=0.5, energy=0.25, area=-0.75) == 0.75


@given(soft=st.lists(OVER, min_size=3, max_size=3), array=OVER, sigma=OVER, kept=KEPT)
def test_limits_are_given_up_in_their_order(soft, array, sigma, kept):
    assert 0.0 < of(*soft, kept, kept) < of(array=array, latency=kept)
    assert of(*soft, array, kept) < of(sigma=sigma)
    assert of(*soft, array, sigma) < below_floor(1e-12)
    assert INFEASIBLE * (1.0 + of(*soft, array, sigma)) < UNBUILDABLE


def test_less_is_better_within_a_rank():
    assert of(array=0.1, latency=5.0) > of(array=0.1, latency=4.0)
    assert of(array=0.2) > of(array=0.1, latency=9.0)
    assert of(sigma=0.2) > of(sigma=0.1, array=9.0)
    assert below_floor(0.2) > below_floor(0.1) > BELOW_FLOOR
