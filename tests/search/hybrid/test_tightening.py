"""The tightest multiplier, worked by hand on a network of two chips."""

import pytest

from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.hybrid.tightening import tightened

# Energy and area: a frugal chip that is too large, a small one that needs more.
CHIPS = ((100.0, 90.0), (160.0, 30.0))


def cost(multiplier: Multiplier) -> float:
    return min(multiplier.energy * e + multiplier.per_mm2 * a for e, a in CHIPS)


def test_between_two_chips_both_cost_the_same():
    """On 50 mm2 no mixture of them needs less than 100 + 60 x 40 / 60 = 140, where a mm2 is worth
    1 uJ: energy below 130 is excluded by no multiplier of energy alone."""
    limits = Limits(max_area_mm2=50.0, max_array_mb=None)
    found = tightened(Multiplier(130.0, energy=1.0), cost, limits)
    assert found.per_mm2 == pytest.approx(1.0, rel=0.1)
    bound = cost(found) - found.per_mm2 * 50.0
    assert 138.0 < bound <= 140.0
    assert cost(found) > found.below > 130.0


def test_a_limit_that_does_not_bind_is_worth_nothing():
    limits = Limits(max_area_mm2=95.0, max_array_mb=None)
    found = tightened(Multiplier(130.0, energy=1.0), cost, limits)
    assert found == Multiplier(130.0, energy=1.0)


def test_where_any_chip_is_wanted_the_limits_alone_exclude():
    for most, excluded in ((20.0, True), (40.0, False)):
        limits = Limits(max_area_mm2=most, max_array_mb=None)
        found = tightened(Multiplier(0.0), cost, limits)
        assert (cost(found) > found.below) == excluded
