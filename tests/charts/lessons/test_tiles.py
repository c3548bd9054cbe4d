"""Tiles of a layer, end to end."""

from __future__ import annotations

import json

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.tiles import tiles, tiles_frame

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


@pytest.mark.parametrize("colours", THEMES)
def test_tiles_lie_end_to_end(colours: Palette) -> None:
    frame = tiles_frame([(1, 2, 10, 30), (2, 1, 100, 50)])
    assert frame["start"].tolist() == [0, 30, 40, 0, 50]
    assert frame["end"].tolist() == [30, 40, 50, 50, 150]
    text = json.dumps(spec(tiles(frame, memory="rram", most=200, colours=colours), colours))
    assert '"E2"' in text and '"letter": "A"' in text
