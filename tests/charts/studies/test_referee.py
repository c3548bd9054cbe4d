"""Ratios to other simulators: a shape and a colour per tool, agreement in the picture."""

from __future__ import annotations

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.referee import energy_ratios


def test_tools_differ_by_shape_and_colour_and_far_ratios_stay_in_the_picture() -> None:
    rows = [
        {"tool": tool, "array": "a", "work": "w", "ours": 8.0, "theirs": 1.0, "ratio": ratio}
        for tool, ratio in (("one", 8.0), ("two", 0.5))
    ]
    even, marks = spec(energy_ratios(rows, colours=LIGHT), LIGHT)["layer"]
    shape, colour = (marks["encoding"][name]["scale"] for name in ("shape", "color"))
    assert len(set(shape["range"])) == len(set(colour["range"])) == 2
    assert marks["encoding"]["x"]["scale"]["domain"] == [0.25, 8.0]
    assert even["data"]["values"] == [{"one": 1.0}]
