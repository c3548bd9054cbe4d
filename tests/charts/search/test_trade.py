"""The fronts of all memories in one picture."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.trade import trade, trade_frame
from tests.charts.drawn import values

THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


def test_letters_of_memories_whose_marks_meet_stand_side_by_side(design: Any) -> None:
    fronts = {
        "rram": [design(energy_uj=1000.0, miou=12.0), design(energy_uj=1600.0, miou=14.0)],
        "sram": [design(energy_uj=500.0, miou=12.0), design(energy_uj=800.0, miou=14.0)],
        "hybrid": [design(energy_uj=501.0, miou=12.0), design(energy_uj=790.0, miou=14.0)],
    }
    picture = spec(trade(trade_frame(fronts), colours=LIGHT), LIGHT)
    assert [row["letter"] for row in values(picture)[-1]] == ["R", "S H"]


@pytest.mark.parametrize("colours", THEMES)
def test_trade_keeps_what_nothing_of_its_memory_beats(design: Any, colours: Palette) -> None:
    figures = ((14.0, 30.0), (15.0, 20.0), (13.0, 10.0))
    worse, best, cheap = (design(miou=miou, energy_uj=energy) for miou, energy in figures)
    frame = trade_frame({"rram": [worse, best, cheap], "sram": [worse], "hybrid": []})
    assert list(zip(frame["kind"], frame["at"], strict=True)) == [
        ("rram", 2),
        ("rram", 1),
        ("sram", 0),
    ]
    picture = spec(trade(frame, colours=colours), colours)
    text = json.dumps(picture)
    assert colours.rram in text and '"diamond"' not in text
    assert [p["name"] for p in picture["params"]] == ["pick"]
    assert picture["params"][0]["select"]["fields"] == ["kind", "at"]
