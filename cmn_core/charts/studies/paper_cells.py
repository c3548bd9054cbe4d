"""Cells of the paper's tables: ours over printed, on a log axis with the band of agreement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import LETTERS, MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import log_ticks
from cmn_core.quantities import ENERGY, LATENCY, MIOU

CLOSE = 0.15
SHOWN = {"energy_uj": ENERGY, "latency_us": LATENCY, "miou_percent": MIOU}
NARROW = 6.0  # from end to end: an axis on which 1, 2, 5 would be too few ticks
TICKS = (0.3, 0.4, 0.5, 0.7, 0.85, 1.0, 1.15, 1.5, 2.0, 3.0, 4.0)
ROW_NAMES = {
    "nas": "searched",
    "none": "unsearched",
    "ptq": "quantised",
    "kd": "distilled",
    "nas+kd": "searched, distilled",
}
SETS = {"paper": ("ours", "ratio"), "silicon": ("ours_silicon", "ratio_silicon")}


def row_name(cell: Mapping[str, Any]) -> str:
    """Such as "G1 searched int8"."""
    first, _, bits = str(cell["row"]).partition(" ")
    return " ".join(filter(None, (cell["table"], ROW_NAMES.get(first, first), bits)))


def cell_rows(
    cells: Sequence[Mapping[str, Any]], *, quantity: str, scope: str, constants: str
) -> list[dict[str, Any]]:
    """Rows of that quantity in the order printed: row, memory, printed, ours, ratio, spread.

    cells: as `paper --json` gives them; constants: paper | silicon. mIoU has one scope and no
    constants. low, high: the paper's own figures for this model over the printed one.
    """
    miou = quantity == "miou_percent"
    ours, ratio = SETS["paper" if miou else constants]
    out = []
    for cell in cells:
        if cell["quantity"] != quantity or (not miou and cell["scope"] != scope):
            continue
        printed, spread = cell["printed"], cell.get("printed_range") or [cell["printed"]] * 2
        row = {"row": row_name(cell), "memory": cell["memory"], "printed": printed}
        row |= {"ours": cell[ours], "ratio": cell[ratio], "assumed": cell["assumed"]}
        row |= {"low": min(spread) / printed, "high": max(spread) / printed}
        close = cell[ratio] is not None and (
            abs(cell[ratio] - 1.0) <= CLOSE or row["low"] <= cell[ratio] <= row["high"]
        )
        out.append({**row, "how": cell["how"], "close": close})
    return out


def cell_dots(
    table: Sequence[Mapping[str, Any]], *, quantity: str, colours: Palette
) -> alt.LayerChart:
    """table: as of `cell_rows`. Band: within 15 %; thin rule: the paper's own spread; hollow marks
    lie outside of both."""
    known = [row for row in table if row["ratio"] is not None]
    drawn = [
        {
            **row,
            "letter": LETTERS[row["memory"]],
            "name": MEMORY_NAMES[row["memory"]],
            "colour": colours.memory(row["memory"]),
            "fill": colours.memory(row["memory"]) if row["close"] else colours.page,
        }
        for row in known
    ]
    ends = [r["ratio"] for r in known] + [0.8, 1.25]
    domain = [min(ends) / 1.15, max(ends) * 1.15]
    scale = alt.Scale(type="log", domain=domain, nice=False)
    unit = SHOWN[quantity].unit
    title = f"{SHOWN[quantity].label}: ours / printed"
    narrow = domain[1] / domain[0] < NARROW
    ticks = [t for t in TICKS if domain[0] <= t <= domain[1]] if narrow else log_ticks(*domain)
    axis = alt.Axis(values=ticks, format="~g", labelOverlap=True, grid=True)
    y: Any = {
        "y": alt.Y(
            "row:N", title=None, sort=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=170)
        ),
        "yOffset": alt.YOffset("name:N", scale=alt.Scale(domain=["SRAM", "RRAM"])),
    }
    x = alt.X("ratio:Q", title=title, scale=scale, axis=axis)
    band = [{"from": 1.0 - CLOSE, "to": 1.0 + CLOSE}]
    area = alt.Chart(data(band)).mark_rect(color=colours.muted, opacity=0.16)
    line = alt.Chart(data([{"ratio": 1.0}])).mark_rule(color=colours.muted, strokeWidth=1.2)
    base = alt.Chart(data(drawn)).encode(
        **y,
        tooltip=[
            alt.Tooltip("row:N", title="Row"),
            alt.Tooltip("name:N", title="Memory"),
            alt.Tooltip("printed:Q", title=f"Printed ({unit})", format=",.5~r"),
            alt.Tooltip("ours:Q", title=f"Ours ({unit})", format=",.5~r"),
            alt.Tooltip("ratio:Q", title="Ours / printed", format=".3~f"),
            alt.Tooltip("assumed:N", title="Left open"),
        ],
    )
    spread = base.mark_rule(color=colours.ink, strokeWidth=1.2, strokeDash=[2, 2]).encode(
        x=alt.X("low:Q", title=title, scale=scale, axis=axis), x2="high:Q"
    )
    shapes = {MEMORY_NAMES[m]: SHAPES[m] for m in ("sram", "rram")}
    dots = base.mark_point(size=80, opacity=1, strokeWidth=1.8).encode(
        x=x,
        stroke=alt.Stroke("colour:N", scale=None),
        fill=alt.Fill("fill:N", scale=None),
        shape=alt.Shape(
            "name:N",
            scale=alt.Scale(domain=list(shapes), range=list(shapes.values())),
            legend=alt.Legend(
                title=None,
                orient="top",
                symbolStrokeColor=colours.muted,
                symbolFillColor=colours.muted,
            ),
        ),
    )
    ranged = alt.X("from:Q", title=title, scale=scale, axis=axis)
    return layered(area.encode(x=ranged, x2="to:Q"), line.encode(x=x), spread, dots).properties(
        height=alt.Step(19)
    )
