"""Hours as dashed bars on either axis, and large models on two logarithmic ones."""

from __future__ import annotations

import pytest

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.scaling import hours, models

BARS = [
    {"bar": "B0", "hours": 2.7, "label": "2.7 h", "timed": "3 of 15,210"},
    {"bar": "B2", "hours": 15.7, "label": "15.7 h", "timed": "3 of 15,210"},
]


@pytest.mark.parametrize("log", [False, True])
def test_bars_start_where_the_axis_does(log: bool) -> None:
    drawn = spec(hours(BARS, title="Hours", log=log, colours=LIGHT), LIGHT)
    bars = drawn["layer"][0]
    low, high = bars["encoding"]["x"]["scale"]["domain"]
    assert low < 2.7 if log else low == 0.0
    assert high > 15.7
    assert {row["zero"] for row in bars["data"]["values"]} == {low}
    assert bars["mark"]["strokeDash"]


def test_models_keep_their_memory_in_colour_and_shape() -> None:
    points = [
        {"model": "m", "memory": m, "weights": w, "energy_uj": 10.0 * w, "chips_of_10_mb": 1}
        for m in ("rram", "sram")
        for w in (1e7, 1e9)
    ]
    between, dots = spec(models(points, colours=LIGHT), LIGHT)["layer"]
    encoding = dots["encoding"]
    assert encoding["color"]["scale"]["range"] == [LIGHT.rram, LIGHT.sram]
    assert encoding["shape"]["scale"]["range"] == ["circle", "square"]
    low, high = encoding["x"]["scale"]["domain"]
    assert low < 1e8 < 1e10 < high
    assert between["encoding"]["detail"]["field"] == "line"
    lines = [row["line"] for row in dots["data"]["values"]]
    assert lines == ["m, 10 M", "m, 10 M", "m, 1 G", "m, 1 G"]
