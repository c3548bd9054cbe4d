"""Intervals and ties: by hand, against a Monte Carlo, and on real chips."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.draws import DRAWS, array_groups, draws_of
from cmn_core.cim.technologies.node_scaling import at_node
from cmn_core.cim.technologies.technology import NAMES, load_technology
from cmn_core.cim.uncertainty import (
    Composition,
    chance_least,
    chance_smaller,
    compose,
    ratio_interval,
)
from cmn_core.design import Workload
from cmn_core.quantities import COSTS


def some(amounts: dict[str, float], spreads: dict[str, float]) -> Composition:
    return Composition({k: np.array(v) for k, v in amounts.items()}, spreads)


def test_parts_of_one_memory_are_off_together() -> None:
    ln = np.linspace(-1.0, 1.0, DRAWS)
    sd = float(np.sqrt(np.mean(ln * ln)))
    amounts = {"rram.a": np.array(3.0), "rram.b": np.array(1.0)}
    drawn = {"rram.a": ln, "rram.b": ln}
    one = Composition(amounts, dict.fromkeys(amounts, sd), drawn)
    # both are off by the same factor, so the total is off by that factor
    low, high = one.interval
    assert float(high) == pytest.approx(4.0 * math.exp(0.9), rel=1e-9)
    assert float(low) == pytest.approx(4.0 * math.exp(-0.9), rel=1e-9)
    against = Composition(amounts, dict.fromkeys(amounts, sd), {"rram.a": ln, "rram.b": -ln})
    assert float(against.interval[1]) < float(high)  # they cancel in part


def test_interval_holds_nine_of_ten_in_a_simulation() -> None:
    spreads = {"a": 0.5, "b": 0.3, "c": 0.6}
    one = some({"a": 5.0, "b": 3.0, "c": 1.0}, spreads)
    z = np.random.default_rng(1).standard_normal((3, 200_000))
    total = sum(
        float(one.amounts[g]) * np.exp(s * z[k]) for k, (g, s) in enumerate(spreads.items())
    )
    low, high = one.interval
    assert 0.87 < np.mean((total > low) & (total < high)) < 0.93  # of 256 draws


def test_what_two_designs_share_cancels() -> None:
    spreads = {"rram": 0.7, "digital": 0.4}
    small, large = (
        some({"rram": 3.0, "digital": 1.0}, spreads),
        some({"rram": 3.3, "digital": 1.1}, spreads),
    )
    # the same mixture: only the sizes differ, so 10 % is certain although each is off by far
    assert float(chance_smaller(small, large)) == 1.0
    assert float(chance_smaller(large, small)) == 0.0
    assert float(chance_smaller(small, small)) == 0.5
    low, high = ratio_interval(large, small)
    assert (float(low), float(high)) == pytest.approx((1.1, 1.1))
    other = some({"rram": 1.0, "digital": 3.2}, spreads)
    chance = float(chance_smaller(small, other))
    sd = math.hypot((0.75 - 1.0 / 4.2) * 0.7, (0.25 - 3.2 / 4.2) * 0.4)
    normal = 0.5 * (1.0 + math.erf(math.log(1.05) / sd / math.sqrt(2.0)))
    assert chance == pytest.approx(normal, abs=0.05)  # of 256 draws, and to first order
    assert float(chance_smaller(other, small)) == pytest.approx(1.0 - chance)


def test_the_chance_to_be_the_least_of_several() -> None:
    ours = np.array([1.0, 2.0, 3.0, 4.0])
    others = np.array([[2.0, 2.0, 2.0, 5.0], [3.0, 1.0, 3.0, 4.0]])
    # less in the first draw, more in the second and third, the same as the least in the fourth
    assert chance_least(ours, others) == (1.0 + 0.0 + 0.0 + 0.5) / 4.0
    assert chance_least(ours, others[:0]) == 1.0


def test_technologies_differ_by_their_own_spreads() -> None:
    rram, sram = some({"rram": 2.0}, {"rram": 0.5}), some({"sram": 3.0}, {"sram": 0.4})
    sd = math.hypot(0.5, 0.4)
    expected = 0.5 * (1.0 + math.erf(math.log(1.5) / sd / math.sqrt(2.0)))
    assert float(chance_smaller(rram, sram)) == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("name", NAMES)
def test_a_file_with_half_the_spread_is_half_as_unsure(name: str) -> None:
    built_in = load_technology(name)
    spread = built_in.constants["energy_spread"]
    constants = {**built_in.constants, "energy_spread": replace(spread, value=spread.value / 2)}
    _, whole = array_groups(name, built_in, "energy")
    _, half = array_groups(name, replace(built_in, name="mine", constants=constants), "energy")
    for group, ln in whole.items():
        assert half[group] == pytest.approx(0.5 * ln)


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


def test_a_batch_has_the_draws_of_each_of_its_chips() -> None:
    rng = np.random.default_rng(2)
    amounts = {g: rng.uniform(0.1, 9.0, (5, 3)) for g in ("rram", "digital", "leakage")}
    spreads = {"rram": 0.7, "digital": 0.4, "leakage": 0.2}
    batch = Composition(amounts, spreads)
    for at in np.ndindex(5, 3):
        alone = Composition({g: v[at] for g, v in amounts.items()}, spreads)
        assert np.array_equal(batch.worlds[at], alone.worlds)
        assert batch.quantile(0.9)[at] == alone.quantile(0.9)


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize(("quantity", "exponent"), [("energy", "capacitance"), ("delay", "delay")])
def test_away_from_28_nm_the_exponent_of_the_node_is_open_too(
    memory: str, quantity: str, exponent: str
) -> None:
    here = load_technology(memory)
    there = at_node(here, 65.0)
    _, near = array_groups(memory, here, quantity)
    _, far = array_groups(memory, there, quantity)
    moved = draws_of(memory, quantity)[f"{exponent}_exponent"].ln
    side = 0.5 * math.log(0.525 / 0.13)  # ln of the side of a 6T cell over that at 28 nm
    for group, ln in far.items():
        assert ln - near[group] == pytest.approx(side * moved)
    _, area = array_groups(memory, there, "area")
    assert all(np.array_equal(v, array_groups(memory, here, "area")[1][g]) for g, v in area.items())
