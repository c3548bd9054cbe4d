"""Charts that lay searches over each other, and those of assignments and seeds."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.assignments import assignment_rows, assignments
from cmn_core.charts.search.blocks import block_bars, block_picture
from cmn_core.charts.search.convergence import best_objective, hypervolume, line_picture
from cmn_core.charts.search.front import BEST, front, front_picture
from cmn_core.charts.search.seed_spread import spread, spread_rows
from cmn_core.charts.search.trade import trade, trade_frame

HISTORY = [{"generation": g, "evaluations": g, "best_objective": 100.0 - g} for g in (1, 2, 3)]
OTHER = [{"generation": g, "evaluations": g, "best_objective": 90.0 - g} for g in (1, 2)]


def unnamed(node: Any) -> Any:
    """Without the names that Altair gives to views; they tell charts apart and mean nothing."""
    if isinstance(node, list):
        return [unnamed(item) for item in node]
    if not isinstance(node, dict):
        return "a view" if isinstance(node, str) and node.startswith("view_") else node
    return {key: unnamed(value) for key, value in node.items()}


def layers(picture: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [layer["data"]["values"] for layer in picture["layer"]]


def test_a_second_history_is_hollow_and_both_have_letters() -> None:
    kept = {"goal": "energy", "memory": "rram", "generations": 3, "colours": LIGHT}
    picture = spec(best_objective(HISTORY, other=OTHER, other_memory="sram", **kept), LIGHT)
    words = [rows for rows in layers(picture) if rows and "letter" in rows[0]]
    assert words == [
        [{"letter": "A", "generation": 3, "best_objective": 97.0}],
        [{"letter": "B", "generation": 2, "best_objective": 88.0}],
    ]
    hollow = [layer["mark"] for layer in picture["layer"] if layer["mark"].get("filled") is False]
    assert [mark["shape"] for mark in hollow] == ["square"]
    assert sum(rows and rows[0].get("best_objective") == 99.0 for rows in layers(picture)) == 2


def test_a_second_front_is_hollow_and_marks_can_be_picked(design: Any) -> None:
    designs = [design(energy_uj=800.0, miou=13.8), design()]
    picture = spec(
        front(
            points=None,
            designs=designs,
            best=designs[1],
            limits={},
            cost="energy_uj",
            memory="rram",
            colours=DARK,
            other=[design(energy_uj=700.0, miou=13.0)],
            other_memory="sram",
        ),
        DARK,
    )
    marks = layers(picture)[-1]
    assert [row["number"] for row in marks] == [1, 2, BEST]
    assert picture["params"][0]["select"]["fields"] == ["number"]
    assert '"B"' in json.dumps(picture)
    low, high = picture["layer"][-1]["encoding"]["x"]["scale"]["domain"]
    assert low < 700.0 < 900.0 < high


@pytest.mark.parametrize("cost", ["energy_uj", "latency_us"])
@pytest.mark.parametrize("other", [False, True])
@pytest.mark.parametrize("limits", [{}, {"min_miou": 13.0, "max_energy_uj": 950.0}])
def test_a_filled_front_is_the_chart_itself(
    design: Any, cost: str, other: bool, limits: dict[str, float]
) -> None:
    points = {"miou": [13.9, 12.0], "energy_uj": [950.0, 990.0], "latency_us": [4e3] * 2}
    for energy in (800.0, 700.0):  # the second one fills what the first one made
        asked: dict[str, Any] = {
            "points": {**points, "feasible": [True, False]},
            "designs": [design(energy_uj=energy, miou=13.8), design(miou=None)],
            "best": design(energy_uj=energy),
            "limits": limits,
            "cost": cost,
            "memory": "rram",
            "colours": LIGHT,
            "other": [design(energy_uj=650.0)] if other else [],
            "other_memory": "sram",
        }
        chart = front(**asked)
        chart.to_dict()  # keeps Vega-Lite's schema
        assert unnamed(front_picture(**asked)) == unnamed(spec(chart, LIGHT))


@pytest.mark.parametrize("column", ["best_objective", "hypervolume"])
@pytest.mark.parametrize("other", [[], OTHER, [{"generation": 1}]])
def test_filled_lines_are_the_chart_itself(column: str, other: list[dict[str, Any]]) -> None:
    make = {"best_objective": best_objective, "hypervolume": hypervolume}[column]
    for history in (HISTORY, [*HISTORY, {"generation": 4, "evaluations": 9, "hypervolume": 0.2}]):
        asked: dict[str, Any] = {"goal": "energy", "memory": "rram", "generations": 9}
        asked |= {"colours": DARK, "other": other, "other_memory": "hybrid"}
        chart = make(history, **asked)
        chart.to_dict()
        assert unnamed(line_picture(column, history, **asked)) == unnamed(spec(chart, DARK))


def test_filled_bars_are_the_chart_itself(design: Any) -> None:
    paper = {"experts": [1, 2, 3, 4], "hidden": [10, 20, 30, 40]}
    for one in (design(), design(hidden=(16, 16, 640, 1024))):
        asked: dict[str, Any] = {"quantity": "hidden", "colours": LIGHT, "paper": paper}
        chart = block_bars(one, **asked)
        chart.to_dict()
        picture = block_picture(one, **asked)
        assert unnamed(picture) == unnamed(spec(chart, LIGHT))
        low, high = picture["layer"][0]["encoding"]["y"]["scale"]["domain"]
        assert low == 0 and high > max(one["architecture"]["hidden"])


def test_letters_of_memories_whose_marks_meet_stand_side_by_side(design: Any) -> None:
    fronts = {
        "rram": [design(energy_uj=1000.0, miou=12.0), design(energy_uj=1600.0, miou=14.0)],
        "sram": [design(energy_uj=500.0, miou=12.0), design(energy_uj=800.0, miou=14.0)],
        "hybrid": [design(energy_uj=501.0, miou=12.0), design(energy_uj=790.0, miou=14.0)],
    }
    picture = spec(trade(trade_frame(fronts), colours=LIGHT), LIGHT)
    assert [row["letter"] for row in layers(picture)[-1]] == ["R", "S H"]


def test_marks_far_from_the_front_do_not_squeeze_it(design: Any) -> None:
    points = {"miou": [13.9, 13.9], "energy_uj": [950.0, 90_000.0], "latency_us": [4000.0] * 2}
    points["feasible"] = [True, True]
    kept = {"designs": [design()], "best": None, "limits": {}, "cost": "energy_uj"}
    near = spec(front(points=points, memory="rram", colours=LIGHT, **kept), LIGHT)
    assert [row["energy_uj"] for row in layers(near)[-1]] == [950.0, 900.0]
    held = spec(front(points=points, memory="rram", colours=LIGHT, first=points, **kept), LIGHT)
    assert 90_000.0 in [row["energy_uj"] for row in layers(held)[-1]]


def test_assignments_stand_best_first_with_the_chosen_one_ringed() -> None:
    found = [
        {"memory": list(m), "figures": {"energy_uj": 100.0 - n}, "feasible": n != 3}
        for n, m in enumerate(product(("rram", "sram"), repeat=4))
    ]
    table = assignment_rows(found, "energy_uj", "SSRR")
    assert [row["value"] for row in table] == sorted(100.0 - n for n in range(16))
    assert (table[0]["letters"], table[-1]["letters"]) == ("SSSS", "RRRR")
    assert {row["kind"] for row in table} == {"rram", "sram", "hybrid"}
    picture = spec(assignments(table, quantity="energy_uj", colours=LIGHT), LIGHT)
    ring = layers(picture)[0]
    assert [row["letters"] for row in ring] == ["SSRR"]
    assert "chosen" in ring[0]["label"]
    assert [r["label"] for r in table if not r["feasible"]] == ["97.0  breaks a limit"]


def test_seeds_are_measured_from_their_median(design: Any) -> None:
    runs = [(seed, design(energy_uj=value)) for seed, value in enumerate((98.0, 100.0, 104.0))]
    points = [(0, design(miou=14.0)), (1, design(miou=14.4))]
    table = spread_rows({("energy", "rram"): runs, ("performance", "sram"): points})
    assert [round(row["off"], 6) for row in table] == [-2.0, 0.0, 4.0, -0.2, 0.2]
    picture = spec(spread(table, colours=DARK), DARK)
    assert layers(picture)[1][0]["seed"] == 0
