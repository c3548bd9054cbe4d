"""Where a quantity goes: one bar per block, stacked by cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import Rows, data
from cmn_core.quantities import TITLES

# Fill of the causes in stacking order, light and dark page; none is a colour of a memory. The
# first letters inside the larger segments are the second code. They were searched for contrast
# with the page and for distance between each two, to eyes that lack a cone too (tests/charts/base).
FILLS = {
    "light": ("#1E3C2D", "#5A0F78", "#784B00", "#0F5A5A", "#78783C", "#B44B96"),
    "dark": ("#8778C3", "#8796FF", "#E1C369", "#E1E1D2", "#A5C3D2", "#B48796"),
}
ENOUGH = 0.1  # share of the longest bar from which a segment has room for its letter
ROOM = 1.16  # of the longest bar, for the number behind it


def breakdown_rows(
    shares: Iterable[tuple[str, str, float, float]], enough: float = ENOUGH
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Segments and totals of the bars. shares: block, cause, value and share of the block, in
    stacking order within each block; enough: share of the longest bar with room for letters."""
    segments: list[dict[str, Any]] = []
    ends: dict[str, float] = {}
    for block, cause, value, share in shares:
        start = ends.get(block, 0.0)
        ends[block] = start + value
        row: dict[str, Any] = {"block": block, "cause": cause, "value": value, "share": share}
        segments.append({**row, "start": start, "end": ends[block]})
    longest = max(ends.values(), default=1.0)
    for row in segments:
        row["middle"] = 0.5 * (row["start"] + row["end"])
        row["letter"] = row["cause"][:3] if row["value"] >= enough * longest else ""
    totals = [{"block": b, "value": v, "label": _short(v)} for b, v in ends.items()]
    if totals:  # an empty text that the axis must hold
        totals.append({**totals[0], "value": ROOM * longest, "label": ""})
    return segments, totals


def breakdown(
    segments: Rows,
    totals: Rows,
    *,
    quantity: str,
    causes: Sequence[str],
    blocks: Sequence[str],
    colours: Palette,
) -> alt.LayerChart:
    """Layers: bars (segments), letters (segments), totals.

    segments, totals: as of `breakdown_rows`; causes: all, in stacking order; blocks: all, from the
    top; quantity: energy_uj | latency_us | area_mm2.
    """
    title = TITLES[quantity]
    y = alt.Y(
        "block:N",
        title=None,
        scale=alt.Scale(domain=list(blocks)),
        axis=alt.Axis(ticks=False, domain=False),
    )
    axis = alt.Axis(tickCount=5, format=",~f")
    x = alt.X("start:Q", title=title, axis=axis, scale=alt.Scale(nice=False, zero=True))
    fills = alt.Scale(domain=list(causes), range=list(FILLS[colours.name][: len(causes)]))
    legend = alt.Legend(title=None, orient="bottom", columns=3, symbolType="square")
    bars = (
        alt.Chart(data(segments))
        .mark_bar(stroke=colours.page, strokeWidth=1)
        .encode(
            y=y,
            x=x,
            x2="end:Q",
            fill=alt.Fill("cause:N", scale=fills, legend=legend),
            tooltip=[
                alt.Tooltip("block:N", title="Block"),
                alt.Tooltip("cause:N", title="Where"),
                alt.Tooltip("value:Q", title=title, format=",.4~r"),
                alt.Tooltip("share:Q", title="Share of the block", format=".0%"),
            ],
        )
    )
    letters = (
        alt.Chart(data(segments))
        .mark_text(fontSize=12, fontWeight="bold", color=colours.page)
        .encode(y=y, x=alt.X("middle:Q", title=title), text="letter:N")
    )
    sums = (
        alt.Chart(data(totals))
        .mark_text(align="left", dx=5, fontSize=12, color=colours.ink)
        .encode(y=y, x=alt.X("value:Q", title=title), text="label:N")
    )
    return layered(bars, letters, sums).properties(height=alt.Step(28))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
