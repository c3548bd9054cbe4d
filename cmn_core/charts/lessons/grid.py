"""Boxes in rows and columns: the cells of a weight, or the arrays of a matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered, rows

Kind = Literal["empty", "plus", "minus", "part"]


def grid(
    boxes: Sequence[tuple[str, str, str, Kind]],
    *,
    lines: Sequence[str],
    columns: Sequence[str],
    colours: Palette,
    title: str | None = None,
) -> alt.LayerChart:
    """boxes: line, column, text and kind: plus and minus are filled, part is outlined; title: of
    the columns."""
    fill = {"plus": colours.rram, "minus": colours.sram}
    edge = {**fill, "part": colours.rram, "empty": colours.rule}
    table = [
        {
            "line": line,
            "column": column,
            "text": text,
            "fill": fill.get(kind, colours.page),
            "stroke": edge[kind],
            "ink": colours.page if kind in fill else colours.ink,
        }
        for line, column, text, kind in boxes
    ]
    base = alt.Chart(rows(pd.DataFrame(table))).encode(
        x=alt.X(
            "column:N",
            title=title,
            sort=list(columns),
            scale=alt.Scale(paddingInner=0.08),
            axis=alt.Axis(orient="top", labelAngle=0, ticks=False, domain=False),
        ),
        y=alt.Y(
            "line:N",
            title=None,
            sort=list(lines),
            scale=alt.Scale(paddingInner=0.12),
            axis=alt.Axis(ticks=False, domain=False),
        ),
        tooltip=[alt.Tooltip("line:N"), alt.Tooltip("column:N"), alt.Tooltip("text:N")],
    )
    squares = base.mark_rect(cornerRadius=4, strokeWidth=1.5).encode(
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("stroke:N", scale=None)
    )
    texts = base.mark_text(fontSize=12, fontWeight="bold").encode(
        text="text:N", color=alt.Color("ink:N", scale=None)
    )
    chart = layered(squares, texts).properties(height=alt.Step(36))
    return chart.configure_view(strokeWidth=0)
