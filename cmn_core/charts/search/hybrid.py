"""Figure C1: which technology each block gets, and what that does to the totals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.base.frames import block_memory
from cmn_core.charts.base.palette import LETTERS, MEMORY_NAMES, Palette
from cmn_core.charts.base.spec import layered, rows
from cmn_core.design import WITH_BUSY, Design
from cmn_core.quantities import GOALS, TITLES

ROOM, ROOM_PX = 0.13, 14.0  # from one expert to the next, of a block's width; size of a room
ROOMS = ["scenario", "block", "expert", "middle", "memory", "letter", "colour"]
_ACROSS: dict[str, Any] = {
    "title": None,
    "scale": alt.Scale(domain=[0.0, 4.0], nice=False),
    "axis": alt.Axis(
        orient="top",
        domain=False,
        ticks=False,
        grid=False,
        values=[0.5, 1.5, 2.5, 3.5],
        labelExpr="'Block ' + ceil(datum.value)",
    ),
}
ORDER = ("rram", "sram", "hybrid")


def technology_tiles(designs: Mapping[str, Design], *, colours: Palette) -> alt.LayerChart:
    """One strip of four tiles per scenario, each with a room for every expert; designs: goal ->
    design. A block whose experts lie on both memories is drawn as the memory of its rest."""
    table, rooms = [], []
    for goal in GOALS:
        if goal not in designs:
            continue
        design = designs[goal]
        own = [()] * 4 if design.hardware is None else design.hardware.entries
        for block, memory in enumerate(block_memory(design)):
            experts, hidden = design.architecture.experts[block], design.architecture.hidden[block]
            table.append(
                {
                    "scenario": GOALS[goal].title,
                    "block": f"Block {block + 1}",
                    "left": float(block),
                    "middle": block + 0.5,
                    "right": block + 1.0,
                    "memory": MEMORY_NAMES.get(memory, memory),
                    "letter": LETTERS.get(memory, "–"),
                    "detail": f"{experts} × {hidden}",
                    "colour": colours.memory(memory if memory != "hybrid" else WITH_BUSY),
                }
            )
            places = [memory] * experts if isinstance(own[block], str) else own[block]
            for place, held in enumerate(places):
                rooms.append(
                    {
                        "scenario": GOALS[goal].title,
                        "block": f"Block {block + 1}",
                        "expert": place + 1,
                        "middle": block + 0.5 + (place + 0.5 - experts / 2) * ROOM,
                        "memory": MEMORY_NAMES.get(held, held),
                        "letter": LETTERS.get(held, "–"),
                        "colour": colours.memory(held),
                    }
                )
    frame = pd.DataFrame(table)
    base = alt.Chart(rows(frame)).encode(
        x=alt.X("middle:Q", **_ACROSS),
        y=alt.Y("scenario:N", title=None, sort=[g.title for g in GOALS.values()]),
        tooltip=[
            alt.Tooltip("scenario:N", title="Scenario"),
            alt.Tooltip("block:N", title="Block"),
            alt.Tooltip("memory:N", title="Memory"),
            alt.Tooltip("detail:N", title="Experts × hidden size"),
        ],
    )
    tiles = base.mark_rect(cornerRadius=6, stroke=colours.page, strokeWidth=5).encode(
        x=alt.X("left:Q", **_ACROSS), x2="right:Q", fill=alt.Fill("colour:N", scale=None)
    )
    letter = base.mark_text(fontSize=20, fontWeight="bold", dy=-17, color=colours.page)
    detail = base.mark_text(fontSize=12, dy=2, color=colours.page)
    drawn = _rooms(pd.DataFrame(rooms, columns=ROOMS), colours)
    words = letter.encode(text="letter:N"), detail.encode(text="detail:N")
    chart = layered(tiles, *words, *drawn)
    return chart.properties(height=alt.Step(76))


def _rooms(frame: pd.DataFrame, colours: Palette) -> tuple[alt.Chart, alt.Chart]:
    """A small square for every expert, in the colour of its memory, with its letter."""
    base = alt.Chart(rows(frame)).encode(
        x=alt.X("middle:Q", **_ACROSS),
        y=alt.Y("scenario:N", title=None, sort=[g.title for g in GOALS.values()]),
        tooltip=[
            alt.Tooltip("scenario:N", title="Scenario"),
            alt.Tooltip("block:N", title="Block"),
            alt.Tooltip("expert:Q", title="Expert"),
            alt.Tooltip("memory:N", title="Memory of the expert"),
        ],
    )
    square = base.mark_square(size=ROOM_PX**2, opacity=1, yOffset=22).encode(
        fill=alt.Fill("colour:N", scale=None), stroke=alt.value(colours.page)
    )
    letter = base.mark_text(fontSize=10, dy=22, color=colours.page).encode(text="letter:N")
    return square, letter


def totals(frame: pd.DataFrame, *, metric: str, colours: Palette) -> alt.LayerChart:
    """Bars of one metric for RRAM, SRAM and hybrid side by side, scenario by scenario.

    frame: as of `frames.metrics_frame`; scenarios or memories that are missing stay out
    """
    table: list[dict[str, Any]] = []
    for row in frame.dropna(subset=[metric]).to_dict("records"):
        memory = str(row["memory"])
        table.append(
            {
                "scenario": GOALS[str(row["goal"])].title,
                "memory": MEMORY_NAMES[memory],
                "value": row[metric],
                "label": f"{LETTERS[memory]}  {_short(row[metric])}",
                "colour": colours.memory(memory),
            }
        )
    columns = ["scenario", "memory", "value", "label", "colour"]
    data = pd.DataFrame(table, columns=columns)
    base = alt.Chart(rows(data)).encode(
        # A place for every bar, so that none moves or swells while others are still missing.
        y=alt.Y(
            "scenario:N", title=None, scale=alt.Scale(domain=[g.title for g in GOALS.values()])
        ),
        yOffset=alt.YOffset("memory:N", scale=alt.Scale(domain=[MEMORY_NAMES[m] for m in ORDER])),
        tooltip=[
            alt.Tooltip("scenario:N", title="Scenario"),
            alt.Tooltip("memory:N", title="Memory"),
            alt.Tooltip("value:Q", title=TITLES[metric], format=",.5~r"),
        ],
    )
    largest = data["value"].max() if len(data) else 1.0
    x = alt.X(
        "value:Q",
        title=TITLES[metric],
        scale=alt.Scale(domain=[0, float(largest) * 1.35], nice=False),
        axis=alt.Axis(labels=False, ticks=False, grid=False, domain=False),
    )
    bars = base.mark_bar(height={"band": 0.85}).encode(x=x, color=alt.Color("colour:N", scale=None))
    labels = base.mark_text(align="left", dx=5, fontSize=12, color=colours.ink)
    chart = layered(bars, labels.encode(x=x, text="label:N"))
    return chart.properties(height=250)


def _short(value: float) -> str:
    """Three figures at least, thousands separated."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
