from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from cmn_core.cim.technologies.technology import load_technology
from cmn_core.errors import FieldError
from cmn_core.models.chip import Chip, uniform, with_macros
from cmn_core.models.file import parse_model
from cmn_core.models.hardware import OBJECTIVES, best_chip
from cmn_core.models.presets import load_preset, preset_names
from cmn_core.models.pricing import price_model
from cmn_core.models.report import assess, costs_by_block

SPLIT = {"product": "sram", "ffn": "rram"}


@pytest.mark.parametrize("name", preset_names())
@pytest.mark.parametrize("memory", ["rram", "sram", "split"])
def test_layers_and_parts_add_up(name: str, memory: str) -> None:
    chip = with_macros(Chip(SPLIT if memory == "split" else uniform(memory)))
    answer = assess(load_preset(name), chip)
    json.dumps(answer, allow_nan=False)
    for quantity in ("energy_uj", "area_mm2"):
        total = sum(row[quantity] for row in answer["layers"])
        assert total == pytest.approx(answer[quantity], rel=1e-9)
        assert sum(answer["breakdown"][quantity].values()) == pytest.approx(total, rel=1e-9)
        for row in answer["layers"]:
            parts = sum(row["breakdown"][quantity].values())
            assert parts == pytest.approx(row[quantity], rel=1e-9)
    assert sum(row["macros"] for row in answer["layers"]) == answer["macros"]
    for quantity, (low, high) in answer["intervals"].items():
        assert low < answer[quantity] < high
    assert answer["latency_balanced_us"] <= answer["latency_us"]
    assert answer["weights_mb"] <= answer["array_mb"] * 1.01


@pytest.mark.parametrize(
    "layer",
    [
        {"kind": "buffer", "elements": 1000},
        {"kind": "elementwise", "op": "norm", "elements": 1000},
        {"kind": "lookup", "rows": 1000, "width": 64, "lookups": 1},
    ],
)
@pytest.mark.parametrize("memory", ["rram", "sram"])
def test_a_model_without_a_product_has_a_price_and_no_efficiency(layer, memory) -> None:
    model = parse_model({"schema": "cmn.model/1", "name": "x", "layers": [layer]})
    answer = assess(model, with_macros(Chip(uniform(memory))))
    assert answer["macs"] == 0 and answer["energy_uj"] >= 0.0 and answer["latency_us"] >= 0.0
    assert answer["tops_per_w"] is None and answer["tops_per_mm2"] is None
    json.dumps(answer, allow_nan=False)


def test_experts_that_wait() -> None:
    model = load_preset("mixtral-8x7b-decode")
    sram = assess(model, with_macros(Chip(uniform("sram"))))["experts"]
    rram = assess(model, with_macros(Chip(uniform("rram"))))["experts"]
    assert (sram["resident"], sram["per_token"], sram["touched_at_most"]) == (256, 64, 64)
    assert sram["idle_share_of_energy"] > 0.1
    assert rram["idle_leakage_uj"] == 0.0


@pytest.mark.parametrize("memory", ["rram", "sram"])
@pytest.mark.parametrize("objective", list(OBJECTIVES))
def test_the_search_finds_the_best_of_the_grid(memory: str, objective: str) -> None:
    """Against a thousand random points of the grid that keep the limits."""
    model = load_preset("m3vit-s")
    chip = Chip(uniform(memory))
    best = best_chip(model, chip, objective, max_array_mb=1e9, max_sigma_rel=0.2)
    cost = price_model(model, best)
    assert float(cost.sigma_rel) <= 0.2
    mine = OBJECTIVES[objective](cost.energy_pj, cost.latency_ns, cost.area_um2)
    grid = load_technology(memory).grid()
    pick = np.random.default_rng(1).integers(0, len(grid["rows"]), 1000)
    points = {knob: column[pick] for knob, column in grid.items()}
    others = price_model(model, replace(chip, macros={memory: points}))
    score = OBJECTIVES[objective](others.energy_pj, others.latency_ns, others.area_um2)
    assert float(mine) <= float(score[others.sigma_rel <= 0.2].min())


def test_two_technologies_take_turns() -> None:
    model, chip = load_preset("v-moe-b-16"), Chip(SPLIT)
    best = best_chip(model, chip, "edp", max_array_mb=1e9, max_sigma_rel=0.2)
    first, found = (price_model(model, c) for c in (with_macros(chip), best))
    assert found.energy_pj * found.latency_ns < first.energy_pj * first.latency_ns


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "macro: found no object"),
        ({"sram": 3}, "macro.sram: found no object"),
        ({"srm": {}}, "macro.srm: unknown key; did you mean 'sram'?"),
        ({"rram": {}}, "macro.rram: given; no layer is on rram"),
        ({"sram": {"row": 3}}, "macro.sram.row: unknown key; did you mean 'rows'?"),
        ({"sram": {"rows": 0}}, "macro.sram.rows: found 0; a whole number from 8"),
        ({"sram": {"rows_per_tree": 3}}, "macro.sram.rows_per_tree: found 3"),
    ],
)
def test_macros_of_a_person_are_checked(given: object, said: str) -> None:
    with pytest.raises(FieldError) as caught:
        with_macros(Chip(uniform("sram")), given)
    assert str(caught.value).startswith(said)


def test_macros_of_a_person_are_completed() -> None:
    chip = with_macros(Chip(uniform("sram")), {"sram": {"rows": 256}})
    assert chip.macros["sram"] == {**load_technology("sram").default, "rows": 256.0}


def test_costs_of_a_block_are_those_of_its_layers() -> None:
    costs = {"energy_uj": 1.0, "latency_us": 2.0, "area_mm2": 3.0}
    rows = [{"block": b, **costs} for b in ("one", "two", "one")]
    twice = {name: 2.0 * value for name, value in costs.items()}
    assert costs_by_block(rows) == {"one": twice, "two": costs}
