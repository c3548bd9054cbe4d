"""Tables of the paper: as JSON, as text, and as docs/paper.md shows them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cmn_core.cli.pricing.paper import tables
from cmn_core.paper.comparison import compare

Call = Callable[..., Any]
PAGE = Path(__file__).resolve().parents[3] / "docs" / "paper.md"


def test_every_cell_as_json_and_as_a_table(call: Call, home: object) -> None:
    cells = call("paper", "--json").json
    assert len(cells) == 80
    keys = ["table", "row", "memory", "quantity", "scope", "printed", "ours", "ratio", "how"]
    assert all(key in cell for cell in cells for key in [*keys, "assumed"])
    text = call("paper").out
    assert "nas int8" in text and "whole network" in text.lower()


def test_one_question_at_a_time(call: Call, home: object) -> None:
    refused = call("paper", "--attribution", "--sensitivity")
    assert refused.code == 2
    assert refused.err.startswith("error: options: ") and refused.err.count("\n") == 1


def test_the_page_shows_the_cells_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8").splitlines()
    names: list[str] = []
    for line in tables(compare(), markdown=True).splitlines():
        if line.startswith("| table"):
            names = _cells(line)
        elif line.startswith("| G"):
            kept = [i for i, name in enumerate(names) if "silicon" not in name]
            wanted = [_cells(line)[i] for i in kept]
            shown = [_cells(x) for x in page if x.startswith("| G")]
            assert wanted in [[x[i] for i in kept] for x in shown if len(x) == len(names)]


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]
