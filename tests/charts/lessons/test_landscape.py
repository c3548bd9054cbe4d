"""A map of what a search may choose."""

from __future__ import annotations

import json

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.landscape import landscape
from tests.charts.drawn import values

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


@pytest.mark.parametrize("colours", THEMES)
def test_a_map_crosses_what_is_not_allowed(colours: Palette) -> None:
    fields = [(0, 0, 5.0, True), (0, 1, 3.0, False), (1, 0, 4.0, True), (1, 1, 9.0, True)]
    chart = landscape(
        fields,
        [(0.2, 0.9)],
        (1, 0),
        rows_per_read=[8, 16],
        adc_bits=[4, 5],
        colours=colours,
    )
    picture = spec(chart, colours)
    text = json.dumps(picture)
    assert values(picture)[1] == values(picture)[2] == [{"x": 1.0, "y": 0.0}]
    assert values(picture)[3][0]["x"] == 0.0 and values(picture)[3][0]["y"] == 1.0
    assert "['8','16'][datum.value]" in text
