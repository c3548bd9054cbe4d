"""Bars of blocks by cause."""

from __future__ import annotations

import json

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT, Palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.base.template import refilled
from cmn_core.charts.design.breakdown import FILLS, breakdown, breakdown_rows

SHARES = [
    ("Block 1", "Arrays", 6.0, 0.6),
    ("Block 1", "Digital unit", 4.0, 0.4),
    ("Other", "Arrays", 0.1, 1.0),
]
FIXED = {"quantity": "energy_uj", "causes": ["Arrays", "Digital unit"]}


def test_segments_lie_end_to_end_and_small_ones_have_no_letter() -> None:
    segments, totals = breakdown_rows(SHARES)
    assert [(s["start"], s["end"], s["letter"]) for s in segments] == [
        (0.0, 6.0, "Arr"),
        (6.0, 10.0, "Dig"),
        (0.0, 0.1, ""),
    ]
    assert [(t["block"], t["label"]) for t in totals] == [
        ("Block 1", "10"),
        ("Other", "0.1"),
        ("Block 1", ""),
    ]
    assert totals[-1]["value"] > 10.0  # room for the number behind the longest bar
    assert breakdown_rows([]) == ([], [])


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_a_template_filled_later_is_the_picture_made_at_once(colours: Palette) -> None:
    segments, totals = breakdown_rows(SHARES)
    blocks = ["Block 1", "Other"]
    whole = spec(breakdown(segments, totals, blocks=blocks, colours=colours, **FIXED), colours)
    empty = spec(breakdown([], [], blocks=blocks, colours=colours, **FIXED), colours)
    assert refilled(empty, segments, segments, totals) == whole
    json.dumps(whole, allow_nan=False)
    fill = whole["layer"][0]["encoding"]["fill"]["scale"]
    assert fill["range"] == list(FILLS[colours.name][:2])
    memories = {colours.rram, colours.sram, colours.hybrid}
    assert not memories & set(FILLS[colours.name])
