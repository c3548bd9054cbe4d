"""Levels of a cell and their spread."""

from __future__ import annotations

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.levels import levels
from tests.charts.drawn import values


def test_levels_carry_their_number_on_top() -> None:
    curves = [(0, 0.0, 3.0), (0, 0.1, 1.0), (1, 1.0, 2.0)]
    picture = spec(levels(curves, [0.0, 1.0], colours=LIGHT), LIGHT)
    assert [(r["at"], r["density"], r["text"]) for r in values(picture)[1]] == [
        (0.0, 3.0, 0),
        (100.0, 2.0, 1),
    ]
