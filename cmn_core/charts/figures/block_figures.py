"""Figures B1, B2 and C1 of the paper, ours beside what it prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import altair as alt

from cmn_core.architecture import MAX_EXPERTS
from cmn_core.charts.base.frames import metrics_frame
from cmn_core.charts.base.palette import LETTERS, MEMORY_NAMES
from cmn_core.charts.base.template import data
from cmn_core.charts.figures.composed import PAPER, Figure, Key, compose, panel_width, titled
from cmn_core.charts.search.blocks import block_bars
from cmn_core.charts.search.hybrid import ORDER, technology_tiles, totals
from cmn_core.charts.studies.printed import printed_blocks
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, GOALS

NAMES = {"sram": "B1", "rram": "B2"}
TOTALS_PX = 210.0


def block_figure(designs: Mapping[str, Design], *, memory: str, source: str) -> Figure:
    """Figure B1 (SRAM) or B2 (RRAM): experts and hidden size of every block by scenario.

    designs: goal -> ours; a scenario without a design has an empty panel. FieldError without any.
    """
    if not designs:
        raise FieldError("designs", "none", "a figure needs at least one design")
    title = f"Figure {NAMES[memory]}: networks searched for {MEMORY_NAMES[memory]}"
    widest = max(max(design.search_space.max_hidden) for design in designs.values())
    tops = {"experts": MAX_EXPERTS, "hidden": widest}
    panels = [
        [_bars(designs.get(goal), goal, memory, quantity, top, first=not at) for goal in GOALS]
        for at, (quantity, top) in enumerate(tops.items())
    ]
    colour = PAPER.memory(memory)
    legend = [
        Key(f"ours, {MEMORY_NAMES[memory]}", colour, colour),
        Key("the paper's Table B1", PAPER.paper, "transparent"),
    ]
    name = f"figure_{NAMES[memory].lower()}_{memory}"
    return compose(name, title=title, panels=panels, legend=legend, source=source)


def hybrid_figure(designs: Mapping[tuple[str, str], Design], *, source: str) -> Figure:
    """Figure C1: the memory of every block by scenario, and what all RRAM, all SRAM and hybrid
    take. designs: (goal, memory) -> design. FieldError where none of them is hybrid."""
    mixed = {goal: design for (goal, memory), design in designs.items() if memory == "hybrid"}
    if not mixed:
        raise FieldError("designs", "no hybrid one", "a figure needs at least one of them")
    tiles = titled(technology_tiles(mixed, colours=PAPER), "Memory of every block", width=560)
    rows = metrics_frame(designs)
    bars = [
        totals(rows, metric=metric, colours=PAPER).properties(width=TOTALS_PX - 58, height=210)
        for metric in COSTS
    ]
    legend = [
        Key(
            f"{LETTERS[memory]}: {'all ' if memory != 'hybrid' else ''}{MEMORY_NAMES[memory]}",
            PAPER.memory(memory),
            PAPER.memory(memory),
        )
        for memory in ORDER
    ]
    legend.append(Key("experts × hidden size of a block", PAPER.ink, letter="n × m"))
    return compose(
        "figure_c1_hybrid",
        title="Figure C1: which memory each block gets, and what that saves",
        panels=[[tiles], bars],
        legend=legend,
        source=source,
        indent=80.0,
    )


def _bars(
    design: Design | None, goal: str, memory: str, quantity: str, top: int, *, first: bool
) -> Any:
    """One panel; those of the first row name the scenario."""
    size = {"width": panel_width(3), "height": 150}
    if design is None:
        empty = alt.Chart(data([{"text": "no design"}])).mark_text(color=PAPER.muted)
        drawn: Any = empty.encode(text="text:N").properties(**size)
        return titled(drawn, GOALS[goal].title) if first else drawn
    usual = design.space == "b0"
    chart = block_bars(
        design,
        quantity=quantity,
        colours=PAPER,
        paper=printed_blocks(goal, memory) if usual else None,
        top=top,
        narrow=True,
    ).properties(**size)
    return titled(chart, GOALS[goal].title) if first else chart
