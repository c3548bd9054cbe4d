"""docs/paper.md shows what `paper --markdown` prints; silicon columns follow its calibration."""

from __future__ import annotations

from pathlib import Path

from cmn_core.cli.pricing.paper import tables
from cmn_core.paper.comparison import compare

PAGE = Path(__file__).resolve().parents[2] / "docs" / "paper.md"


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
