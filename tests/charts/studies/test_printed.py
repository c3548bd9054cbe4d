"""What the paper prints and how Table B1 lays it out."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.charts.studies.printed import printed_blocks, printed_metrics, table_b1
from cmn_core.charts.studies.table_b1 import table_b1 as laid_out


def test_table_b1_is_complete() -> None:
    assert len(table_b1()) == 6
    assert printed_blocks("energy", "sram") == {
        "experts": [2, 3, 3, 2],
        "hidden": [32, 64, 252, 237],
    }
    assert printed_blocks("energy", "hybrid") is None


@pytest.mark.parametrize(
    ("goal", "memory", "printed"),
    [
        ("latency", "sram", {"latency_us": 3810.0}),
        ("energy", "rram", {"energy_uj": 132.97}),
        ("performance", "sram", {"energy_uj": 233.09, "latency_us": 12719.6, "miou": 34.12}),
        ("performance", "hybrid", {}),
    ],
)
def test_metrics_belong_to_the_scenario_that_printed_them(
    goal: str, memory: str, printed: dict[str, float]
) -> None:
    assert {k: v.value for k, v in printed_metrics(goal, memory).items()} == printed


def test_metrics_say_where_they_stand() -> None:
    assert printed_metrics("latency", "rram")["latency_us"].where == "Table G1"
    assert printed_metrics("performance", "rram")["miou"].where == "Table G2"


def test_layout_is_scenario_memory_quantity(design: Any) -> None:
    table = laid_out({("latency", "rram"): design(hidden=(100, 99, 250, 671))}, "difference")
    assert list(table) == ["Scenario", "Memory", "Quantity", *(f"Block {b}" for b in (1, 2, 3, 4))]
    assert len(table) == 12
    assert table.iloc[0].tolist() == ["1 Latency", "RRAM", "Experts", "0", "0", "0", "0"]
    assert table.iloc[1].tolist()[3:] == ["+3", "0", "−8", "0"]
    assert set(table.iloc[2][3:]) == {"–"}


def test_views_show_ours_the_paper_or_both(design: Any) -> None:
    ours = {("energy", "rram"): design(experts=(1, 1, 1, 1))}
    both = laid_out(ours, "both")
    row = both[(both["Scenario"] == "2 Energy") & (both["Memory"] == "RRAM")].iloc[0]
    assert row.tolist()[3:] == ["1 | 3", "1 | 3", "1 | 4", "1 | 5"]
    assert laid_out({}, "paper").iloc[0].tolist()[3:] == ["2", "5", "3", "2"]
    assert set(laid_out({}, "ours").iloc[0][3:]) == {"–"}
    with pytest.raises(ValueError, match="one of"):
        laid_out({}, "nonsense")
