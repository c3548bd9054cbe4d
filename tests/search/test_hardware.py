from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware, found_hardware
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.inner.problem import problem_of
from cmn_core.search.inner.proof.enumeration import enumerate_best, macro_points
from cmn_core.search.objective import BOUNDED, score, violations
from cmn_core.search.scenario import Scenario

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))
EFFORT = {"particles": 12, "iterations": 15}
SMALL = {
    "rram": {
        "rows": (64, 128),
        "cols": (128,),
        "active_rows": (32, 64),
        "adc_bits": (6, 8),
        "columns_per_adc": (1, 8),
        "cell_bits": (1, 2),
        "dac_bits": (1,),
        "vdd_v": (0.8, 1.0),
    },
    "sram": {
        "rows": (64, 256),
        "cols": (128,),
        "rows_per_tree": (4, 16),
        "input_bits_per_step": (1, 4),
        "vdd_v": (0.7, 1.0),
    },
}


def architectures(count, seed=0):
    generator = np.random.default_rng(seed)
    experts = generator.integers(1, 6, (count, 4))
    hidden = generator.integers(16, np.array(SPACE.max_hidden) + 1, (count, 4))
    return experts, hidden


def search(experts, hidden, **settings):
    return best_hardware(SPACE, WORKLOAD, experts, hidden, **{**EFFORT, **settings})


@pytest.mark.parametrize("memory", ["rram", "sram", "hybrid", ("rram", "sram", "sram", "rram")])
def test_together_or_apart_gives_the_same_bits(memory):
    experts, hidden = architectures(8)
    whole = search(experts, hidden, memory=memory)
    for size in (4, 1):
        for at in range(0, 8, size):
            part = search(experts[at : at + size], hidden[at : at + size], memory=memory)
            assert (part.index == whole.index[at : at + size]).all()
            assert (part.score == whole.score[at : at + size]).all()
            assert (part.evaluations == whole.evaluations[at : at + size]).all()
            for name, value in vars(part.chip).items():
                assert (value == getattr(whole.chip, name)[at : at + size]).all()


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize("objective", ["latency", "energy", "edp", "edap"])
def test_no_regret_against_enumeration_on_a_small_grid(memory, objective):
    experts, hidden = architectures(10, seed=1)
    copies = (1, 2, 4, 8)
    settings = {
        "memory": memory,
        "objective": objective,
        "levels": SMALL,
        "replica_levels": copies,
        "limits": Limits(max_array_mb=8.0),
    }
    found = search(experts, hidden, **settings)
    for row in range(len(experts)):
        architecture = Architecture.from_row([*experts[row], *hidden[row]])
        exact = enumerate_best(SPACE, WORKLOAD, architecture, **settings)
        if exact is None:
            assert not found.feasible[row]
        else:
            assert found.score[row] == pytest.approx(exact.score[0], rel=1e-12)


@pytest.mark.parametrize("objective", ["latency", "energy", "edp"])
def test_hybrid_is_never_worse_than_either_uniform_chip(objective):
    experts, hidden = architectures(6, seed=2)
    hybrid, rram, sram = (
        search(experts, hidden, memory=m, objective=objective) for m in ("hybrid", "rram", "sram")
    )
    assert (hybrid.score <= np.minimum(rram.score, sram.score)).all()


def test_hybrid_against_brute_force_over_pairs_of_macros():
    levels = {
        "rram": {**SMALL["rram"], "vdd_v": (1.0,), "rows": (64,), "columns_per_adc": (8,)},
        "sram": {**SMALL["sram"], "vdd_v": (0.7,), "rows": (64,)},
    }
    experts, hidden = architectures(4, seed=3)
    settings = {
        "memory": "hybrid",
        "objective": "edp",
        "levels": levels,
        "replica_levels": (1, 2, 4),
    }
    found = search(experts, hidden, **settings)
    for row in range(len(experts)):
        architecture = Architecture.from_row([*experts[row], *hidden[row]])
        exact = enumerate_best(SPACE, WORKLOAD, architecture, **settings)
        assert exact is not None
        assert found.score[row] == pytest.approx(exact.score[0], rel=1e-12)


def test_no_point_within_the_limits_ends_with_the_nearest():
    experts, hidden = architectures(3, seed=5)
    found = search(experts, hidden, memory="rram", limits=Limits(max_array_mb=0.01))
    assert not found.feasible.any()
    assert found.merit.buildable.all()
    alone = Limits(max_array_mb=None, max_sigma_rel=None)
    tight = Limits(max_array_mb=None, max_sigma_rel=None, max_latency_us=1e-3)
    nearest = search(experts, hidden, memory="sram", limits=tight)
    fastest = search(experts, hidden, memory="sram", objective="latency", limits=alone)
    assert nearest.chip.latency_us == pytest.approx(fastest.chip.latency_us, rel=1e-6)


def test_limits_are_kept_and_paid_for():
    experts, hidden = architectures(5, seed=6)
    free = search(experts, hidden, memory="rram", objective="energy")
    limits = Limits(
        max_latency_us=float(free.chip.latency_us.min()) / 3.0,
        max_area_mm2=float(free.chip.area_mm2.max()) * 20.0,
    )
    bound = search(experts, hidden, memory="rram", objective="energy", limits=limits)
    assert (violations(bound.chip, limits)[bound.feasible] <= 0.0).all()
    assert bound.feasible.any()
    assert (bound.chip.energy_uj >= free.chip.energy_uj)[bound.feasible].all()


