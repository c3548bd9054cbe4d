"""Boxes with texts."""

from __future__ import annotations

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.grid import grid
from tests.charts.drawn import values


def test_boxes_carry_their_text_and_kind() -> None:
    boxes = [("a", "x", "1", "plus"), ("a", "y", "0", "empty"), ("b", "x", "3", "part")]
    picture = spec(grid(boxes, lines=("a", "b"), columns=("x", "y"), colours=LIGHT), LIGHT)
    rows = values(picture)[0]
    assert [row["text"] for row in rows] == ["1", "0", "3"]
    assert [row["fill"] for row in rows] == [LIGHT.rram, LIGHT.page, LIGHT.page]
    assert rows[2]["stroke"] == LIGHT.rram
