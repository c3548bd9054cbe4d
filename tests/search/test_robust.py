"""Searches that judge by more than the simulator's figures, from the outside."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.cim.evaluation import evaluate
from cmn_core.design import Workload
from cmn_core.predictor.estimate import BLOCK_SHARES, OutputLoss
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.codesign_problem import CodesignProblem

SMALL = Scenario.of_paper(
    goal="energy",
    memory="sram",
    population=8,
    generations=2,
    particles=4,
    iterations=4,
    seed=3,
    workload=Workload((120, 160)),
)
ROBUST = ("robust", "quantile", "write_noise", "read_noise", "noise_per_block", "max_noise_loss")


class Disturbed:
    """The formula of the tests with a known price of output errors."""

    output_loss = OutputLoss(slope=80.0, half_width=20.0, largest=0.3)

    def __init__(self, formula):
        self._formula, self.source = formula, formula.source

    def __call__(self, experts, hidden, /):
        return self._formula(experts, hidden)


@pytest.fixture
def disturbed(formula):
    return Disturbed(formula)


def last(scenario, accuracy, **options):
    return list(codesign(scenario, accuracy=accuracy, **options))[-1]


def timeless(generation):
    data = generation.to_json()
    data["history"].pop("seconds")
    data["history"].pop("swarm_seconds", None)
    return json.dumps(data)


def test_a_document_from_before_is_a_nominal_search(formula):
    old = {k: v for k, v in SMALL.to_json().items() if k not in (*ROBUST, "chip_miou")}
    assert Scenario.from_json(old) == replace(SMALL, chip_miou=None)
    found = last(Scenario.from_json(old), formula)
    explicit = {"robust": "nominal", "write_noise": 0, "read_noise": 0.0, "chip_miou": False}
    assert timeless(found) == timeless(last(Scenario.from_json({**old, **explicit}), formula))
    assert "judged" not in found.best.provenance
    assert "max_noise_loss" not in found.limits.to_json()


@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_designs_keep_their_limits_at_the_quantile_of_their_costs(memory, formula):
    """The quantile of 0.95 is the upper end of the interval that is shown."""
    scenario = replace(SMALL, goal="performance", memory=memory, robust="quantile", quantile=0.95)
    found = last(scenario, formula)
    assert found.feasible
    for design in [found.best, *found.front]:
        judged, metrics = design.provenance["judged"], design.metrics
        priced = evaluate(design)
        for name, (_, high) in priced.intervals.items():
            assert judged[name] == pytest.approx(high, rel=1e-12)
            assert metrics[name] == pytest.approx(getattr(priced, name), rel=1e-12)
        assert judged["miou"] == pytest.approx(metrics["miou_low"])
        assert judged["energy_uj"] <= found.limits.max_energy_uj
        assert judged["latency_us"] <= found.limits.max_latency_us


def test_each_judgement_is_stricter_than_the_one_before(formula):
    figures = []
    for robust in ("nominal", "quantile", "worst"):
        scenario = replace(SMALL, robust=robust, min_miou=12.0)
        best = last(scenario, formula).best
        shown = best.metrics if robust == "nominal" else best.provenance["judged"]
        figures.append((shown["energy_uj"], CodesignProblem.of(scenario, formula).largest))
    energies = [energy for energy, _ in figures]
    assert energies == sorted(energies) and len(set(energies)) == 3
    references = [largest.energy_uj for _, largest in figures]
    assert references == sorted(references) and len(set(references)) == 3
    assert len({largest.miou for _, largest in figures}) == 1


def test_a_robust_search_continues_bit_for_bit_and_on_any_number_of_workers(disturbed):
    scenario = replace(SMALL, memory="rram", robust="quantile", chip_miou=True, write_noise=0.01)
    first, second = codesign(scenario, accuracy=disturbed)
    stored = Generation.from_json(json.loads(json.dumps(first.to_json(), allow_nan=False)))
    assert timeless(last(scenario, disturbed, start=stored)) == timeless(second)
    assert timeless(last(scenario, disturbed, workers=2)) == timeless(second)


def test_what_the_chip_spoils_counts_against_the_floor(disturbed):
    scenario = replace(SMALL, memory="rram", chip_miou=True)
    found = last(scenario, disturbed)
    floor, shares = found.limits.min_miou, np.array(BLOCK_SHARES)
    plain = CodesignProblem.of(replace(scenario, chip_miou=False), disturbed)
    assert floor == plain.largest.miou - 1.0
    for design in [found.best, *found.front]:
        judged, metrics = design.provenance["judged"], design.metrics
        sigma = np.array(evaluate(design).output_sigma_rel)
        assert judged["miou"] == pytest.approx(metrics["miou"] - 80 * (sigma**2) @ shares)
        assert floor <= judged["miou"] < metrics["miou"]
        assert judged["energy_uj"] == metrics["energy_uj"]


def test_a_performance_search_gives_energy_for_a_quieter_chip(disturbed):
    scenario = replace(SMALL, goal="performance", memory="rram", generations=1)
    plain, quiet = (
        last(replace(scenario, chip_miou=chip), disturbed).best for chip in (False, True)
    )
    sigma = [
        max(evaluate(replace(plain, hardware=b.hardware)).output_sigma_rel) for b in (plain, quiet)
    ]
    assert sigma[1] < sigma[0]


def test_noise_on_all_cells_spares_no_subnet(disturbed):
    plain, noisy = (replace(SMALL, memory="rram", write_noise=s) for s in (0.0, 0.05))
    loss = 80.0 * (2.7 * 0.05) ** 2
    floors = [last(s, disturbed).limits.min_miou for s in (plain, noisy)]
    assert floors[1] == pytest.approx(floors[0] - loss)
    best = last(noisy, disturbed).best
    assert best.provenance["judged"]["noise_loss"] == pytest.approx(loss)
    assert best.architecture == last(plain, disturbed).best.architecture


def test_where_cells_are_too_noisy_a_hybrid_keeps_its_weights_in_sram(disturbed):
    scenario = replace(
        SMALL,
        memory="hybrid",
        generations=1,
        write_noise=0.02,
        noise_per_block=(0.0, 0.0, 5.0, 0.0),
        max_noise_loss=0.1,
    )
    found = last(scenario, disturbed)
    assert found.limits.max_noise_loss == 0.1
    for design in [found.best, *found.front]:
        assert design.hardware.memory[2] == "sram"
        assert design.provenance["judged"]["noise_loss"] == 0.0


def test_a_limit_on_noise_that_nothing_keeps_is_named(disturbed):
    scenario = replace(SMALL, memory="rram", generations=1, write_noise=0.05, max_noise_loss=0.5)
    found = last(scenario, disturbed)
    assert not found.feasible
    assert found.nearest.violated == "max_noise_loss"
    loss = 80.0 * (2.7 * 0.05) ** 2
    assert found.nearest.all["max_noise_loss"].found == pytest.approx(loss)
    assert found.nearest.all["max_noise_loss"].amount == pytest.approx(loss - 0.5)
