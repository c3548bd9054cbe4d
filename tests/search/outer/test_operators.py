"""Searches of networks whose experts are not all at work: fixed routing, and routing as genes."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.architecture import SPACES, digest_of, parted
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.predictor import Predictor
from cmn_core.predictor.fitting import fit
from cmn_core.predictor.routing import load_routing, routing_of
from cmn_core.search.accuracy import Predicted, predicted
from cmn_core.search.codesign import codesign
from cmn_core.search.inner.problem import grid_of
from cmn_core.search.outer.evolution import Evolution
from cmn_core.search.outer.operators import settled
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import evaluate_complete

B0 = SPACES["b0"]
SMALL = {"population": 8, "generations": 4, "seed": 3, "memory": "sram", "chip_miou": False}


@pytest.fixture(scope="module")
def predictor(tmp_path_factory):
    """Of a small table with sparse rows: few experts of a token cost a little accuracy."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("t") / "table.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        names = [f"{kind}{b}" for kind in "eh" for b in range(1, 5)]
        rest = ["weight_bits", "output_sigma", "miou", "activation_bits", "top_k"]
        out.writerow([*names, *rest, "height", "width"])
        for row in rng.integers(B0.lower, B0.upper + 1, (120, 8)).tolist():
            used = np.minimum(rng.integers(1, 6, 4), row[:4])
            size = np.log2(np.array(row[:4]) * row[4:]).sum() + 0.3 * np.log2(used).sum()
            k = "/".join(map(str, used)) if used.tolist() != row[:4] else ""
            out.writerow([*row, rng.choice(["", 8]), "", size, rng.choice(["", 8]), k, 240, 320])
    return Predictor(B0, fit(B0, path, {"images": "made up", "trained_on": "nothing"}))


def scenario(**settings) -> Scenario:
    stated = {"goal": "energy", "workload": Workload((240, 320)), **SMALL, **settings}
    return Scenario(**stated)


def last(asked: Scenario, predictor: Predictor):
    accuracy = Predicted(predictor, asked.workload)
    *_, generation = codesign(asked, accuracy=accuracy)
    return generation


def test_routing_as_genes_saves_energy_and_is_priced_as_measured(predictor):
    effort = {"population": 60, "generations": 40, "patience": None}
    found = last(scenario(routing="searched", **effort), predictor).best
    dense = last(scenario(**effort), predictor).best
    assert found is not None and dense is not None
    workload, experts = found.workload, found.architecture.experts
    assert not workload.dense(experts)
    assert found.metrics["energy_uj"] < dense.metrics["energy_uj"]
    routing = routing_of("b0", "nyuv2", experts, workload)
    accuracy = Predicted(predictor, workload)
    again = evaluate_complete(found, accuracy=accuracy, routing=routing)
    for name in ("energy_uj", "latency_us", "area_mm2", "weights_mb", "miou"):
        assert again.metrics[name] == pytest.approx(found.metrics[name], rel=1e-9), name
    assert again.load is not None and min(again.load.share) < 1.0
    used = workload.experts_of_token
    assert all(1 <= k <= e for k, e in zip(used, experts, strict=True))


@pytest.mark.parametrize("top_k", [1, (1, 2, 5, 3)])
def test_every_network_of_a_search_runs_as_its_workload_says(predictor, top_k):
    asked = scenario(workload=Workload((240, 320), top_k=top_k), generations=2)
    generation = last(asked, predictor)
    loads = load_routing("b0", "nyuv2").loads
    assert grid_of(asked).loads == loads
    for design in generation.front:
        assert design.workload.top_k == top_k
        routing = routing_of("b0", "nyuv2", design.architecture.experts, design.workload)
        cost = evaluate_complete(design, routing=routing).cost
        assert cost.latency_us == pytest.approx(design.metrics["latency_us"], rel=1e-9)


def test_the_same_search_again_and_after_a_break(predictor):
    asked = scenario(routing="searched", memory="hybrid", generations=3)
    accuracy = Predicted(predictor, asked.workload)
    whole = list(codesign(asked, accuracy=accuracy))
    rest = list(codesign(asked, accuracy=accuracy, start=whole[0]))
    assert [g.best for g in rest] == [g.best for g in whole[1:]]
    assert rest[-1].front == whole[-1].front
    assert rest[-1].state == whole[-1].state


def test_without_a_basis_no_search_routes_sparsely():
    """The table of B1 was measured densely."""
    with pytest.raises(FieldError, match=r"^routing: found 'searched'; .*dense"):
        predicted(Scenario(space="b1", routing="searched", workload=Workload((120, 160))))
    with pytest.raises(FieldError, match=r"^workload.routing: found top_k 2; .* no search takes"):
        predicted(Scenario(space="b1", workload=Workload((120, 160), top_k=2)))


def test_a_scenario_says_what_is_searched():
    asked = scenario(routing="searched")
    assert Scenario.from_json(asked.to_json()) == asked and asked.sparse
    assert "routing" not in scenario().to_json()  # as before there was a choice
    start = {
        "schema": "cmn.design/1",
        "space": "b0",
        "architecture": {"experts": [2, 1, 3, 4], "hidden": [32, 64, 128, 256]},
    }
    assert replace(asked, start=start).start_genes == (2, 1, 3, 4, 32, 64, 128, 256, 2, 1, 3, 4)
    assert replace(scenario(), start=start).start_genes == (2, 1, 3, 4, 32, 64, 128, 256)


def test_twelve_genes_stay_within_their_block_and_are_new():
    evolution = Evolution(
        B0, population=30, seed=5, constraints=1, goal="energy", start=None, routed=True
    )
    seen: set[tuple[int, ...]] = set()
    front = None
    for generation in range(1, 8):
        genes = evolution.ask(generation, front)
        assert genes.shape[1] == 12
        assert (genes[:, 8:] <= genes[:, :4]).all() and (genes[:, 8:] >= 1).all()
        assert (genes[:, :8] >= B0.lower).all() and (genes[:, :8] <= B0.upper).all()
        rows = set(map(tuple, genes.tolist()))
        assert len(rows) == len(genes) and not rows & seen
        seen |= rows
        worth = genes[:, 8:].sum(axis=1).astype(float)  # few experts of a token are best
        F = np.stack([genes[:, 4:8].sum(axis=1).astype(float), worth, worth], axis=1)
        evolution.tell(F, np.full((len(genes), 1), -1.0))
        front = genes[:5]
    assert worth.mean() < 5.5  # it learns that
    again = Evolution(
        B0, population=30, seed=5, constraints=1, goal="energy", start=None, routed=True
    )
    again.restore(evolution.state())
    assert (again.ask(8, front) == evolution.ask(8, front)).all()


def test_genes_are_parted_and_named():
    eight, twelve = np.arange(1, 9), np.array([5, 3, 2, 1, 16, 17, 18, 19, 4, 4, 2, 1])
    assert [v.tolist() for v in parted(eight)] == [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert [v.tolist() for v in parted(twelve)] == [[5, 3, 2, 1, 4, 4, 2, 1], [16, 17, 18, 19]]
    assert settled(twelve[None])[0].tolist() == [5, 3, 2, 1, 16, 17, 18, 19, 4, 3, 2, 1]
    assert settled(eight[None]).tolist() == [eight.tolist()]
    assert digest_of(B0.largest.row()) == B0.largest.digest
