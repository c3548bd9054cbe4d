"""Chips: what others publish beside ours."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.silicon import agreement, chip_rows


def point(chip: str, published: float, ours: float) -> dict[str, Any]:
    return {"chip": chip, "label": chip, "published": published, "ours": ours, "citation": "c"}


def test_a_chip_is_its_row_of_median_error() -> None:
    rows = [point("a", 1.0, 1.1), point("a", 2.0, 6.0), point("a", 4.0, 2.2)]
    [chip] = chip_rows([*rows])
    assert (chip["published"], chip["ours"], chip["of"]) == (4.0, 2.2, 3)
    assert (chip["low"], chip["high"], chip["within"]) == (2.2, 4.0, "yes")


def test_chips_are_sorted_by_the_published_figure() -> None:
    rows = chip_rows([point("a", 1.0, 9.0), point("b", 5.0, 5.0), point("c", 3.0, 1.0)])
    assert [row["chip"] for row in rows] == ["b", "c", "a"]
    assert [row["within"] for row in rows] == ["yes", "no", "no"]


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_published_is_hollow_and_ours_is_filled(colours: Any) -> None:
    rows = chip_rows([point("a", 1.0, 9.0)])
    picture = spec(agreement(rows, quantity="energy", memory="sram", colours=colours), colours)
    _, outer, inner = picture["layer"]
    assert outer["mark"]["fill"] == colours.page
    assert inner["encoding"]["fill"]["scale"]["range"][1] == colours.sram
    assert outer["mark"]["shape"] == "square"
