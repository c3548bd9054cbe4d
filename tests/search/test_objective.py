from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cmn_core.search.objective import BOUNDED, RANKS, Merit, excess

OVER = st.floats(1e-12, 1e300)
KEPT = st.floats(-1.0, 0.0)
# Few different numbers, so that ranks are often equal.
MISSING = arrays(np.float64, (3, 4, RANKS), elements=st.sampled_from([0.0, 0.5, 2.0, np.inf]))
VALUE = arrays(np.float64, (3, 4), elements=st.sampled_from([1.0, 2.0, 3.0]))


def of(latency=0.0, energy=0.0, area=0.0, array=0.0, sigma=0.0, **more):
    return tuple(excess(np.array([latency, energy, area, array, sigma]), **more).tolist())


def keys(merit):
    """Rows of tuples, which Python orders by the first number that differs."""
    return [
        [(*missing, value) for missing, value in zip(*row, strict=True)]
        for row in zip(merit.missing.tolist(), merit.value.tolist(), strict=True)
    ]


def test_the_columns_are_those_of_the_violations():
    ceilings = ["max_latency_us", "max_energy_uj", "max_area_mm2", "max_array_mb", "max_sigma_rel"]
    assert list(BOUNDED) == ceilings


def test_what_is_kept_counts_nothing_and_the_rest_adds_up():
    assert of(-1.0, -0.5, 0.0, -1.0, -0.2, rest=-1.0, short=-0.1) == (0.0,) * RANKS
    assert of(latency=0.5, energy=0.25, area=-0.75, rest=2.0) == (0.0, 0.0, 0.0, 2.75)


@given(soft=st.lists(OVER, min_size=4, max_size=4), array=OVER, sigma=OVER, short=OVER, kept=KEPT)
def test_limits_are_given_up_in_their_order(soft, array, sigma, short, kept):
    *soft, other = [x * 1e-3 for x in soft]  # their sum stays finite
    nothing = of(kept, kept, kept, kept, kept)
    assert nothing < of(*soft, kept, kept, rest=other) < of(array=array, latency=kept)
    assert of(*soft, array, kept, rest=other) < of(sigma=sigma)
    assert of(*soft, array, sigma, rest=other) < of(short=short)


def test_less_is_better_within_a_rank():
    assert of(array=0.1, latency=5.0) > of(array=0.1, latency=4.0)
    assert of(array=0.2) > of(array=0.1, latency=9.0)
    assert of(sigma=0.2) > of(sigma=0.1, array=9.0)
    assert of(short=0.2) > of(short=0.1, sigma=9.0)


def test_only_a_chip_within_its_limits_has_a_value():
    missing = np.array([[0.0] * 4, [0.0, 0.0, 0.0, 1e-300]])
    merit = Merit.of(np.array([7.0, 1.0]), missing)
    assert merit.value.tolist() == [7.0, np.inf]
    assert merit.feasible.tolist() == [True, False]
    assert merit[:1].less(merit[1:]).tolist() == [True]
    assert merit[1:].less(Merit.nowhere(1)).tolist() == [True]
    assert merit.buildable.all()
    assert not Merit.nowhere(2).buildable.any()


@given(missing=MISSING, other=MISSING, value=VALUE, rival=VALUE)
def test_merits_are_ordered_like_tuples(missing, other, value, rival):
    ours, theirs = Merit.of(value, missing), Merit.of(rival, other)
    mine, its = keys(ours), keys(theirs)
    expected = [[a < b for a, b in zip(*row, strict=True)] for row in zip(mine, its, strict=True)]
    assert ours.less(theirs).tolist() == expected
    assert ours.argbest().tolist() == [row.index(min(row)) for row in mine]
    ranked = [sorted(range(4), key=row.__getitem__) for row in mine]
    assert ours.order().tolist() == ranked


def test_rows_are_taken_put_and_mixed():
    merit = Merit.of(np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros((2, 2, RANKS)))
    assert merit[1].value.tolist() == [3.0, 4.0]
    assert merit.reshape(4).value.tolist() == [1.0, 2.0, 3.0, 4.0]
    put = merit.put(np.array([0]), Merit.nowhere(1, 2))
    assert put.feasible.tolist() == [[False, False], [True, True]]
    assert merit.feasible.all()  # the one before stays as it was
    mixed = merit.where(np.array([[True, False], [False, True]]), Merit.nowhere())
    assert mixed.value.tolist() == [[1.0, np.inf], [np.inf, 4.0]]
    assert mixed.buildable.tolist() == [[True, False], [False, True]]
    assert Merit.joined([merit, put]).value.shape == (4, 2)
