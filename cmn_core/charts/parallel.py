"""Several designs on parallel axes: up is better on every one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.frames import METRIC_TITLES
from cmn_core.charts.palette import MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.spec import layered, rows

AXES = ("miou", "energy_uj", "latency_us", "area_mm2", "array_mb")
DASHES = {"rram": [1, 0], "sram": [7, 3], "hybrid": [2, 3]}
CLOSE = 0.055  # of an axis
COLUMNS = ["letter", "name", "memory", "axis", "value", "at", "text"]


def parallel_frame(
    designs: Sequence[tuple[str, str, str, Mapping[str, Any]]],
) -> pd.DataFrame:
    """One row per design and axis. designs: (letter, name, memory kind, metrics).

    at: 1 for the best value among the designs, 0 for the worst, 0.5 where all are equal.
    """
    table = []
    for axis in AXES:
        values = [metrics.get(axis) for *_, metrics in designs]
        known = [v for v in values if v is not None]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        for (letter, name, memory, _), value in zip(designs, values, strict=True):
            if value is None:
                continue
            at = 0.5 if high == low else (value - low) / (high - low)
            at = at if axis == "miou" else 1.0 - at
            table.append([letter, name, memory, METRIC_TITLES[axis], value, at, _short(value)])
    return pd.DataFrame(table, columns=COLUMNS)


def parallel(frame: pd.DataFrame, *, colours: Palette) -> alt.LayerChart:
    """frame: as of `parallel_frame`. Colour, dash and shape say the memory, letters the design."""
    axes = [METRIC_TITLES[a] for a in AXES]
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
    y = alt.Y("at:Q", title=None, axis=None, scale=alt.Scale(domain=[-0.12, 1.12], nice=False))

    def by_kind(values: list[Any], *, legend: bool) -> dict[str, Any]:
        shown = alt.Legend(title=None, orient="bottom") if legend else None
        return {"scale": alt.Scale(domain=kinds, range=values), "legend": shown}

    hues = [colours.memory(m) for m in memories]
    base = alt.Chart(rows(shown)).encode(x=x, y=y)
    lines = base.mark_line(strokeWidth=2).encode(
        detail="letter:N",
        stroke=alt.Stroke("kind:N", **by_kind(hues, legend=False)),
        strokeDash=alt.StrokeDash("kind:N", **by_kind([DASHES[m] for m in memories], legend=False)),
    )
    marks = base.mark_point(size=90, filled=True, opacity=1).encode(
        shape=alt.Shape("kind:N", **by_kind([SHAPES[m] for m in memories], legend=True)),
        color=alt.Color("kind:N", **by_kind(hues, legend=True)),
        tooltip=[
            alt.Tooltip("letter:N", title="Design"),
            alt.Tooltip("name:N", title="Name"),
            alt.Tooltip("axis:N", title="Figure"),
            alt.Tooltip("text:N", title="Value"),
        ],
    )
    words = alt.Chart(rows(_labels(shown))).encode(x=x, y=y, text="label:N")
    halo = words.mark_text(align="left", dx=9, fontSize=12, stroke=colours.page, strokeWidth=4)
    labels = words.mark_text(align="left", dx=9, fontSize=12, color=colours.ink)
    return layered(lines, marks, halo, labels).properties(height=340)


def _labels(frame: pd.DataFrame) -> pd.DataFrame:
    """One text for marks that lie closer together than a line of text: letters and values."""
    table = []
    for axis, group in frame.groupby("axis", sort=False):
        near: list[dict[str, Any]] = []
        for row in [*group.sort_values("at").to_dict("records"), None]:
            if near and (row is None or row["at"] - near[-1]["at"] > CLOSE):
                letters = "".join(sorted(r["letter"] for r in near))
                low, *_, high = [r["text"] for r in sorted(near * 2, key=lambda r: r["value"])]
                span = low if low == high else f"{low}–{high}"
                at = sum(r["at"] for r in near) / len(near)
                table.append({"axis": axis, "at": at, "label": f"{letters} {span}"})
                near = []
            if row is not None:
                near.append({str(k): v for k, v in row.items()})
    return pd.DataFrame(table, columns=["axis", "at", "label"])


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
