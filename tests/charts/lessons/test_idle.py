"""What an idle chip draws."""

from __future__ import annotations

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.idle import idle
from tests.charts.drawn import values


def test_causes_of_an_image_add_up() -> None:
    energies = {"rram": {"Cells": 3.0, "Leakage": 1.0}, "sram": {"Cells": 1.0, "Leakage": 8.0}}
    picture = spec(idle(energies, colours=LIGHT), LIGHT)
    assert [row["end"] for row in values(picture)[0]] == [3.0, 4.0, 1.0, 9.0]
    assert [row["label"] for row in values(picture)[2]] == ["4", "9"]
