"""Models as pictures: layers by cause, placements beside each other."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.design.layers import DIGITAL, layer_bars, layer_shares
from cmn_core.charts.design.placements import placements

CAUSES = {"Arrays": (), "Conversion": ("adc",), "Leakage": ("leakage",)}


def layer(name: str, energy: float, *, block: str = "b", memory: str | None = "rram") -> Any:
    parts = {"adc": 0.25 * energy, "cells": 0.5 * energy, "drivers": 0.25 * energy}
    return {
        "layer": name,
        "block": block,
        "memory": memory,
        "energy_uj": energy,
        "latency_us": 2.0 * energy,
        "breakdown": {"energy_uj": parts},
    }


def test_parts_that_no_cause_names_belong_to_the_first() -> None:
    shares = layer_shares([layer("one", 8.0)], "energy_uj", CAUSES)
    assert shares == [("one", "Arrays", 6.0, 0.75), ("one", "Conversion", 2.0, 0.25)]


def test_the_largest_keep_their_order_and_the_rest_is_summed() -> None:
    layers = [layer(str(n), float(n)) for n in (3, 9, 1, 2, 8)]
    shares = layer_shares(layers, "energy_uj", CAUSES, top=2)
    names = list(dict.fromkeys(s[0] for s in shares))
    assert names == ["9", "8", "3 others"]
    assert sum(s[2] for s in shares) == pytest.approx(23.0)


def test_a_latency_is_shown_by_where_it_runs() -> None:
    layers = [layer("one", 1.0, block="x"), layer("two", 2.0, block="y", memory=None)]
    shares = layer_shares(layers, "latency_us", CAUSES)
    assert [s[:3] for s in shares] == [("x: one", "RRAM", 2.0), ("y: two", DIGITAL, 4.0)]


def test_layers_without_cost_have_no_bar() -> None:
    assert layer_shares([layer("one", 0.0)], "energy_uj", CAUSES) == []
    layer_bars([], quantity="energy_uj", causes=list(CAUSES), colours=LIGHT)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_bars_are_in_a_unit_that_suits_them(colours: Palette) -> None:
    shares = layer_shares([layer("one", 2e6), layer("two", 1e6)], "energy_uj", CAUSES)
    picture = spec(
        layer_bars(shares, quantity="energy_uj", causes=list(CAUSES), colours=colours), colours
    )
    bars, _, sums = (entry["data"]["values"] for entry in picture["layer"])
    assert [row["end"] for row in bars] == pytest.approx([1.5, 2.0, 0.75, 1.0])
    assert [row["label"] for row in sums] == ["2.00", "1.00", ""]
    assert picture["layer"][0]["encoding"]["x"]["title"] == "Energy (J)"


def test_placements_differ_by_shape_colour_and_name() -> None:
    answer = {"energy_uj": 20_000.0, "intervals": {"energy_uj": [10_000.0, 40_000.0]}}
    rows = [("RRAM", "rram", answer), ("SRAM", "sram", answer), ("split", "hybrid", answer)]
    picture = spec(placements(rows, quantity="energy_uj", colours=LIGHT, chosen="SRAM"), LIGHT)
    table = picture["layer"][0]["data"]["values"]
    assert [row["value"] for row in table] == [20.0, 20.0, 20.0]  # mJ
    assert [(row["low"], row["high"]) for row in table] == [(10.0, 40.0)] * 3
    assert len({row["colour"] for row in table}) == len({row["kind"] for row in table}) == 3
    shapes = picture["layer"][1]["encoding"]["shape"]["scale"]["range"]
    assert len(set(shapes)) == 3
