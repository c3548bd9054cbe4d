"""How a search converges: the best objective and the hypervolume, generation by generation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt

from cmn_core.charts.frames import OBJECTIVES, Json, history_frame
from cmn_core.charts.palette import SHAPES, Palette
from cmn_core.charts.spec import layered, rows

DASHES = {"latency": [1, 0], "energy": [7, 3], "performance": [2, 3]}


def best_objective(
    history: Iterable[Json], *, goal: str, memory: str, generations: int, colours: Palette
) -> alt.LayerChart:
    """Best value of the scenario's own objective; axis fixed to the planned generations."""
    title = OBJECTIVES[goal]
    return _line(history, "best_objective", title, goal, memory, generations, colours)


def hypervolume(
    history: Iterable[Json], *, goal: str, memory: str, generations: int, colours: Palette
) -> alt.LayerChart:
    """Hypervolume over (mIoU, energy, latency): larger means a better and wider front."""
    title = "Hypervolume"
    return _line(history, "hypervolume", title, goal, memory, generations, colours)


def _line(
    history: Iterable[Json],
    column: str,
    title: str,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
) -> alt.LayerChart:
    frame = history_frame(history)[["generation", "evaluations", column]].dropna()
    tooltip: list[Any] = [
        alt.Tooltip("generation:Q", title="Generation"),
        alt.Tooltip("evaluations:Q", title="Evaluations", format=","),
        alt.Tooltip(f"{column}:Q", title=title, format=",.5~r"),
    ]
    base = alt.Chart(rows(frame)).encode(
        x=alt.X(
            "generation:Q",
            title="Generation",
            scale=alt.Scale(domain=[0, max(generations, 1)], nice=False),
            axis=alt.Axis(format="d", tickMinStep=1, tickCount=6, grid=False),
        ),
        y=alt.Y(
            f"{column}:Q",
            title=title,
            scale=alt.Scale(zero=False, padding=8),
            axis=alt.Axis(format=",.4~r", tickCount=4),
        ),
        tooltip=tooltip,
    )
    colour = colours.memory(memory)
    line = base.mark_line(
        color=colour, interpolate="step-after", strokeWidth=2, strokeDash=DASHES[goal]
    )
    dots = base.mark_point(
        color=colour, fill=colour, shape=SHAPES.get(memory, "circle"), size=26, opacity=1
    )
    return layered(line, dots).properties(height=220)
