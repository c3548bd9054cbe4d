"""Reshaping of designs, generations and runs."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cmn_core.charts.base.frames import (
    blocks_rows,
    designs_frame,
    history_frame,
    letters,
    metrics_frame,
    points_frame,
)


def test_history_keeps_rows_without_a_best_value() -> None:
    frame = history_frame([{"generation": 1, "best_objective": math.inf, "seconds": 0.5}])
    assert len(frame) == 1
    assert frame["best_objective"].isna().all()
    assert frame["seconds"].tolist() == [0.5]


@given(st.integers(0, 3000))
def test_points_are_thinned_but_never_lost_entirely(count: int) -> None:
    points = {name: [1.0] * count for name in ("miou", "energy_uj", "latency_us")}
    frame = points_frame({**points, "feasible": [True] * count})
    assert len(frame) <= 600
    assert (len(frame) == 0) == (count == 0)
    assert count > 600 or len(frame) == count


def test_no_points_are_an_empty_table_with_columns() -> None:
    assert list(points_frame(None)) == ["miou", "energy_uj", "latency_us", "feasible"]


def test_technology_is_read_per_block(design: Any) -> None:
    mixed = design(memory=["rram", "sram", "sram", "rram"])
    assert letters(mixed) == "RSSR"
    assert letters(design()) == "RRRR"
    assert letters(replace(design(), hardware=None)) == "----"


def test_designs_become_rows(design: Any) -> None:
    frame = designs_frame([design(), design(miou=None)])
    assert frame["number"].tolist() == [1, 2]
    assert frame.loc[0, "hidden"] == "97 99 258 671"
    assert frame["miou"].isna().tolist() == [False, True]


def test_blocks_of_ours_and_of_the_paper(design: Any) -> None:
    paper = {"experts": [1, 2, 3, 4], "hidden": [16, 17, 18, 19]}
    rows = blocks_rows(design(), paper)
    assert len(rows) == 8
    assert [row["hidden"] for row in rows if row["source"] == "paper"] == [16, 17, 18, 19]
    assert len(blocks_rows(design())) == 4


def test_metrics_by_scenario_and_memory(design: Any) -> None:
    frame = metrics_frame({("energy", "rram"): design(energy_uj=5.0)})
    assert frame[["goal", "memory", "energy_uj"]].values.tolist() == [["energy", "rram", 5.0]]
