"""Charts as specifications: what is drawn, in which colour, with which second code."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.charts.base.frames import metrics_frame
from cmn_core.charts.base.palette import DARK, LIGHT, Palette, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.blocks import block_bars
from cmn_core.charts.search.convergence import best_objective, hypervolume
from cmn_core.charts.search.front import front
from cmn_core.charts.search.hybrid import technology_tiles, totals
from cmn_core.charts.search.network import network

HISTORY = [
    {
        "generation": g,
        "evaluations": 100 * g,
        "best_objective": 10.0 - g if g > 1 else None,
        "hypervolume": 0.1 * g,
        "feasible_share": 0.5,
        "seconds": float(g),
    }
    for g in range(1, 5)
]
POINTS = {
    "miou": [13.0, 14.0],
    "energy_uj": [800.0, 1000.0],
    "latency_us": [5.0, 6.0],
    "feasible": [False, True],
}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def values(picture: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [layer["data"]["values"] for layer in picture["layer"]]


def pictures(design: Any, colours: Palette) -> dict[str, dict[str, Any]]:
    kept = {"goal": "energy", "memory": "rram", "generations": 30, "colours": colours}
    seen = {"points": POINTS, "designs": [design()], "best": design(), "memory": "rram"}
    limits = {"min_miou": 13.5, "max_energy_uj": 950.0}
    metrics = metrics_frame({("energy", "rram"): design()})
    charts = {
        "objective": best_objective(HISTORY, **kept),
        "hypervolume": hypervolume(HISTORY, **kept),
        "front": front(**seen, limits=limits, cost="energy_uj", colours=colours),
        "empty": front(
            points=None,
            designs=[],
            best=None,
            limits={},
            cost="latency_us",
            memory="hybrid",
            colours=colours,
        ),
        "bars": block_bars(design(), quantity="hidden", colours=colours),
        "network": network(design(), colours=colours),
        "tiles": technology_tiles({"energy": design()}, colours=colours),
        "totals": totals(metrics, metric="energy_uj", colours=colours),
    }
    return {name: spec(chart, colours) for name, chart in charts.items()}


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_every_picture_is_plain_json_that_names_no_other_place(
    design: Any, colours: Palette
) -> None:
    for name, picture in pictures(design, colours).items():
        text = json.dumps(picture, allow_nan=False)
        assert "http" not in text.replace(picture["$schema"], ""), name
        assert "datasets" not in picture, name
        assert "data" not in picture, name
        assert picture["config"]["axis"]["labelFontSize"] >= 12, name


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_colours_can_be_read(colours: Palette) -> None:
    for name in ("rram", "sram", "hybrid", "paper", "ink", "muted"):
        assert contrast(getattr(colours, name), colours.page) >= 4.5, name
    assert palette(colours.name) is colours
    assert palette(None) is LIGHT


def test_convergence_leaves_out_generations_without_a_best_value(design: Any) -> None:
    found = pictures(design, LIGHT)["objective"]
    assert [row["generation"] for row in values(found)[0]] == [2, 3, 4]
    x = found["layer"][0]["encoding"]["x"]
    assert x["scale"]["domain"] == [0, 30]


def test_front_tells_kinds_apart_and_draws_the_limits(design: Any) -> None:
    found = pictures(design, LIGHT)["front"]
    marks = values(found)[-1]
    kinds = [row["kind"] for row in marks]
    assert kinds == ["breaks a limit", "within the limits", "front", "best"]
    fill = found["layer"][-1]["encoding"]["fill"]["scale"]["range"]
    assert fill[0] == "transparent"
    labels = [row["label"] for rows in values(found) for row in rows if "label" in row]
    assert set(labels) == {"at least 13.5 %", "at most 950"}
    intervals = [rows for rows in values(found) if rows and "miou_low" in rows[0]]
    assert intervals == [[{"energy_uj": 900.0, "miou_low": 13.5, "miou_high": 14.5}]]


def test_shape_follows_the_memory(design: Any) -> None:
    for memory, shape in (("rram", "circle"), ("sram", "square"), ("hybrid", "diamond")):
        chart = front(
            points=POINTS,
            designs=[],
            best=None,
            limits={},
            cost="energy_uj",
            memory=memory,
            colours=LIGHT,
        )
        shapes = spec(chart, LIGHT)["layer"][-1]["encoding"]["shape"]["scale"]["range"]
        assert shapes[-1] == shape


def test_the_papers_bars_are_hollow(design: Any) -> None:
    paper = {"experts": [1, 1, 1, 1], "hidden": [16, 16, 16, 16]}
    chart = block_bars(design(), quantity="experts", colours=LIGHT, paper=paper, top=5)
    bars = values(spec(chart, LIGHT))[0]
    assert {row["fill"] for row in bars if row["source"] == "paper"} == {"transparent"}
    assert {row["fill"] for row in bars if row["source"] == "ours"} == {LIGHT.rram}
    assert [row["value"] for row in bars] == [2, 5, 3, 2, 1, 1, 1, 1]


def test_network_has_as_many_filled_places_as_experts(design: Any) -> None:
    drawn = design(experts=(1, 5, 3, 2), hidden=(128, 16, 640, 512))
    found = spec(network(drawn, colours=LIGHT), LIGHT)
    boxes, links = values(found)[:2]
    assert len(links) == 5 + (2 + 3 + 3 + 3)  # down the page, then inside each block
    filled = [b for b in boxes if b["fill"] == LIGHT.rram]
    assert len(filled) == (1 + 5 + 3 + 2) + 4  # one letter plate per block
    full = [b for b in filled if b["y2"] - b["y"] == 42.0]
    assert len(full) == 1 + 3  # hidden sizes at their maximum fill the place: blocks 1 and 3
    words = [row["text"] for rows in values(found)[2:] for row in rows]
    assert "dense FFN, hidden 128 of 128" in words
    assert "3 experts, hidden 640 of 640" in words
    assert words.count("Router") == 3
    assert "120 × 160 tokens, width 32" in words
    assert "15 × 20 tokens, width 256" in words


def test_tiles_carry_letter_and_colour(design: Any) -> None:
    mixed = design(memory=["rram", "sram", "sram", "rram"])
    tiles = values(spec(technology_tiles({"latency": mixed}, colours=DARK), DARK))[0]
    assert [t["letter"] for t in tiles] == ["R", "S", "S", "R"]
    assert [t["colour"] for t in tiles] == [DARK.rram, DARK.sram, DARK.sram, DARK.rram]
    assert tiles[3]["detail"] == "2 × 671"


def test_totals_leave_out_what_is_missing(design: Any) -> None:
    frame = metrics_frame({("energy", "rram"): design(), ("energy", "sram"): design(area_mm2=None)})
    bars = values(spec(totals(frame, metric="area_mm2", colours=LIGHT), LIGHT))[0]
    assert [(b["memory"], b["label"]) for b in bars] == [("RRAM", "R  20")]
    empty = totals(frame.iloc[:0], metric="area_mm2", colours=LIGHT)
    assert values(spec(empty, LIGHT))[0] == []
