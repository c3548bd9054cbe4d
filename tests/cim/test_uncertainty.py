"""Intervals and ties: by hand, against a Monte Carlo, and on real chips."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.technology import NAMES, load_technology
from cmn_core.cim.uncertainty import Z90, Composition, chance_smaller, compose
from cmn_core.design import Workload
from cmn_core.quantities import COSTS


def some(amounts: dict[str, float], spreads: dict[str, float]) -> Composition:
    return Composition({k: np.array(v) for k, v in amounts.items()}, spreads)


def test_interval_by_hand() -> None:
    one = some({"rram": 3.0, "digital": 1.0}, {"rram": 0.4, "digital": 0.8})
    # shares 3/4 and 1/4: sd^2 = 0.3^2 + 0.2^2
    assert float(one.spread) == pytest.approx(math.sqrt(0.13), rel=1e-12)
    low, high = one.interval
    assert float(high) == pytest.approx(4.0 * math.exp(Z90 * math.sqrt(0.13)), rel=1e-12)
    assert float(low * high) == pytest.approx(16.0, rel=1e-12)


def test_interval_holds_nine_of_ten_in_a_simulation() -> None:
    spreads = {"a": 0.5, "b": 0.3, "c": 0.6}
    one = some({"a": 5.0, "b": 3.0, "c": 1.0}, spreads)
    z = np.random.default_rng(1).standard_normal((3, 200_000))
    total = sum(
        float(one.amounts[g]) * np.exp(s * z[k]) for k, (g, s) in enumerate(spreads.items())
    )
    low, high = one.interval
    # first order: the sum of log-normals leans upwards a little
    assert 0.88 < np.mean((total > low) & (total < high)) < 0.92


def test_what_two_designs_share_cancels() -> None:
    spreads = {"rram": 0.7, "digital": 0.4}
    small, large = (
        some({"rram": 3.0, "digital": 1.0}, spreads),
        some({"rram": 3.3, "digital": 1.1}, spreads),
    )
    # the same mixture: only the sizes differ, so 10 % is certain although each is off by far
    assert float(chance_smaller(small, large)) == 1.0
    assert float(chance_smaller(large, small)) == 0.0
    assert float(chance_smaller(small, small)) == pytest.approx(0.5, abs=1e-7)
    other = some({"rram": 1.0, "digital": 3.2}, spreads)
    chance = float(chance_smaller(small, other))
    sd = math.hypot((0.75 - 1.0 / 4.2) * 0.7, (0.25 - 3.2 / 4.2) * 0.4)
    assert chance == pytest.approx(
        0.5 * (1.0 + math.erf(math.log(1.05) / sd / math.sqrt(2.0))), abs=1e-6
    )
    assert float(chance_smaller(other, small)) == pytest.approx(1.0 - chance, abs=1e-6)


def test_technologies_differ_by_their_own_spreads() -> None:
    rram, sram = some({"rram": 2.0}, {"rram": 0.5}), some({"sram": 3.0}, {"sram": 0.4})
    sd = math.hypot(0.5, 0.4)
    expected = 0.5 * (1.0 + math.erf(math.log(1.5) / sd / math.sqrt(2.0)))
    assert float(chance_smaller(rram, sram)) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("mixture", [(True,) * 4, (False,) * 4, (True, False, False, True)])
def test_groups_of_a_chip_add_up_to_its_totals(mixture: tuple[bool, ...]) -> None:
    rng = np.random.default_rng(3)
    experts, hidden = rng.integers(1, 6, (20, 4)), rng.integers(16, 128, (20, 4))
    technologies = {n: load_technology(n) for n in NAMES}
    costs = {
        n: price(
            SPACES["b0"],
            Workload(),
            t,
            experts=experts,
            hidden=hidden,
            knobs=t.default,
            replicas=[1, 2, 3, 4],
            detail=True,
        )
        for n, t in technologies.items()
    }
    used = {n: c for n, c in costs.items() if (n == "rram") in mixture}
    chip = combine(used, mixture)
    composed = compose(used, mixture, chip, {n: technologies[n] for n in used})
    for name in COSTS:
        assert composed[name].total == pytest.approx(getattr(chip, name), rel=1e-9)
        low, high = composed[name].interval
        assert (low > 0.0).all()
        assert (low < composed[name].total).all()
        assert (high < np.inf).all()
