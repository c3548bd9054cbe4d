"""Histories of one search and of two laid over each other."""

from __future__ import annotations

from typing import Any

import pytest

from cmn_core.charts.base.palette import DARK, LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.search.convergence import best_objective, hypervolume, line_picture
from tests.charts.drawn import unnamed, values

HISTORY = [{"generation": g, "evaluations": g, "best_objective": 100.0 - g} for g in (1, 2, 3)]
OTHER = [{"generation": g, "evaluations": g, "best_objective": 90.0 - g} for g in (1, 2)]


def test_a_second_history_is_of_crosses_and_both_have_numbers() -> None:
    kept = {"goal": "energy", "memory": "rram", "generations": 3, "colours": LIGHT}
    picture = spec(best_objective(HISTORY, other=OTHER, other_memory="sram", **kept), LIGHT)
    words = [rows for rows in values(picture) if rows and "letter" in rows[0]]
    assert words == [
        [{"letter": "1", "generation": 3, "best_objective": 97.0}],
        [{"letter": "2", "generation": 2, "best_objective": 88.0}],
    ]
    shapes = [layer["mark"].get("shape") for layer in picture["layer"]]
    assert shapes.count("cross") == 1  # hollow marks are those that break a limit
    assert sum(rows and rows[0].get("best_objective") == 99.0 for rows in values(picture)) == 2


@pytest.mark.parametrize("column", ["best_objective", "hypervolume"])
@pytest.mark.parametrize("other", [[], OTHER, [{"generation": 1}]])
def test_filled_lines_are_the_chart_itself(column: str, other: list[dict[str, Any]]) -> None:
    make = {"best_objective": best_objective, "hypervolume": hypervolume}[column]
    for history in (HISTORY, [*HISTORY, {"generation": 4, "evaluations": 9, "hypervolume": 0.2}]):
        asked: dict[str, Any] = {"goal": "energy", "memory": "rram", "generations": 9}
        asked |= {"colours": DARK, "other": other, "other_memory": "hybrid"}
        chart = make(history, **asked)
        chart.to_dict()
        assert unnamed(line_picture(column, history, **asked)) == unnamed(spec(chart, DARK))


def test_convergence_leaves_out_generations_without_a_best_value() -> None:
    rows = [{**row, "best_objective": None} if row["generation"] == 1 else row for row in HISTORY]
    chart = best_objective(rows, goal="energy", memory="rram", generations=30, colours=LIGHT)
    found = spec(chart, LIGHT)
    assert [row["generation"] for row in values(found)[0]] == [2, 3]
    x = found["layer"][0]["encoding"]["x"]
    assert x["scale"]["domain"] == [0, 30]
