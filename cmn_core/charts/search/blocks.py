"""Block-wise bars: experts or hidden size of the four blocks, ours filled, the paper's hollow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from cmn_core.charts.base.frames import Json, Row, blocks_rows
from cmn_core.charts.base.palette import LETTERS, Palette
from cmn_core.charts.base.spec import layered, spec
from cmn_core.charts.base.template import data, refilled
from cmn_core.design import Design

HEADROOM = 1.15  # of the highest bar, for the number above it
TITLES = {"experts": "Experts per block", "hidden": "Hidden size per block"}


def block_bars(
    design: Design,
    *,
    quantity: str,
    colours: Palette,
    paper: Json | None = None,
    top: int | None = None,
    height: int = 170,
    narrow: bool = False,
) -> alt.LayerChart:
    """quantity: experts | hidden; top: upper end of the axis, for comparing neighbours; narrow:
    small numbers, and the blocks by number alone."""
    table = _content(design, quantity, colours, paper)
    return _chart(table, quantity, colours, top, height, narrow=narrow)


def block_picture(
    design: Design,
    *,
    quantity: str,
    colours: Palette,
    paper: Json | None = None,
    top: int | None = None,
) -> dict[str, Any]:
    """As `block_bars`, finished; its structure is made once and filled (template.py)."""
    table = _content(design, quantity, colours, paper)
    highest = top or max(float(row["value"]) for row in table)
    return refilled(_mould(quantity, colours), table, table, scales={"y": _scale(highest)})


@lru_cache(maxsize=20)
def _mould(quantity: str, colours: Palette) -> dict[str, Any]:
    return spec(_chart([], quantity, colours, None, 170), colours)


def _scale(highest: float) -> dict[str, Any]:
    return {"domain": [0, HEADROOM * highest], "nice": False}


def _content(design: Design, quantity: str, colours: Palette, paper: Json | None) -> list[Row]:
    table = []
    for row in blocks_rows(design, paper):
        ours = row["source"] == "ours"
        colour = colours.memory(row["memory"]) if ours else colours.paper
        table.append(
            {
                **row,
                "value": row[quantity],
                "colour": colour,
                "fill": colour if ours else "transparent",
                "who": f"ours, {LETTERS.get(row['memory'], '-')}" if ours else "paper",
            }
        )
    return table


def _chart(
    table: Sequence[Row],
    quantity: str,
    colours: Palette,
    top: int | None,
    height: int,
    *,
    narrow: bool = False,
) -> alt.LayerChart:
    digit: dict[str, Any] = {"labelExpr": "slice(datum.label, -1)"} if narrow else {}
    highest = top or max((float(row["value"]) for row in table), default=1.0)
    scale = alt.Scale(**_scale(highest))
    base = alt.Chart(data(table)).encode(
        x=alt.X(
            "block:N",
            title="Block" if narrow else None,
            axis=alt.Axis(labelAngle=0, ticks=False, domain=True, **digit),
        ),
        xOffset=alt.XOffset("source:N", sort=["ours", "paper"]),
        y=alt.Y("value:Q", title=TITLES[quantity], scale=scale, axis=alt.Axis(tickCount=4)),
        tooltip=[
            alt.Tooltip("block:N", title="Block"),
            alt.Tooltip("who:N", title="Whose"),
            alt.Tooltip("value:Q", title=TITLES[quantity]),
        ],
    )
    bars = base.mark_bar(strokeWidth=1.5).encode(
        fill=alt.Fill("fill:N", scale=None), stroke=alt.Stroke("colour:N", scale=None)
    )
    values = base.mark_text(dy=-7, fontSize=9.5 if narrow else 12, color=colours.ink).encode(
        text="value:Q"
    )
    return layered(bars, values).properties(height=height)
