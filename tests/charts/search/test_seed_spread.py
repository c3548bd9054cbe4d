"""The spread of results over seeds."""

from __future__ import annotations

from typing import Any

from cmn_core.charts.base.palette import DARK
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.seed_spread import spread, spread_rows
from tests.charts.drawn import values


def test_seeds_are_measured_from_their_median(design: Any) -> None:
    runs = [(seed, design(energy_uj=value)) for seed, value in enumerate((98.0, 100.0, 104.0))]
    points = [(0, design(miou=14.0)), (1, design(miou=14.4))]
    table = spread_rows({("energy", "rram"): runs, ("performance", "sram"): points})
    assert [round(row["off"], 6) for row in table] == [-2.0, 0.0, 4.0, -0.2, 0.2]
    picture = spec(spread(table, colours=DARK), DARK)
    assert values(picture)[1][0]["seed"] == 0
