"""What is traded: mIoU against energy for every memory; the area of a mark is the chip's area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import numpy as np
import pandas as pd

from cmn_core.charts.base.frames import designs_frame
from cmn_core.charts.base.palette import FAINT, LETTERS, MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered, rows
from cmn_core.design import Design
from cmn_core.quantities import TITLES

PICK = "pick"
NEAR = 0.03  # of the width and height of the picture: marks this close share a place for a letter


def trade_frame(fronts: Mapping[str, Sequence[Design]]) -> pd.DataFrame:
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


def _letters(frame: pd.DataFrame) -> pd.DataFrame:
    """A letter left of the first mark of each memory; those of marks that cover each other stand
    side by side."""
    ends = frame.groupby("kind", sort=False).head(1)
    near = [NEAR * max(float(np.ptp(frame[c])), 1e-9) for c in ("energy_uj", "miou")]
    found: list[dict[str, Any]] = []
    for row in ends.to_dict("records"):
        place = row["energy_uj"], row["miou"]
        letter = LETTERS[row["kind"]]
        for other in found:
            away = abs(place[0] - other["energy_uj"]), abs(place[1] - other["miou"])
            if away[0] < near[0] and away[1] < near[1]:
                other["letter"] += f" {letter}"
                break
        else:
            found.append({"energy_uj": place[0], "miou": place[1], "letter": letter})
    return pd.DataFrame(found, columns=["energy_uj", "miou", "letter"])


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
    y = alt.Y(
        "miou:Q", title=f"{TITLES['miou']}: more is better", scale=alt.Scale(zero=False, padding=14)
    )
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
                alt.Tooltip("miou:Q", title=f"{TITLES['miou']} pred.", format=".2f"),
                alt.Tooltip("energy_uj:Q", title=f"{TITLES['energy_uj']} sim.", format=",.4~r"),
                alt.Tooltip("latency_us:Q", title=f"{TITLES['latency_us']} sim.", format=",.4~r"),
                alt.Tooltip("area_mm2:Q", title=f"{TITLES['area_mm2']} sim.", format=",.4~r"),
                alt.Tooltip("experts:N", title="Experts"),
                alt.Tooltip("hidden:N", title="Hidden"),
            ],
        )
        .add_params(pick)
    )
    letters = (
        alt.Chart(rows(_letters(frame)))
        .mark_text(align="right", dx=-13, fontSize=14, fontWeight="bold", color=colours.ink)
        .encode(x=x, y=y, text="letter:N")
    )
    lines = (
        alt.Chart(rows(frame))
        .mark_line(strokeWidth=1.5, opacity=FAINT, interpolate="step-after")
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
