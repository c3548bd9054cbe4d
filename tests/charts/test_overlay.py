"""Charts that lay searches over each other, and those of assignments and seeds."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

from cmn_core.charts.assignments import assignment_rows, assignments
from cmn_core.charts.convergence import best_objective
from cmn_core.charts.front import BEST, front
from cmn_core.charts.palette import DARK, LIGHT
from cmn_core.charts.spec import spec
from cmn_core.charts.spread import spread, spread_rows

HISTORY = [{"generation": g, "evaluations": g, "best_objective": 100.0 - g} for g in (1, 2, 3)]
OTHER = [{"generation": g, "evaluations": g, "best_objective": 90.0 - g} for g in (1, 2)]


def layers(picture: dict[str, Any]) -> list[list[dict[str, Any]]]:
    return [layer["data"]["values"] for layer in picture["layer"]]


def test_a_second_history_is_hollow_and_both_have_letters() -> None:
    kept = {"goal": "energy", "memory": "rram", "generations": 3, "colours": LIGHT}
    picture = spec(best_objective(HISTORY, other=OTHER, other_memory="sram", **kept), LIGHT)
    words = [rows for rows in layers(picture) if rows and "letter" in rows[0]]
    assert words == [
        [
            {"letter": "A", "generation": 3, "best_objective": 97.0},
            {"letter": "B", "generation": 2, "best_objective": 88.0},
        ]
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