def test_a_spoiling_converter_never_wins():
    experts, hidden = architectures(5, seed=7)
    strict, lax = (
        search(experts, hidden, memory="rram", objective="energy", limits=Limits(max_sigma_rel=s))
        for s in (0.06, None)
    )
    assert (strict.chip.sigma_rel.max(axis=-1)[strict.feasible] <= 0.06).all()
    assert strict.feasible.any()
    assert (lax.chip.sigma_rel.max(axis=-1) > 0.06).all()


def test_more_capacity_buys_speed():
    experts, hidden = architectures(4, seed=8)
    small, large = (
        search(experts, hidden, memory="sram", objective="latency", limits=Limits(max_array_mb=m))
        for m in (10.0, 20.0)
    )
    assert (large.chip.latency_us < small.chip.latency_us).all()
    assert (large.chip.array_mb <= 20.0).all()


def test_parts_that_are_given_are_kept():
    experts, hidden = architectures(2, seed=9)
    macro = {**load_technology("rram").default, "rows": 96, "active_rows": 48}
    found = search(experts, hidden, memory="rram", macros={"rram": macro}, replicas=[3, 5, 1, 2])
    for row in range(2):
        hardware = found.hardware(row)
        assert hardware.macros["rram"] == macro
        assert hardware.replicas == (3, 5, 1, 2)
    with pytest.raises(FieldError, match=r"hardware\.macros\.rram\.active_rows"):
        search(experts, hidden, memory="rram", macros={"rram": {**macro, "active_rows": 128}})


def test_unbuildable_points_are_never_chosen_nor_priced():
    grid = make_grid(SPACE, WORKLOAD, "rram")
    points = macro_points(grid)
    total = int(np.prod(grid.sizes[: grid.knob_count]))
    assert 0 < len(points) < total
    experts, hidden = architectures(6, seed=10)
    found = search(experts, hidden, memory="rram", objective="energy")
    assert grid.buildable(found.index).all()


def test_the_score_orders_feasible_before_infeasible():
    grid = make_grid(SPACE, WORKLOAD, "sram")
    experts, hidden = architectures(4, seed=11)
    chip = first(grid.chip(experts, hidden, grid.start()[None, None].repeat(4, axis=0)))
    for name, figure in BOUNDED.items():
        if name == "max_sigma_rel":
            continue
        middle = float(np.median(getattr(chip, figure)))
        limits = Limits(max_array_mb=None, max_sigma_rel=None)
        limits = Limits(**{**limits.to_json(), name: middle})
        merit = score(chip, objective="edp", limits=limits)
        broken = getattr(chip, figure) > middle
        assert merit.feasible.tolist() == (~broken).tolist()
        for row in np.flatnonzero(broken):
            assert merit[~broken].less(merit[row]).all()
        assert broken.any()


def test_costs_are_the_simulators_own():
    experts, hidden = architectures(3, seed=12)
    found = search(experts, hidden, memory="sram")
    for row in range(3):
        hardware = found.hardware(row)
        costs = price(
            SPACE,
            WORKLOAD,
            load_technology("sram"),
            experts=experts[row],
            hidden=hidden[row],
            knobs=hardware.macros["sram"],
            replicas=hardware.replicas,
        )
        chip = combine({"sram": costs}, np.zeros(4, dtype=bool))
        assert float(chip.energy_uj) == found.chip.energy_uj[row]
        assert float(chip.latency_us) == found.chip.latency_us[row]


@pytest.mark.parametrize("memory", ["rram", "sram", "hybrid"])
@pytest.mark.parametrize("objective", ["energy", "edp"])
def test_images_that_must_not_wait_limit_the_latency_exactly(memory, objective):
    experts, hidden = architectures(2, seed=5)
    settings = {"memory": memory, "objective": objective, "levels": SMALL}
    free = search(experts, hidden, limits=Limits(max_array_mb=None), **settings)
    period_us = 0.7 * float(free.chip.latency_us.min())
    asked = Limits(max_array_mb=None, max_latency_us=period_us)
    rated = Limits(max_array_mb=None, images_per_second=1e6 / period_us)
    same = [search(experts, hidden, limits=some, **settings) for some in (asked, rated)]
    assert np.array_equal(same[0].index, same[1].index)
    assert (np.asarray(same[1].chip.latency_us)[same[1].feasible] <= period_us * (1 + 1e-12)).all()
    if objective == "energy":  # the least energy x latency may be the fastest chip already
        assert not np.array_equal(free.index, same[1].index)
    # Of two limits on one latency the tighter holds.
    loose = Limits(
        max_array_mb=None, max_latency_us=2 * period_us, images_per_second=1e6 / period_us
    )
    both = search(experts, hidden, limits=loose, **settings)
    assert np.array_equal(both.index, same[1].index)


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_the_proof_finds_the_same_chips_with_and_without_the_swarm(memory):
    scenario = Scenario(memory=memory, particles=12, iterations=15)
    experts, hidden = architectures(12, seed=13)
    exact, both, swarm = (
        found_hardware(problem_of(replace(scenario, inner=inner), Limits()), experts, hidden)
        for inner in ("exact", "both", "swarm")
    )
    assert (exact.index == both.index).all() and exact.proven.all()
    assert (exact.evaluations < both.evaluations).all()
    assert (swarm.score >= exact.score).all() and not swarm.proven.any()
    assert swarm.score[swarm.feasible] == pytest.approx(both.swarm[swarm.feasible], rel=1e-12)
