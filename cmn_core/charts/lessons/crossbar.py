"""One array at one read: driven rows, weights, and below each column its sum and its reading."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered, rows

SUM, READ = "sum", "ADC says"


def crossbar(
    weights: Sequence[Sequence[int]],
    driven: Sequence[bool],
    sums: Sequence[int],
    read: Sequence[int],
    *,
    colours: Palette,
) -> alt.LayerChart:
    """weights: [rows][columns] in -1, 0, 1; sums, read: [columns]."""
    lines = [f"row {r + 1}" for r in range(len(driven))]
    columns = [f"column {c + 1}" for c in range(len(sums))]
    table = []
    for r, row in enumerate(weights):
        for c, weight in enumerate(row):
            counts = driven[r] and weight != 0
            fill = colours.page if not counts else colours.rram if weight > 0 else colours.sram
            stroke = colours.rram if weight > 0 else colours.sram if weight < 0 else colours.rule
            table.append(
                {
                    "line": lines[r],
                    "column": columns[c],
                    "text": _signed(weight),
                    "fill": fill,
                    "stroke": stroke,
                    "ink": colours.page if counts else colours.muted,
                    "says": "driven" if driven[r] else "not driven",
                }
            )
    for c, (total, found) in enumerate(zip(sums, read, strict=True)):
        wrong = total != found
        common = {"column": columns[c], "fill": colours.panel, "stroke": colours.rule}
        common["ink"] = colours.ink
        table.append({**common, "line": SUM, "text": _signed(total), "says": "current adds up"})
        mark = f"✗ {_signed(found)}" if wrong else f"✓ {_signed(found)}"
        says = "wrong" if wrong else "right"
        edge = colours.ink if wrong else colours.rule
        table.append({**common, "line": READ, "text": mark, "says": says, "stroke": edge})
    order = [*lines, SUM, READ]
    base = alt.Chart(rows(pd.DataFrame(table))).encode(
        x=alt.X(
            "column:N",
            title=None,
            sort=columns,
            scale=alt.Scale(paddingInner=0.12),
            axis=alt.Axis(
                orient="top",
                labelAngle=0,
                ticks=False,
                domain=False,
                labelExpr="replace(datum.label, 'column ', 'col ')",
            ),
        ),
        y=alt.Y(
            "line:N",
            title=None,
            sort=order,
            scale=alt.Scale(paddingInner=0.16),
            axis=alt.Axis(ticks=False, domain=False),
        ),
        tooltip=[
            alt.Tooltip("line:N", title="Row"),
            alt.Tooltip("column:N", title="Column"),
            alt.Tooltip("text:N", title="Value"),
            alt.Tooltip("says:N", title="State"),
        ],
    )
    boxes = base.mark_rect(cornerRadius=4, strokeWidth=1.5).encode(
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None)
    )
    texts = base.mark_text(fontSize=13, fontWeight="bold").encode(
        text="text:N", color=alt.Color("ink:N", scale=None)
    )
    chart = layered(boxes, texts).properties(height=alt.Step(32))
    return chart.configure_view(strokeWidth=0)


def _signed(value: int) -> str:
    return f"+{value}" if value > 0 else f"−{-value}" if value < 0 else "0"
