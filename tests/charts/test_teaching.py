"""Charts of Start and Learn: what they draw, from hand-made numbers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.converter import converter, converter_frame
from cmn_core.charts.lessons.crossbar import crossbar
from cmn_core.charts.lessons.idle import idle
from cmn_core.charts.lessons.landscape import landscape
from cmn_core.charts.lessons.levels import levels
from cmn_core.charts.lessons.tiles import tiles, tiles_frame
from cmn_core.charts.search.trade import trade, trade_frame

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


def drawn(chart: Any, colours: Palette) -> tuple[dict[str, Any], str]:
    found = spec(chart, colours)
    return found, json.dumps(found)


def values(picture: dict[str, Any], layer: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = picture["layer"][layer]["data"]["values"]
    return found


def design(miou: float, energy: float) -> dict[str, Any]:
    return {
        "architecture": {"experts": [1, 1, 1, 1], "hidden": [16, 16, 16, 16]},
        "hardware": {"memory": "rram"},
        "metrics": {"miou": miou, "energy_uj": energy, "latency_us": 1.0, "area_mm2": 2.0},
    }


@pytest.mark.parametrize("colours", THEMES)
def test_trade_keeps_what_nothing_of_its_memory_beats(colours: Palette) -> None:
    worse, best, cheap = design(14.0, 30.0), design(15.0, 20.0), design(13.0, 10.0)
    frame = trade_frame({"rram": [worse, best, cheap], "sram": [worse], "hybrid": []})
    assert list(zip(frame["kind"], frame["at"], strict=True)) == [
        ("rram", 2),
        ("rram", 1),
        ("sram", 0),
    ]
    picture, text = drawn(trade(frame, colours=colours), colours)
    assert colours.rram in text and '"diamond"' not in text
    assert [p["name"] for p in picture["params"]] == ["pick"]
    assert picture["params"][0]["select"]["fields"] == ["kind", "at"]


@pytest.mark.parametrize("colours", THEMES)
def test_tiles_lie_end_to_end(colours: Palette) -> None:
    frame = tiles_frame([(1, 2, 10, 30), (2, 1, 100, 50)])
    assert frame["start"].tolist() == [0, 30, 40, 0, 50]
    assert frame["end"].tolist() == [30, 40, 50, 50, 150]
    _, text = drawn(tiles(frame, memory="rram", most=200, colours=colours), colours)
    assert '"E2"' in text and '"letter": "A"' in text


@pytest.mark.parametrize("colours", THEMES)
def test_an_array_shows_sums_and_wrong_readings(colours: Palette) -> None:
    chart = crossbar([[1, -1], [1, 0]], [True, True], [2, -1], [2, 0], colours=colours)
    picture, text = drawn(chart, colours)
    texts = [row["text"] for row in values(picture, 0)]
    assert texts[:4] == ["+1", "−1", "+1", "0"]
    assert sorted(texts[4:]) == sorted(["+2", "−1", "✓ +2", "✗ 0"])
    assert colours.sram in text


def test_an_error_over_the_limit_is_hollow() -> None:
    frame = converter_frame([(4, 0.4, 10.0), (7, 0.05, 20.0)], 0.08)
    assert frame["allowed"].tolist() == [False, True]
    for quantity, layers in (("error", 5), ("energy_uj", 3)):
        chart = converter(frame, quantity=quantity, chosen=7, limit=8.0, colours=LIGHT)
        picture, text = drawn(chart, LIGHT)
        assert len(picture["layer"]) == layers
        assert [row["fill"] for row in values(picture, 2)] == [LIGHT.page, LIGHT.rram]
        assert ("limit 8 %" in text) == (quantity == "error")


def test_levels_carry_their_number_on_top() -> None:
    curves = [(0, 0.0, 3.0), (0, 0.1, 1.0), (1, 1.0, 2.0)]
    picture, _ = drawn(levels(curves, [0.0, 1.0], colours=LIGHT), LIGHT)
    assert [(r["at"], r["density"], r["text"]) for r in values(picture, 1)] == [
        (0.0, 3.0, 0),
        (100.0, 2.0, 1),
    ]


@pytest.mark.parametrize("colours", THEMES)
def test_a_map_crosses_what_is_not_allowed(colours: Palette) -> None:
    fields = [(0, 0, 5.0, True), (0, 1, 3.0, False), (1, 0, 4.0, True), (1, 1, 9.0, True)]
    chart = landscape(
        fields,
        [(0.2, 0.9)],
        (1, 0),
        rows_per_read=[8, 16],
        adc_bits=[4, 5],
        colours=colours,
    )
    picture, text = drawn(chart, colours)
    assert values(picture, 1) == values(picture, 2) == [{"x": 1.0, "y": 0.0}]
    assert values(picture, 3)[0]["x"] == 0.0 and values(picture, 3)[0]["y"] == 1.0
    assert "['8','16'][datum.value]" in text


def test_causes_of_an_image_add_up() -> None:
    energies = {"rram": {"Cells": 3.0, "Leakage": 1.0}, "sram": {"Cells": 1.0, "Leakage": 8.0}}
    picture, _ = drawn(idle(energies, colours=LIGHT), LIGHT)
    assert [row["end"] for row in values(picture, 0)] == [3.0, 4.0, 1.0, 9.0]
    assert [row["label"] for row in values(picture, 2)] == ["4", "9"]
