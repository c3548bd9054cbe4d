"""mIoU against cost: which marks are drawn, and which one is the cheapest that is good enough."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.compression import cheapest, methods

POINTS = [
    {"method": "PTQ INT8", "table": "G1", "cost": 480.0, "miou": 34.0, "whose": "printed"},
    {"method": "NAS", "table": "G1", "cost": 93.0, "miou": 35.0, "whose": "printed"},
    {"method": "KD", "table": "G2", "cost": 290.0, "miou": 29.0, "whose": "printed"},
    {"method": "NAS", "table": "G1", "cost": 84.0, "miou": 15.0, "whose": "ours"},
    {"method": "KD", "table": "G2", "cost": 265.0, "miou": None, "whose": "ours"},
]


@pytest.mark.parametrize(
    ("floor", "name"), [(0.0, "NAS"), (34.9, "NAS"), (35.1, None), (35.0, "NAS")]
)
def test_the_cheapest_reaches_the_floor(floor: float, name: str | None) -> None:
    found = cheapest(POINTS, whose="printed", floor=floor)
    assert (found and found["method"]) == name


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_what_is_not_measured_is_not_drawn(colours: Any) -> None:
    chart = methods(
        POINTS, cost="energy_uj", floor=10.0, whose="ours", memory="rram", colours=colours
    )
    drawn = spec(chart, colours)
    dots = next(x for x in drawn["layer"] if x["mark"].get("strokeWidth") == 2)
    assert [row["method"] for row in dots["data"]["values"]] == ["NAS"]
    assert drawn["layer"][-1]["data"]["values"][0]["cost"] == 84.0


def test_printed_marks_are_hollow() -> None:
    chart = methods(
        POINTS, cost="latency_us", floor=None, whose="printed", memory="sram", colours=LIGHT
    )
    mark = spec(chart, LIGHT)["layer"][0]["mark"]
    assert (mark["fill"], mark["stroke"]) == (LIGHT.page, LIGHT.paper)


def test_no_name_lies_on_another_mark_or_name() -> None:
    """Marks as close as those of the shipped result: KD beside INT4, two of one model."""
    near = [
        {"method": "as it is", "table": "G2", "cost": 527.0, "miou": 20.56, "whose": "ours"},
        {"method": "PTQ INT8", "table": "G1", "cost": 527.0, "miou": 20.56, "whose": "ours"},
        {"method": "KD", "table": "G2", "cost": 265.4, "miou": 20.26, "whose": "ours"},
        {"method": "PTQ INT4", "table": "G1", "cost": 264.0, "miou": 19.40, "whose": "ours"},
    ]
    chart = methods(near, cost="energy_uj", floor=18.5, whose="ours", memory="sram", colours=LIGHT)
    names = [x for x in spec(chart, LIGHT)["layer"] if x["mark"]["type"] == "text"]
    places = {
        row["method"]: tuple(x["mark"][key] for key in ("align", "dx", "dy"))
        for x in names
        for row in x["data"]["values"]
    }
    assert len(places) == 4
    assert places["as it is"] != places["PTQ INT8"]
    assert places["KD"] != places["PTQ INT4"]
