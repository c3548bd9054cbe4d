"""Bars of what matters, with an arrow where the direction is clear."""

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.design.importance import SHOWN, arrow, importance_bars
from tests.charts.drawn import first_rows


def test_the_longest_are_drawn_in_order():
    found = [(f"Variable {n}", 0.9 - 0.05 * n, -0.9) for n in range(15)]
    rows = first_rows(spec(importance_bars(found, colours=LIGHT), LIGHT))
    assert len(rows) == SHOWN and rows[0]["text"] == "90% ↓"


def test_an_arrow_only_where_the_direction_is_clear():
    assert [arrow(v) for v in (0.9, -0.9, 0.1)] == ["↑", "↓", "↕"]
