"""What ships belongs together: weights, the table measured with them, the fit, the example runs."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.evaluation import evaluate
from cmn_core.design import parse_design
from cmn_core.predictor import FOLDER, load_predictor
from cmn_core.predictor.fitting import (
    CENTRES,
    Shape,
    described,
    known_to_folds,
    steepness,
)
from cmn_core.predictor.rows import read_table
from cmn_core.predictor.surface import Surface, features_of
from cmn_core.runs.store.examples import load_examples
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.training.rank_fidelity import agreement, read_trials

B0 = SPACES["b0"]
# Networks that each table holds at least (B0: with routing, image size and bits of their own), and
# Kendall tau of its predictor.
SHIPPED = {
    ("b0", "nyuv2"): (1500, 0.85),
    ("b0", "camvid"): (1500, 0.8),
    ("b1", "nyuv2"): (300, 0.7),
    ("b2", "nyuv2"): (300, 0.7),
}
CARDS = FOLDER.parent / "weights"


class Shipped:
    """What ships for one space and data set."""

    def __init__(self, name: str, dataset: str) -> None:
        self.name, self.dataset, self.space = name, dataset, SPACES[name]
        self.least, self.tau = SHIPPED[name, dataset]
        self.table = FOLDER / f"{name}_{dataset}.csv"
        self.fit = json.loads(self.table.with_suffix(".json").read_text(encoding="utf-8"))
        self.genes, self.miou, self.noise = read_table(self.table).exact
        # Of a table that varies more, [N, 16], the networks in floating point, dense, at full size.
        plain = np.ones(len(self.genes), dtype=bool)
        if self.genes.shape[1] > 8:
            dense = (self.genes[:, 8:12] == self.genes[:, :4]).all(axis=1)
            whole = self.genes[:, 12] == self.genes[:, 12].max()
            plain = dense & whole & (self.genes[:, 14:] == 0).all(axis=1)
        self.exact = {
            Architecture.from_row(row[:8]): float(miou)
            for row, miou in zip(self.genes[plain], self.miou[plain], strict=True)
        }


@pytest.fixture(scope="module", params=SHIPPED, ids="_".join)
def shipped(request: pytest.FixtureRequest) -> Shipped:
    return Shipped(*request.param)


def test_the_table_was_measured_with_the_weights_of_the_card(shipped: Shipped) -> None:
    card = json.loads((CARDS / f"{shipped.table.stem}.json").read_text(encoding="utf-8"))
    origin = shipped.fit["provenance"]
    assert (origin["weights"], origin["trained_on"]) == (card["weights"], card["trained_on"])
    assert card["recipe"]["space"] == card["space"] == shipped.name


def test_the_streets_of_another_drive_are_recognised() -> None:
    card = json.loads((CARDS / "b0_camvid.json").read_text(encoding="utf-8"))
    [largest] = [s for s in card["scores"] if (s["subnet"], s["part"]) == ("largest", "test")]
    assert largest["miou"] > 50.0


def test_a_larger_space_is_better_on_test() -> None:
    """B1 and B2 grew from the B0 weights of before, all three at 120 x 160 pixels."""
    scores = {}
    before = FOLDER.parent / "training" / "b0_nyuv2_120.json"
    cards = {"b0": before, "b1": CARDS / "b1_nyuv2.json", "b2": CARDS / "b2_nyuv2.json"}
    for name, path in cards.items():
        card = json.loads(path.read_text(encoding="utf-8"))
        [largest] = [s for s in card["scores"] if (s["subnet"], s["part"]) == ("largest", "test")]
        scores[name] = largest["miou"]
    assert scores["b2"] > scores["b1"] > scores["b0"] > 17.0


def test_the_table_was_measured_with_the_shipped_weights(shipped: Shipped) -> None:
    if shipped.name != "b0":
        pytest.skip("of larger spaces the tables ship, not hundreds of megabytes of weights")
    weights = checkpoint.weights_path("b0", shipped.dataset)
    assert shipped.fit["provenance"]["weights"] == checkpoint.digest(weights)
    assert weights.stat().st_size < 30_000_000
    facts = checkpoint.facts("b0", shipped.dataset)
    assert facts["trained_on"] == shipped.fit["provenance"]["trained_on"]
    assert facts["recipe"]["space"] == "b0"


def test_the_table_covers_the_space(shipped: Shipped) -> None:
    exact = shipped.exact
    measured = read_table(shipped.table)
    assert int((measured.output_sigma == 0.0).sum()) >= shipped.least
    assert next(iter(exact)) == shipped.space.smallest  # rows are in order of their genes
    assert shipped.space.largest in exact
    rows = shipped.genes[:, :8]
    assert (rows.min(0) == shipped.space.lower).all()
    assert (rows.max(0) == shipped.space.upper).all()


def test_searching_accuracy_means_something(shipped: Shipped) -> None:
    """The gate: largest and smallest subnet differ by at least 3 points of mIoU on val."""
    largest, smallest = shipped.space.largest, shipped.space.smallest
    assert shipped.exact[largest] - shipped.exact[smallest] >= 3.0


def test_the_fit_is_that_of_the_table(shipped: Shipped) -> None:
    """Surface, interval, bit lines and quality follow from the table and the stored shapes, each
    fold's from the subnets outside it. Fitting the shapes themselves takes half a minute."""
    shape = Shape.from_json(shipped.fit["shape"])
    folds = [Shape.from_json(fold) for fold in shipped.fit["folds"]]
    again = described(shipped.space, shipped.table, shipped.fit["provenance"], shape, folds)
    assert again["provenance"] == shipped.fit["provenance"]
    assert (again["output_sigma"] is None) == (shipped.fit["output_sigma"] is None)
    losses = shipped.fit["output_sigma"] or {}
    assert (again["output_sigma"] or {}).keys() == losses.keys()
    for name, value in (again["output_sigma"] or {}).items():
        assert value == pytest.approx(losses[name], rel=1e-6), name
    for name in ("half_width", "quality"):
        assert again[name] == pytest.approx(shipped.fit[name], rel=1e-6), name
    for bits, line in again["weight_bits"].items():
        assert line == pytest.approx(shipped.fit["weight_bits"][bits], rel=1e-6)
    assert len(again["weight_bits"]) == len(shipped.fit["weight_bits"])
    x = features_of(shipped.space, read_table(shipped.table).exact[0])
    stored = Surface.from_json(shipped.space, shipped.fit["surface"])
    assert Surface.from_json(shipped.space, again["surface"])(x) == pytest.approx(
        stored(x), abs=1e-3
    )


