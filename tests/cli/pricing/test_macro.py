"""`macro`: the keys of interface.md in the order of the rows, and one line for what is wrong."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.silicon.report import CHIPS

Refused = Callable[..., str]
Call = Callable[..., Any]
KEYS = ["chip_id", "tops_per_W", "throughput_GOPS", "area_mm2", "tops_per_mm2", "why_not"]


def changed(folder: Path, column: str, cell: str) -> Path:
    """The project's chips with one cell of the second row changed."""
    with CHIPS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    rows[1][column] = cell
    path = folder / "chips.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_macro_answers_every_row_in_order(call: Call) -> None:
    answer = call("macro", CHIPS, "--json")
    with CHIPS.open(newline="") as file:
        names = [row["chip_id"] for row in csv.DictReader(file)]
    assert answer.code == 0
    assert [row["chip_id"] for row in answer.json] == names
    for row in answer.json:
        assert list(row)[: len(KEYS)] == KEYS
        figures = [row[key] for key in KEYS[1:-1]]
        assert all(v is None for v in figures) == (row["why_not"] is not None)
        assert all(v is None or v > 0 for v in figures)
        assert isinstance(row["assumed"], list)


def test_macro_as_a_table(call: Call) -> None:
    lines = call("macro", CHIPS).out.splitlines()
    assert lines[0].split() == KEYS
    assert len(lines) == 2 + 128


@pytest.mark.parametrize(
    ("column", "cell", "line"),
    [
        ("node_nm", "0", "row 2, column node_nm: found 0; 2 to 350 is allowed"),
        ("node_nm", "nan", "row 2, column node_nm: found 'nan'; a number is expected"),
        ("rows", "wide", "row 2, column rows: found 'wide'; a number is expected"),
        ("vdd_V", "inf", "row 2, column vdd_V: found 'inf'; a number is expected"),
        ("device", "MRAM", "row 2, column device: found 'MRAM'; allowed are RRAM, "),
    ],
)
def test_macro_refuses_a_bad_cell(
    refused: Refused, tmp_path: Path, column: str, cell: str, line: str
) -> None:
    assert line in refused("macro", changed(tmp_path, column, cell))


def test_macro_refuses_what_is_no_table(refused: Refused, tmp_path: Path) -> None:
    assert "No such file" in refused("macro", tmp_path / "none.csv")
    path = tmp_path / "chips.csv"
    path.write_text("chip_id,device\na,RRAM\n")
    assert "column kind: missing" in refused("macro", path)
    path.write_bytes(b"\x89PNG\x00\x00")
    refused("macro", path)
    assert "CHIPS.csv: missing" in refused("macro")
    assert "CHIPS.csv: a file was given" in refused("macro", path, "--validate")


def test_macro_validates(call: Call) -> None:
    answer = call("macro", "--validate", "--json")
    assert {(s["device"], s["quantity"]) for s in answer.json["held_out"]} >= {
        ("RRAM", "energy"),
        ("SRAM-analog", "area"),
        ("SRAM-digital", "speed"),
    }
    assert "within 2x" in call("macro", "--validate").out
