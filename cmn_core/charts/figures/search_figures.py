"""A search as figures: its fronts, how it converged, and up to six searches in one picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt

from cmn_core.charts.base.frames import Json, designs_rows, history_rows
from cmn_core.charts.base.palette import MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.design.breakdown import FILLS
from cmn_core.charts.figures.composed import PAPER, Figure, Key, compose, panel_width
from cmn_core.charts.search.convergence import best_objective, hypervolume
from cmn_core.charts.search.front import AGAINST, front
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS, TITLES

MOST = 6  # searches in one picture


@dataclass(frozen=True, kw_only=True)
class SearchRecord:
    """What a picture needs of a search. name: as the legend says it; limits: in force, by name."""

    name: str
    goal: str
    memory: str
    history: Sequence[Json]
    designs: Sequence[Design]
    best: Design | None
    limits: Json
    points: Json | None = None
    generations: int = 1


def front_figure(search: SearchRecord, *, source: str) -> Figure:
    """mIoU against energy and against latency, with the limits. FieldError without a front."""
    if not search.designs:
        raise FieldError("front", "no design", "a search with a design within its limits is needed")
    width = panel_width(2)
    panels = [
        front(
            points=search.points,
            designs=search.designs,
            best=search.best,
            limits=search.limits,
            cost=cost,
            memory=search.memory,
            colours=PAPER,
            bare=True,
        ).properties(width=width, height=260)
        for cost in AGAINST
    ]
    colour, shape = PAPER.memory(search.memory), SHAPES.get(search.memory, "circle")
    legend = [
        Key(
            f"best, with the 90 % interval of its mIoU, {MEMORY_NAMES[search.memory]}",
            PAPER.ink,
            colour,
            shape,
        ),
        Key("front", colour, colour, shape),
        Key("within the limits", "transparent", colour, "circle", faint=True),
        Key("breaks a limit", PAPER.paper, "transparent", "circle"),
    ]
    title = f"Fronts of a search: {search.name}"
    return compose("front", title=title, panels=[panels], legend=legend, source=source)


def convergence_figure(search: SearchRecord, *, source: str) -> Figure:
    """The best objective and the hypervolume by generation. FieldError without a best design."""
    if search.best is None:
        raise FieldError("best", "no design", "a search with a design within its limits is needed")
    width = panel_width(2)
    asked: dict[str, Any] = {"goal": search.goal, "memory": search.memory, "colours": PAPER}
    panels = [
        draw(search.history, generations=search.generations, **asked).properties(
            width=width, height=220
        )
        for draw in (best_objective, hypervolume)
    ]
    colour, shape = PAPER.memory(search.memory), SHAPES.get(search.memory, "circle")
    legend = [Key(f"best so far, {MEMORY_NAMES[search.memory]}", colour, colour, shape)]
    title = f"Convergence of a search: {search.name}"
    return compose("convergence", title=title, panels=[panels], legend=legend, source=source)


def comparison_figure(searches: Sequence[SearchRecord], *, source: str) -> Figure:
    """Fronts and convergence of up to six searches, told apart by number and colour."""
    if not 1 <= len(searches) <= MOST:
        raise FieldError("runs", f"found {len(searches)}", f"1 to {MOST} are compared")
    width = panel_width(2)
    panels: list[list[Any]] = [
        [
            compared_fronts(searches, cost=cost, colours=PAPER).properties(width=width, height=260)
            for cost in AGAINST
        ]
    ]
    if len({search.goal for search in searches}) == 1:
        lines = compared_convergence(searches, colours=PAPER)
        panels.append([lines.properties(width=width, height=200)])
    legend = [
        Key(search.name, colour, letter=number)
        for search, (number, colour) in zip(searches, numbered(PAPER), strict=False)
    ]
    title = f"{len(searches)} searches compared"
    return compose("comparison", title=title, panels=panels, legend=legend, source=source)


def numbered(colours: Palette) -> list[tuple[str, str]]:
    """Number and colour of each search of a comparison; none is the colour of a memory."""
    return [(str(at), colour) for at, colour in enumerate(FILLS[colours.name], start=1)]


def compared_fronts(
    searches: Sequence[SearchRecord], *, cost: str, colours: Palette
) -> alt.LayerChart:
    """mIoU against a cost: of each search the designs that no other one of its front beats in
    these two, joined by a line with its number, and a ring at its best design.

    cost: energy_uj | latency_us
    """
    x = alt.X(
        f"{cost}:Q",
        title=TITLES[cost],
        scale=alt.Scale(zero=False, padding=16),
        axis=alt.Axis(grid=False, tickCount=5, format=",~f"),
    )
    y = alt.Y("miou:Q", title=TITLES["miou"], scale=alt.Scale(zero=False, padding=16))
    layers: list[alt.Chart] = []
    for at, (search, (number, colour)) in enumerate(zip(searches, numbered(colours), strict=False)):
        rows = [{"run": search.name, **row} for row in envelope(search.designs, cost)]
        base = alt.Chart(data(rows)).encode(x=x, y=y)
        tooltip = [
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
            *(alt.Tooltip(f"{c}:Q", title=TITLES[c], format=",.5~r") for c in AGAINST),
            alt.Tooltip("experts:N", title="Experts"),
            alt.Tooltip("hidden:N", title="Hidden"),
        ]
        known = designs_rows([search.best] if search.best else [])
        ring = alt.Chart(data([{"miou": row["miou"], cost: row[cost]} for row in known]))
        # Fronts of one scenario end at one place: the numbers stand side by side.
        word = alt.Chart(data(rows[-1:])).mark_text(
            dx=10 + 11 * at, dy=-4, fontSize=13, fontWeight="bold", color=colour, align="left"
        )
        layers += [
            base.mark_line(color=colour, strokeWidth=1.5, interpolate="step-after"),
            base.mark_point(filled=True, size=36, opacity=1, color=colour).encode(tooltip=tooltip),
            ring.mark_point(size=170, strokeWidth=2, stroke=colour, filled=False).encode(x=x, y=y),
            word.encode(x=x, y=y, text=alt.value(number)),
        ]
    return layered(*layers).properties(height=300)


def envelope(designs: Sequence[Design], cost: str) -> list[dict[str, Any]]:
    """Of a front in several figures the designs that none of it beats in mIoU and this cost, from
    the cheapest to the most accurate."""
    known = [
        {name: row[name] for name in ("miou", *AGAINST, "experts", "hidden")}
        for row in designs_rows(designs)
        if row["miou"] is not None and row[cost] is not None
    ]
    kept: list[dict[str, Any]] = []
    for row in sorted(known, key=lambda row: (row[cost], -row["miou"])):
        if not kept or row["miou"] > kept[-1]["miou"]:
            kept.append(row)
    return kept


def compared_convergence(searches: Sequence[SearchRecord], *, colours: Palette) -> alt.LayerChart:
    """Best objective by generation of searches that pursue one goal."""
    title = GOALS[searches[0].goal].quantity.title
    x = alt.X(
        "generation:Q",
        title="Generation",
        axis=alt.Axis(format="d", tickMinStep=1, tickCount=6, grid=False),
    )
    y = alt.Y("value:Q", title=title, scale=alt.Scale(zero=False, padding=10))
    layers: list[alt.Chart] = []
    for at, (search, (number, colour)) in enumerate(zip(searches, numbered(colours), strict=False)):
        rows = [
            {"run": search.name, "generation": row["generation"], "value": row["best_objective"]}
            for row in history_rows(search.history)
            if row["best_objective"] is not None
        ]
        tooltip: Any = [
            alt.Tooltip("run:N", title="Run"),
            alt.Tooltip("generation:Q", title="Generation"),
            alt.Tooltip("value:Q", title=title, format=",.5~r"),
        ]
        line = alt.Chart(data(rows)).mark_line(
            interpolate="step-after", strokeWidth=2, color=colour
        )
        word = alt.Chart(data(rows[-1:])).mark_text(
            dx=9 + 11 * at, fontSize=13, fontWeight="bold", color=colour
        )
        layers += [
            line.encode(x=x, y=y, tooltip=tooltip),
            word.encode(x=x, y=y, text=alt.value(number)),
        ]
    return layered(*layers).properties(height=240)