def test_no_shape_near_the_stored_ones_is_much_more_likely(shipped: Shipped) -> None:
    """The likelihood is as good as flat there; where the first fold's shape had seen its own fold,
    or another table, it would not be."""
    genes, y, noise = read_table(shipped.table).exact
    x = features_of(shipped.space, genes)
    whole = Shape.from_json(shipped.fit["shape"])
    first, known = Shape.from_json(shipped.fit["folds"][0]), known_to_folds(len(y))[0]
    flat = 0.02 * steepness(Shape.start(x.shape[1]), x, y, noise)
    assert steepness(whole, x, y, noise) < flat
    assert steepness(first, x[known], y[known], noise[known]) < flat
    assert steepness(whole, x[known], y[known], noise[known]) > flat


def test_the_predictor_knows_the_table(shipped: Shipped) -> None:
    predictor = load_predictor(shipped.name, shipped.dataset)
    assert predictor is not None
    inside = []
    for row, truth, noise in zip(shipped.genes, shipped.miou, shipped.noise, strict=True):
        if noise > 0.0:  # saw some of the images, so that its interval is another
            continue
        run: dict[str, Any] = {}
        if len(row) > 8:
            bits = {"weight_bits": int(row[14]) or None, "activation_bits": int(row[15]) or None}
            run = {"top_k": row[8:12], "image": (int(row[12]), int(row[13])), **bits}
        found = predictor.predict(row[:4], row[4:8], **run)
        inside.append(found.low <= truth <= found.high)
    # Of few judges, or where all networks carry the fit, none may lie outside.
    many = shipped.least > CENTRES and len(inside) >= 100
    assert 0.88 <= np.mean(inside) <= (0.99 if many else 1.0)


def test_the_predictor_errs_little_on_what_it_has_not_seen(
    shipped: Shipped, request: pytest.FixtureRequest
) -> None:
    if shipped.name == "b0":
        # Missed, 0.38 and 0.42: on every routing, size and precision at once (docs/supernet.md).
        request.applymarker(pytest.mark.xfail(strict=True, reason="0.3 points on all axes"))
    assert shipped.fit["quality"]["mean_error"] <= 0.3


def test_the_predictor_orders_what_it_has_not_seen(shipped: Shipped) -> None:
    assert shipped.fit["quality"]["kendall_tau"] > shipped.tau


def test_an_output_error_was_measured(shipped: Shipped) -> None:
    """So that the error of a chip's arrays has a price in mIoU."""
    if shipped.name != "b0":
        pytest.skip("disturbed subnets were measured of B0 alone")
    predictor = load_predictor(shipped.name, shipped.dataset)
    assert predictor is not None
    largest = B0.largest.experts, B0.largest.hidden
    loss = (
        predictor.predict(*largest).miou - predictor.predict(*largest, output_sigma=[0.1] * 4).miou
    )
    assert 0.1 < float(loss) < 5.0


@pytest.mark.parametrize("example", load_examples(), ids=lambda e: Path(e["run"]["run_id"]).name)
def test_examples_are_priced_as_today(example: dict) -> None:
    run = example["run"]
    assert run["feasible"]
    design = parse_design(run["best"])
    again = evaluate(design).metrics
    for name, value in again.items():
        if not name.startswith("miou"):
            assert run["best"]["metrics"][name] == pytest.approx(value, rel=1e-9)
    predictor = load_predictor(design.space, "nyuv2")
    assert predictor is not None
    found = predictor.predict(
        design.architecture.experts,
        design.architecture.hidden,
        weight_bits=design.workload.weight_bits,
        activation_bits=design.workload.activation_bits,
        image=design.workload.image,
        top_k=design.workload.experts_of_token,
    )
    assert float(found.miou) == pytest.approx(run["best"]["metrics"]["miou"], abs=1e-9)


def test_all_nine_searches_ship() -> None:
    found = {(e["run"]["scenario"], e["run"]["memory"]) for e in load_examples()}
    goals, memories = ("latency", "energy", "performance"), ("rram", "sram", "hybrid")
    assert found == {(g, m) for g in goals for m in memories}


def test_inherited_weights_rank_designs_better_than_their_size() -> None:
    """24 designs trained alone, twice each: their order, as docs/supernet.md states it."""
    trials = read_trials(FOLDER / "b0_nyuv2_alone.csv")
    found = agreement(trials)
    assert (found["designs"], found["seeds"]) == (24, 2)
    assert sorted(Counter(t.band for t in trials).values()) == [16, 16, 16]
    assert found["tau"] > max(found["tau_by_parameters"], found["tau_by_macs"])
    assert found["regret"]["3"] <= found["seed_sd"]
    text = (FOLDER.parents[1] / "docs" / "supernet.md").read_text(encoding="utf-8")
    low, high = found["interval"]
    assert f"**{found['tau']:.2f}** (95 % interval {low:.2f} to {high:.2f}" in text
