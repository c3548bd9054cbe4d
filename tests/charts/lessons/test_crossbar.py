"""A crossbar with its sums."""

from __future__ import annotations

import json

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.crossbar import crossbar
from tests.charts.drawn import values

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


@pytest.mark.parametrize("colours", THEMES)
def test_an_array_shows_sums_and_wrong_readings(colours: Palette) -> None:
    chart = crossbar([[1, -1], [1, 0]], [True, True], [2, -1], [2, 0], colours=colours)
    picture = spec(chart, colours)
    text = json.dumps(picture)
    texts = [row["text"] for row in values(picture)[0]]
    assert texts[:4] == ["+1", "−1", "+1", "0"]
    assert sorted(texts[4:]) == sorted(["+2", "−1", "✓ +2", "✗ 0"])
    assert colours.sram in text
