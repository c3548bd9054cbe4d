"""What the agreement hangs on: one assumption changed at a time, FFN scope (`--sensitivity`).

After every change the two constants of each technology are fitted again, so that a change counts
only for what it does to the proportions between the cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cmn_core.cim.technologies.parameters import parameter_set
from cmn_core.paper.assumptions import PRESET, Assumptions
from cmn_core.paper.comparison import Cell, cost_cells
from cmn_core.paper.fit import MEMORIES, fit_constants, technology_of
from cmn_core.paper.tables import COSTS


@dataclass(frozen=True)
class Change:
    """One assumption other than the preset's.

    knobs: of one technology; fitted: the table that the constants are fitted to, None for both;
    what is counted are then the cells of the other one, printed figures alone
    """

    what: str
    chosen: Assumptions
    knobs: Mapping[str, Mapping[str, float]]
    fitted: str | None = None


def changes() -> list[Change]:
    """The preset first, then one change each."""
    start = PRESET

    def other(what: str, **values: Any) -> Change:
        return Change(what, replace(start, **values), {})

    return [
        other("as chosen"),
        Change("constants fitted to G1, cells of G2", start, {}, "G1"),
        Change("constants fitted to G2, cells of G1", start, {}, "G2"),
        other("480 x 640 pixels", image=(480, 640)),
        other("224 x 224 pixels", image=(224, 224)),
        other("1 layer per block, student of half the hidden width", layers=1, student="hidden"),
        other("4 layers per block", layers=4),
        other("top-1 routing", top_k=1),
        other("top-2 routing", top_k=2),
        other("scenario 3: hardware found for energy x delay", performance="edp"),
        other("unsearched model: hardware found for latency", unsearched="latency"),
        other("no copies in arrays that fewer bits leave free", freed_copies=False),
        other("student of half the hidden width", student="hidden"),
        Change("RRAM: 128 rows", start, {"rram": {"rows": 128, "active_rows": 128}}),
        Change("RRAM: 512 rows", start, {"rram": {"rows": 512, "active_rows": 512}}),
        Change("RRAM: 256 columns", start, {"rram": {"cols": 256}}),
        Change("RRAM: one bit per cell", start, {"rram": {"cell_bits": 1}}),
        Change("SRAM: 128 rows", start, {"sram": {"rows": 128, "rows_per_tree": 4}}),
        Change("SRAM: 256 columns", start, {"sram": {"cols": 256}}),
        Change("SRAM: all rows at once", start, {"sram": {"rows_per_tree": 1}}),
    ]


def sensitivity() -> list[dict[str, Any]]:
    """One line per change: cells that agree, and per technology and quantity the worst cell."""
    return [_line(change) for change in changes()]


def _line(change: Change) -> dict[str, Any]:
    cells: list[Cell] = []
    for memory in MEMORIES:
        default = parameter_set("paper")[memory].default
        knobs = {**default, **change.knobs.get(memory, {})}
        best = fit_constants(memory, knobs, change.chosen, change.fitted)
        technology = technology_of(memory, knobs, best.values)
        cells += cost_cells({memory: technology}, change.chosen, memories=(memory,))
    if change.fitted is not None:
        unseen = [c for c in cells if c.row.table != change.fitted]
        cells = [replace(c, low=c.printed, high=c.printed) for c in unseen]
    out: dict[str, Any] = {"change": change.what, "agree": sum(c.agrees for c in cells)}
    out["of"] = len(cells)
    for memory in MEMORIES:
        for quantity in COSTS:
            mine = [c for c in cells if (c.row.memory, c.quantity) == (memory, quantity)]
            worst = max(mine, key=lambda c: c.deviation)
            name = f"{memory} {quantity.split('_')[0]}"
            out[name] = worst.ratio
            out[f"{name} at"] = f"{worst.row.table} {worst.row.name}"
    return out
