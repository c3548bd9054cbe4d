"""What is traded: mIoU against energy for every memory; the area of a mark is the chip's area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.frames import Json, designs_frame
from cmn_core.charts.palette import LETTERS, MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.spec import layered, rows

PICK = "pick"


def trade_frame(fronts: Mapping[str, Sequence[Json]]) -> pd.DataFrame:
    """One row per design that no other of its memory beats in mIoU and energy at once, by energy;
    `at` is its place in the list of its memory. fronts: memory -> designs, at least one memory."""
    parts = []
    for memory, designs in fronts.items():
        frame = designs_frame(designs).assign(kind=memory, at=range(len(designs)))
        frame = frame.dropna(subset=["miou", "energy_uj"])
        frame = frame.sort_values(["energy_uj", "miou"], ascending=[True, False], kind="stable")
        best_before = frame["miou"].cummax().shift(fill_value=-1.0)
        parts.append(frame[frame["miou"] > best_before])
    return pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)


def trade(frame: pd.DataFrame, *, colours: Palette) -> alt.LayerChart:
    """frame: as of `trade_frame`. A click is the point selection "pick" with fields kind and at."""
    kinds = list(dict.fromkeys(frame["kind"]))
    frame = frame.assign(name=[MEMORY_NAMES[k] for k in frame["kind"]])
    names = [MEMORY_NAMES[k] for k in kinds]
    x = alt.X(
        "energy_uj:Q",
        title="Energy of an image (µJ): less is better",
        scale=alt.Scale(zero=False, nice=False, padding=30),
        axis=alt.Axis(grid=False, tickCount=5, format=",~f"),
    )
    y = alt.Y("miou:Q", title="mIoU (%): more is better", scale=alt.Scale(zero=False, padding=14))
    fixed: dict[str, Any] = {"domain": names}
    legend = alt.Legend(title=None, orient="bottom", symbolSize=110, symbolStrokeWidth=1.5)
    pick = alt.selection_point(name=PICK, fields=["kind", "at"])
    marks = (
        alt.Chart(rows(frame))
        .mark_point(strokeWidth=1.5, fillOpacity=0.35, cursor="pointer")
        .encode(
            x=x,
            y=y,
            size=alt.Size("area_mm2:Q", scale=alt.Scale(type="sqrt", range=[30, 320]), legend=None),
            shape=alt.Shape(
                "name:N",
                scale=alt.Scale(**fixed, range=[SHAPES[k] for k in kinds]),
                legend=legend,
            ),
            fill=alt.Fill(
                "name:N",
                scale=alt.Scale(**fixed, range=[colours.memory(k) for k in kinds]),
                legend=legend,
            ),
            stroke=alt.Stroke(
                "name:N",
                scale=alt.Scale(**fixed, range=[colours.memory(k) for k in kinds]),
                legend=legend,
            ),
            tooltip=[
                alt.Tooltip("name:N", title="Memory"),
                alt.Tooltip("miou:Q", title="mIoU (%) E", format=".2f"),
                alt.Tooltip("energy_uj:Q", title="Energy (µJ) S", format=",.4~r"),
                alt.Tooltip("latency_us:Q", title="Latency (µs) S", format=",.4~r"),
                alt.Tooltip("area_mm2:Q", title="Area (mm²) S", format=",.4~r"),
                alt.Tooltip("experts:N", title="Experts"),
                alt.Tooltip("hidden:N", title="Hidden"),
            ],
        )
        .add_params(pick)
    )
    ends = frame.groupby("kind", sort=False).head(1)
    ends = ends.assign(letter=[LETTERS[k] for k in ends["kind"]])
    letters = (
        alt.Chart(rows(ends))
        .mark_text(dx=-17, fontSize=14, fontWeight="bold", color=colours.ink)
        .encode(x=x, y=y, text="letter:N")
    )
    lines = (
        alt.Chart(rows(frame))
        .mark_line(strokeWidth=1.5, opacity=0.6, interpolate="step-after")
        .encode(
            x=x,
            y=y,
            stroke=alt.Stroke(
                "name:N",
                scale=alt.Scale(**fixed, range=[colours.memory(k) for k in kinds]),
                legend=legend,
            ),
        )
    )
    return layered(lines, marks, letters).properties(height=470)
