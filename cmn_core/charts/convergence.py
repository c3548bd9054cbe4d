"""How a search converges: the best objective and the hypervolume, generation by generation."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.frames import OBJECTIVES, Json, history_frame
from cmn_core.charts.palette import SHAPES, Palette
from cmn_core.charts.spec import layered, rows

DASHES = {"latency": [1, 0], "energy": [7, 3], "performance": [2, 3]}


def best_objective(
    history: Iterable[Json],
    *,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
    other: Iterable[Json] = (),
    other_memory: str = "",
) -> alt.LayerChart:
    """Best value of the scenario's own objective; axis fixed to the planned generations.

    other: history of a second search with the same objective, hollow, with letters A and B
    """
    title = OBJECTIVES[goal]
    layers = _line(history, "best_objective", title, goal, memory, generations, colours)
    return _beside(layers, history, other, "best_objective", title, other_memory, colours)


def hypervolume(
    history: Iterable[Json],
    *,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
    other: Iterable[Json] = (),
    other_memory: str = "",
) -> alt.LayerChart:
    """Hypervolume over (mIoU, energy, latency): larger means a better and wider front."""
    title = "Hypervolume"
    layers = _line(history, "hypervolume", title, goal, memory, generations, colours)
    return _beside(layers, history, other, "hypervolume", title, other_memory, colours)


def _beside(
    layers: list[alt.Chart],
    history: Iterable[Json],
    other: Iterable[Json],
    column: str,
    title: str,
    memory: str,
    colours: Palette,
) -> alt.LayerChart:
    """The first search's layers, with the second one's line and a letter at the end of both."""
    second = history_frame(other)[["generation", column]].dropna()
    if not len(second):
        return layered(*layers).properties(height=220)
    first = history_frame(history)[["generation", column]].dropna()
    encoding: dict[str, Any] = {"x": layers[0].encoding.x, "y": layers[0].encoding.y}
    base = alt.Chart(rows(second)).encode(
        **encoding,
        tooltip=[
            alt.Tooltip("generation:Q", title="Generation of B"),
            alt.Tooltip(f"{column}:Q", title=title, format=",.5~r"),
        ],
    )
    colour = colours.memory(memory)
    line = base.mark_line(
        color=colour, interpolate="step-after", strokeWidth=1, strokeDash=[2, 3], opacity=0.8
    )
    shape = SHAPES.get(memory, "circle")
    dots = base.mark_point(shape=shape, size=34, filled=False, stroke=colour, strokeWidth=1.5)
    ends = [
        {"letter": letter, "generation": last["generation"], column: last[column]}
        for letter, frame in (("A", first), ("B", second))
        if len(frame) and (last := frame.iloc[-1].to_dict())
    ]
    text = alt.Chart(rows(pd.DataFrame(ends))).mark_text(
        dx=-8, dy=-11, fontSize=14, fontWeight="bold", color=colours.ink
    )
    letters = text.encode(**encoding, text="letter:N")
    return layered(line, dots, *layers, letters).properties(height=220)


def _line(
    history: Iterable[Json],
    column: str,
    title: str,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
) -> list[alt.Chart]:
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
    return [line, dots]
