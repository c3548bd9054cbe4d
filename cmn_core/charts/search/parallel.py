"""Several designs on parallel axes: up is better on every one of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered, rows
from cmn_core.quantities import ARRAYS, COSTS, MIOU, QUANTITIES, TITLES

AXES = (MIOU.name, *COSTS, ARRAYS.name)
DASHES = {"rram": [1, 0], "sram": [7, 3], "hybrid": [2, 3]}
GAP = 0.06  # of an axis: letters stand at least that far apart
COLUMNS = ["letter", "name", "memory", "axis", "value", "at", "text"]


def parallel_frame(
    designs: Sequence[tuple[str, str, str, Mapping[str, Any]]],
) -> pd.DataFrame:
    """One row per design and axis. designs: (letter, name, memory kind, metrics).

    at: 1 for the best value among the designs, 0 for the worst, 0.5 where all are equal; costs by
    their logarithm, so that one large design does not push the others together.
    """
    table = []
    for axis in AXES:
        values = [metrics.get(axis) for *_, metrics in designs]
        known = [_place(axis, v) for v in values if v is not None]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        for (letter, name, memory, _), value in zip(designs, values, strict=True):
            if value is None:
                continue
            at = 0.5 if high == low else (_place(axis, value) - low) / (high - low)
            table.append([letter, name, memory, TITLES[axis], value, at, _short(value)])
    return pd.DataFrame(table, columns=COLUMNS)


def parallel(frame: pd.DataFrame, *, colours: Palette) -> alt.LayerChart:
    """frame: as of `parallel_frame`. Colour, dash and shape say the memory, letters the design;
    the best and the worst value stand at the ends of each axis."""
    axes = [TITLES[a] for a in AXES]
    memories = ["rram", "sram", "hybrid"]
    kinds = [MEMORY_NAMES[m] for m in memories]
    shown = frame.assign(kind=[MEMORY_NAMES.get(m, m) for m in frame["memory"]])
    x = alt.X(
        "axis:N",
        title=None,
        scale=alt.Scale(domain=axes, padding=0.25),
        axis=alt.Axis(
            labelAngle=0,
            orient="top",
            domain=False,
            ticks=False,
            labelPadding=14,
            grid=True,
            labelExpr="split(datum.label, ' ')",
        ),
    )
    y = alt.Y("at:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.16, 1.16], nice=False))

    def by_kind(values: list[Any]) -> dict[str, Any]:
        shown = alt.Legend(title=None, orient="bottom", symbolSize=90)
        return {"scale": alt.Scale(domain=kinds, range=values), "legend": shown}

    hues = [colours.memory(m) for m in memories]
    base = alt.Chart(rows(shown)).encode(x=x, y=y)
    # A layer per memory: a scale of dashes would dash the outlines of the legend's symbols too.
    lines = [
        alt.Chart(rows(shown[shown["kind"] == MEMORY_NAMES[memory]]))
        .mark_line(strokeWidth=2, strokeDash=DASHES[memory], stroke=colours.memory(memory))
        .encode(x=x, y=y, detail="letter:N")
        for memory in memories
        if (shown["kind"] == MEMORY_NAMES[memory]).any()
    ]
    marks = base.mark_point(size=90, opacity=1).encode(
        shape=alt.Shape("kind:N", **by_kind([SHAPES[m] for m in memories])),
        fill=alt.Fill("kind:N", **by_kind(hues)),
        stroke=alt.Stroke("kind:N", **by_kind(hues)),
        tooltip=[
            alt.Tooltip("letter:N", title="Design"),
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("axis:N", title="Figure"),
            alt.Tooltip("text:N", title="Value"),
        ],
    )
    words = alt.Chart(rows(_letters(shown))).encode(x=x, y=y, text="letter:N")
    bold: Any = {"align": "left", "dx": 9, "fontSize": 13, "fontWeight": "bold"}
    halo = words.mark_text(**bold, stroke=colours.page, strokeWidth=4)
    letters = words.mark_text(**bold, color=colours.ink)
    ends = alt.Chart(rows(_ends(shown))).encode(x=x, y=y, text="text:N")
    values = ends.mark_text(fontSize=12, color=colours.muted)
    return layered(*lines, marks, halo, letters, values).properties(height=360)


def _letters(frame: pd.DataFrame) -> pd.DataFrame:
    """Where each letter stands: beside its mark, moved as little as keeps letters apart."""
    table = []
    for axis, group in frame.groupby("axis", sort=False):
        found = group.sort_values(["at", "letter"], ascending=[True, False])
        places: list[float] = []
        for at in found["at"]:
            places.append(max(float(at), places[-1] + GAP) if places else float(at))
        # From below they were pushed up; what stands above the axis is pushed down again.
        above = 1.0 + GAP
        for i in reversed(range(len(places))):
            places[i] = above = min(places[i], above - GAP)
        for letter, at in zip(found["letter"], places, strict=True):
            table.append({"axis": axis, "at": at, "letter": letter})
    return pd.DataFrame(table, columns=["axis", "at", "letter"])


def _ends(frame: pd.DataFrame) -> pd.DataFrame:
    """The best and the worst value of each axis, above and below its line."""
    table = []
    for axis, group in frame.groupby("axis", sort=False):
        ordered = group.sort_values("at")
        best, worst = ordered.iloc[-1]["text"], ordered.iloc[0]["text"]
        table.append({"axis": axis, "at": 1.11, "text": best})
        if worst != best:
            table.append({"axis": axis, "at": -0.11, "text": worst})
    return pd.DataFrame(table, columns=["axis", "at", "text"])


def _place(axis: str, value: float) -> float:
    """Up is better; equal ratios of a cost are equal lengths."""
    return value if QUANTITIES[axis].more_is_better else -math.log(max(value, 1e-12))


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
