"""Technology of each block, and totals of all memories."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.charts.base.frames import metrics_frame
from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.hybrid import technology_tiles, totals
from tests.charts.drawn import values


def test_tiles_carry_letter_and_colour(design: Any) -> None:
    mixed = design(memory=["rram", "sram", "sram", "rram"])
    tiles = values(spec(technology_tiles({"latency": mixed}, colours=DARK), DARK))[0]
    assert [t["letter"] for t in tiles] == ["R", "S", "S", "R"]
    assert [t["colour"] for t in tiles] == [DARK.rram, DARK.sram, DARK.sram, DARK.rram]
    assert tiles[3]["detail"] == "2 × 671"


def test_every_expert_has_a_room_in_the_colour_of_its_memory(design: Any) -> None:
    entries = ["rram", ["sram", "rram", "rram"], "sram", "rram"]
    mixed = design(experts=(2, 3, 3, 2), memory=entries)
    tiles, *_, rooms, _ = values(spec(technology_tiles({"latency": mixed}, colours=LIGHT), LIGHT))
    assert [t["letter"] for t in tiles] == ["R", "H", "S", "R"]
    assert tiles[1]["colour"] == LIGHT.sram  # what is not expert lies with the busy ones
    second = [r for r in rooms if r["block"] == "Block 2"]
    assert [(r["letter"], r["colour"]) for r in second] == [
        ("S", LIGHT.sram),
        ("R", LIGHT.rram),
        ("R", LIGHT.rram),
    ]
    assert [r["expert"] for r in second] == [1, 2, 3]
    places = [r["middle"] for r in second]
    assert places == sorted(places) and places[0] > 1.0 and places[-1] < 2.0
    assert sum(places) / 3 == pytest.approx(1.5)
    assert len([r for r in rooms if r["block"] == "Block 1"]) == mixed.architecture.experts[0]


def test_totals_leave_out_what_is_missing(design: Any) -> None:
    frame = metrics_frame({("energy", "rram"): design(), ("energy", "sram"): design(area_mm2=None)})
    bars = values(spec(totals(frame, metric="area_mm2", colours=LIGHT), LIGHT))[0]
    assert [(b["memory"], b["label"]) for b in bars] == [("RRAM", "R  20")]
    empty = totals(frame.iloc[:0], metric="area_mm2", colours=LIGHT)
    assert values(spec(empty, LIGHT))[0] == []
