"""Table B1 as the paper lays it out: scenario x memory x quantity down, blocks across."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.studies.printed import printed_blocks
from cmn_core.design import Design
from cmn_core.quantities import GOALS

VIEWS = ("both", "ours", "paper", "difference")
QUANTITIES = {"experts": "Experts", "hidden": "Hidden"}
BLOCKS = tuple(f"Block {b}" for b in range(1, 5))


def table_b1(
    ours: Mapping[tuple[str, str], Design],
    view: str = "both",
    memories: tuple[str, ...] = ("rram", "sram"),
    goals: tuple[str, ...] = tuple(GOALS),
) -> pd.DataFrame:
    """Rows scenario x memory x quantity; columns Scenario, Memory, Quantity, Block 1..4, texts.

    ours: (goal, memory) -> design. Cells read "97" (ours or paper), "101 | 97" (both, ours
    first) or "+4" (ours less the paper's). A missing design or a number not printed is a dash.
    """
    if view not in VIEWS:
        raise ValueError(f"view {view!r}; one of {', '.join(VIEWS)}")
    table = []
    for goal in goals:
        for memory in memories:
            design, printed = ours.get((goal, memory)), printed_blocks(goal, memory)
            for quantity, title in QUANTITIES.items():
                mine = getattr(design.architecture, quantity) if design else [None] * 4
                theirs = printed[quantity] if printed else [None] * 4
                cells = [_cell(m, p, view) for m, p in zip(mine, theirs, strict=True)]
                labels = (GOALS[goal].title, MEMORY_NAMES[memory], title)
                table.append([*labels, *cells])
    return pd.DataFrame(table, columns=["Scenario", "Memory", "Quantity", *BLOCKS])


def _cell(ours: int | None, paper: int | None, view: str) -> str:
    mine, theirs = ("–" if v is None else str(v) for v in (ours, paper))
    if view == "both":
        return f"{mine} | {theirs}"
    if view != "difference":
        return mine if view == "ours" else theirs
    if ours is None or paper is None:
        return "–"
    return "0" if ours == paper else f"{ours - paper:+d}".replace("-", "−")
