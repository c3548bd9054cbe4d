"""Effects of single steps."""

from __future__ import annotations

from typing import Any

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.template import refilled
from cmn_core.charts.design.tornado import (
    BROKEN,
    CLEAR,
    UNSURE,
    layers,
    ranked,
    tornado,
    tornado_rows,
)


def move(label: str, towards: int, change: float | None, **other: Any) -> dict[str, Any]:
    known = {"before": "1", "after": "2", "points": None, "likely": 0.99}
    return {"label": label, "towards": towards, "change": change, **known, **other}


MOVES = [
    move("small", 1, 0.01),
    move("large", 1, 0.1, points=0.221),
    move("large", -1, -0.5, likely=0.7),
    move("cannot be built", 1, None),
    move("nothing", 1, 0.0),
]


def test_the_largest_effect_comes_first_with_both_of_its_steps() -> None:
    order = [(m["label"], m["towards"]) for m in ranked(MOVES)]
    assert order[:3] == [("large", -1), ("large", 1), ("small", 1)]
    assert order[-1] == ("cannot be built", 1)


def test_bars_leave_out_what_moves_nothing() -> None:
    bars, ends = tornado_rows(ranked(MOVES))
    assert [b["text"] for b in bars] == ["to 2", "to 2, +0.22 mIoU", "to 2"]
    assert [b["kind"] for b in bars] == [UNSURE, CLEAR, CLEAR]
    assert [b["size"] for b in bars] == ["−50 %", "+10 %", "+1 %"]
    assert [b["lane"] for b in bars] == [-1, 1, 0]  # alone in its row: in its middle
    assert ends[0]["change"] == -ends[1]["change"] < -0.5
    few, _ = tornado_rows(ranked(MOVES), top=1)
    assert {b["label"] for b in few} == {"large"}
    assert tornado_rows([])[0] == []


def test_a_template_filled_later_is_the_picture_made_at_once() -> None:
    bars, ends = tornado_rows(ranked(MOVES))
    whole = spec(tornado(bars, ends, quantity="energy_uj", colours=LIGHT), LIGHT)
    empty = spec(tornado([], [], quantity="energy_uj", colours=LIGHT), LIGHT)
    filled = refilled(empty, *layers(bars, ends))
    assert filled["layer"] == whole["layer"]
    falls, rises = (layer["data"]["values"] for layer in filled["layer"][3:5])
    assert [b["change"] for b in falls] == [-0.5]
    assert [b["change"] for b in rises] == [0.1, 0.01]
    kinds = filled["layer"][0]["encoding"]["fill"]["scale"]
    assert dict(zip(kinds["domain"], kinds["range"], strict=True))[UNSURE] == ("transparent")


def test_a_step_that_breaks_a_limit_is_no_clear_gain() -> None:
    move = {"label": "Bits per cell", "towards": 1, "before": "1", "after": "2"}
    move |= {"change": -0.24, "points": None, "likely": 0.999}
    sure, broken = tornado_rows([move])[0], tornado_rows([{**move, "breaks": "output error"}])[0]
    assert (sure[0]["kind"], sure[0]["text"]) == (CLEAR, "to 2")
    assert (broken[0]["kind"], broken[0]["text"]) == (BROKEN, "✗ to 2")
    assert broken[0]["breaks"] == "output error"


def test_the_axis_promises_no_fall_by_more_than_all() -> None:
    bars, ends = tornado_rows(ranked([move("large", 1, 7.25)]))
    assert ends[0]["change"] < -10.0  # the room for words, as wide as on the right
    picture = tornado(bars, ends, quantity="energy_uj", colours=LIGHT).to_dict()
    axis = picture["layer"][0]["encoding"]["x"]["axis"]
    none = "datum.value < -1.0"
    assert axis["labelExpr"] == f"{none} ? '' : datum.value == 0 ? '0' : datum.label"
    assert axis["gridOpacity"] == {
        "condition": {"test": "datum.value < -1.0", "value": 0},
        "value": 1,
    }
