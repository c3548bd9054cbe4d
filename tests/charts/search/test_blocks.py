"""Bars of experts and hidden sizes, block by block."""

from __future__ import annotations

from typing import Any

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.blocks import block_bars, block_picture
from tests.charts.drawn import unnamed, values


def test_filled_bars_are_the_chart_itself(design: Any) -> None:
    paper = {"experts": [1, 2, 3, 4], "hidden": [10, 20, 30, 40]}
    for one in (design(), design(hidden=(16, 16, 640, 1024))):
        asked: dict[str, Any] = {"quantity": "hidden", "colours": LIGHT, "paper": paper}
        chart = block_bars(one, **asked)
        chart.to_dict()
        picture = block_picture(one, **asked)
        assert unnamed(picture) == unnamed(spec(chart, LIGHT))
        low, high = picture["layer"][0]["encoding"]["y"]["scale"]["domain"]
        assert low == 0 and high > max(one.architecture.hidden)


def test_the_papers_bars_are_hollow(design: Any) -> None:
    paper = {"experts": [1, 1, 1, 1], "hidden": [16, 16, 16, 16]}
    chart = block_bars(design(), quantity="experts", colours=LIGHT, paper=paper, top=5)
    bars = values(spec(chart, LIGHT))[0]
    assert {row["fill"] for row in bars if row["source"] == "paper"} == {"transparent"}
    assert {row["fill"] for row in bars if row["source"] == "ours"} == {LIGHT.rram}
    assert [row["value"] for row in bars] == [2, 5, 3, 2, 1, 1, 1, 1]
