"""How a search converges: the best objective and the hypervolume, generation by generation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from cmn_core.charts.base.frames import Json, Row, history_rows
from cmn_core.charts.base.palette import SHAPES, Palette
from cmn_core.charts.base.spec import layered, spec
from cmn_core.charts.base.template import data, refilled
from cmn_core.quantities import GOALS

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

    other: history of a second search with the same objective, as crosses; numbers 1 and 2
    """
    tables = _content(history, other, "best_objective")
    return _chart(tables, "best_objective", goal, memory, generations, colours, other_memory)


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
    tables = _content(history, other, "hypervolume")
    return _chart(tables, "hypervolume", goal, memory, generations, colours, other_memory)


def line_picture(
    column: str,
    history: Iterable[Json],
    *,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
    other: Iterable[Json] = (),
    other_memory: str = "",
) -> dict[str, Any]:
    """As the charts above, finished; its structure is made once and filled (template.py).

    column: best_objective | hypervolume
    """
    tables = _content(history, other, column)
    mould = _mould(len(tables), column, goal, memory, generations, colours, other_memory)
    return refilled(mould, *tables)


@lru_cache(maxsize=100)
def _mould(
    layers: int,
    column: str,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
    other_memory: str,
) -> dict[str, Any]:
    empty: list[list[Row]] = [[]] * layers
    chart = _chart(empty, column, goal, memory, generations, colours, other_memory)
    return spec(chart, colours)


def _content(history: Iterable[Json], other: Iterable[Json], column: str) -> list[list[Row]]:
    """Rows of each layer: line and marks, between those of the second search and its number."""
    first = _known(history, column, "generation", "evaluations")
    second = _known(other, column, "generation")
    if not second:
        return [first, first]
    ends = [
        [{"letter": letter, "generation": row["generation"], column: row[column]} for row in last]
        for letter, last in (("1", first[-1:]), ("2", second[-1:]))
    ]
    return [second, second, first, first, *ends]


def _known(history: Iterable[Json], column: str, *more: str) -> list[Row]:
    rows = [{name: row[name] for name in (*more, column)} for row in history_rows(history)]
    known = [row for row in rows if None not in row.values()]
    return [{**row, column: float(f"{row[column]:.7g}")} for row in known]


def _chart(
    tables: Sequence[Sequence[Row]],
    column: str,
    goal: str,
    memory: str,
    generations: int,
    colours: Palette,
    other_memory: str,
) -> alt.LayerChart:
    title = GOALS[goal].quantity.title if column == "best_objective" else "Hypervolume"
    place: dict[str, Any] = {"x": _x(generations), "y": _y(column, title)}
    if len(tables) == 2:
        layers = _line(tables[0], column, title, goal, memory, colours, place)
        return layered(*layers).properties(height=220)
    own = _line(tables[2], column, title, goal, memory, colours, place)
    # A above and B below: lines of two searches often end at the same height.
    letters = [
        alt.Chart(data(rows))
        .mark_text(dx=-8, dy=dy, fontSize=14, fontWeight="bold", color=colours.ink)
        .encode(**place, text="letter:N")
        for rows, dy in zip(tables[-2:], (-12, 14), strict=True)
    ]
    second = _second(tables[0], column, title, other_memory, colours, place)
    return layered(*second, *own, *letters).properties(height=220)


def _second(
    rows: Sequence[Row],
    column: str,
    title: str,
    memory: str,
    colours: Palette,
    place: dict[str, Any],
) -> list[alt.Chart]:
    base = alt.Chart(data(rows)).encode(
        **place,
        tooltip=[
            alt.Tooltip("generation:Q", title="Generation of 2"),
            alt.Tooltip(f"{column}:Q", title=title, format=",.5~r"),
        ],
    )
    colour = colours.memory(memory)
    line = base.mark_line(
        color=colour, interpolate="step-after", strokeWidth=1, strokeDash=[2, 3], opacity=0.8
    )
    dots = base.mark_point(shape="cross", size=40, filled=True, color=colour, opacity=1)
    return [line, dots]


def _line(
    rows: Sequence[Row],
    column: str,
    title: str,
    goal: str,
    memory: str,
    colours: Palette,
    place: dict[str, Any],
) -> list[alt.Chart]:
    tooltip: list[Any] = [
        alt.Tooltip("generation:Q", title="Generation"),
        alt.Tooltip("evaluations:Q", title="Evaluations", format=","),
        alt.Tooltip(f"{column}:Q", title=title, format=",.5~r"),
    ]
    base = alt.Chart(data(rows)).encode(**place, tooltip=tooltip)
    colour = colours.memory(memory)
    line = base.mark_line(
        color=colour, interpolate="step-after", strokeWidth=2, strokeDash=DASHES[goal]
    )
    dots = base.mark_point(
        color=colour, fill=colour, shape=SHAPES.get(memory, "circle"), size=26, opacity=1
    )
    return [line, dots]


def _x(generations: int) -> alt.X:
    return alt.X(
        "generation:Q",
        title="Generation",
        scale=alt.Scale(domain=[0, max(generations, 1)], nice=False),
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=6, grid=False),
    )


def _y(column: str, title: str) -> alt.Y:
    return alt.Y(
        f"{column}:Q",
        title=title,
        scale=alt.Scale(zero=False, padding=8),
        axis=alt.Axis(format=",.4~r", tickCount=4),
    )
