"""Fronts of one search and of two laid over each other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.front import BEST, front, front_picture
from tests.charts.drawn import unnamed, values

POINTS = {
    "miou": [13.0, 14.0],
    "energy_uj": [800.0, 1000.0],
    "latency_us": [5.0, 6.0],
    "feasible": [False, True],
}


def test_a_second_front_is_of_crosses_and_marks_can_be_picked(design: Any) -> None:
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
    marks = values(picture)[-1]
    assert [row["number"] for row in marks] == [1, 2, BEST]
    assert picture["params"][0]["select"]["fields"] == ["number"]
    assert '"2"' in json.dumps(picture)
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


def test_marks_far_from_the_front_do_not_squeeze_it(design: Any) -> None:
    points = {"miou": [13.9, 13.9], "energy_uj": [950.0, 90_000.0], "latency_us": [4000.0] * 2}
    points["feasible"] = [True, True]
    kept = {"designs": [design()], "best": None, "limits": {}, "cost": "energy_uj"}
    near = spec(front(points=points, memory="rram", colours=LIGHT, **kept), LIGHT)
    assert [row["energy_uj"] for row in values(near)[-1]] == [950.0, 900.0]
    held = spec(front(points=points, memory="rram", colours=LIGHT, first=points, **kept), LIGHT)
    assert 90_000.0 in [row["energy_uj"] for row in values(held)[-1]]


def test_front_tells_kinds_apart_and_draws_the_limits(design: Any) -> None:
    seen = {"points": POINTS, "designs": [design()], "best": design(), "memory": "rram"}
    limits = {"min_miou": 13.5, "max_energy_uj": 950.0}
    found = spec(front(**seen, limits=limits, cost="energy_uj", colours=LIGHT), LIGHT)
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
