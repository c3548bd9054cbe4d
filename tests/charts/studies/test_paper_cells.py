"""Cells of the tables G1 and G2 beside ours."""

from __future__ import annotations

from typing import Any

from cmn_core.charts.base.palette import LIGHT
from cmn_core.charts.base.spec import spec
from cmn_core.charts.studies.paper_cells import cell_dots, cell_rows, row_name


def cell(ratio: float | None, **more: Any) -> dict[str, Any]:
    return {
        "table": "G1",
        "row": "nas int8",
        "memory": "rram",
        "quantity": "energy_uj",
        "scope": "ffn",
        "printed": 100.0,
        "ours": None if ratio is None else 100.0 * ratio,
        "ratio": ratio,
        "ours_silicon": 300.0,
        "ratio_silicon": 3.0,
        "how": "simulated",
        "assumed": "this",
        **more,
    }


def test_a_cell_agrees_within_the_band_or_the_papers_own_spread() -> None:
    cells = [cell(1.14), cell(1.2), cell(1.2, printed_range=[100.0, 122.0]), cell(0.8)]
    rows = cell_rows(cells, quantity="energy_uj", scope="ffn", constants="paper")
    assert [row["close"] for row in rows] == [True, False, True, False]
    assert (rows[2]["low"], rows[2]["high"]) == (1.0, 1.22)


def test_scope_and_constants_choose_the_cells() -> None:
    cells = [cell(1.0), cell(2.0, scope="network"), cell(0.4, quantity="miou_percent")]
    wanted: dict[str, Any] = {"quantity": "energy_uj", "constants": "silicon"}
    [row] = cell_rows(cells, scope="network", **wanted)
    assert (row["ours"], row["ratio"]) == (300.0, 3.0)
    miou = cell_rows(cells, quantity="miou_percent", scope="network", constants="silicon")
    assert [row["ratio"] for row in miou] == [0.4]  # no set of constants changes it


def test_cells_without_ours_are_no_dots_but_rows() -> None:
    cells = [cell(1.0), cell(None)]
    rows = cell_rows(cells, quantity="energy_uj", scope="ffn", constants="paper")
    assert len(rows) == 2
    picture = spec(cell_dots(rows, quantity="energy_uj", colours=LIGHT), LIGHT)
    assert len(picture["layer"][-1]["data"]["values"]) == 1


def test_hollow_dots_lie_outside() -> None:
    rows = cell_rows([cell(1.0), cell(2.0)], quantity="energy_uj", scope="ffn", constants="paper")
    picture = spec(cell_dots(rows, quantity="energy_uj", colours=LIGHT), LIGHT)
    assert [r["fill"] for r in picture["layer"][-1]["data"]["values"]] == [LIGHT.rram, LIGHT.page]


def test_rows_have_names_for_people() -> None:
    assert row_name({"table": "G1", "row": "ptq int4"}) == "G1 quantised int4"
    assert row_name({"table": "G2", "row": "nas+kd"}) == "G2 searched, distilled"
