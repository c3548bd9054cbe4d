"""Measured accuracy against cost."""

from __future__ import annotations

import json

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.design.measured import MOST, measured


def test_fronts_are_whole_and_the_rest_is_thinned() -> None:
    rows = [
        {"number": i, "miou": 10.0, "energy_uj": 1.0 + i, "front": i < 3} for i in range(3 * MOST)
    ]
    picture = spec(
        measured({"rram": rows, "sram": rows[:1]}, cost="energy_uj", colours=LIGHT), LIGHT
    )
    json.dumps(picture, allow_nan=False)
    line, marks = (layer["data"]["values"] for layer in picture["layer"])
    assert [row["number"] for row in line] == [0, 1, 2, 0]
    assert {row["number"] for row in marks if row["front"]} == {0, 1, 2}
    assert len(marks) <= MOST + 4
    shapes = picture["layer"][1]["encoding"]["shape"]["scale"]
    assert shapes["range"] == ["circle", "square", "diamond"]
    assert picture["layer"][0]["encoding"]["x"]["scale"]["type"] == "log"
