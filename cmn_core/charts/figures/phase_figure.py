"""The phase map as a figure: which memory each block has, by images per second and die."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.figures.composed import PAPER, WIDTH_PX, Figure, Key, compose
from cmn_core.charts.search.phase import Points, phase_map


def phase_figure(
    points: Points, *, rates: Sequence[float], dies: Sequence[float], name: str, source: str
) -> Figure:
    """points, rates, dies: as `phase_map` takes them; name: what the network is called."""
    chart = phase_map(points, rates=rates, dies=dies, colours=PAPER)
    # The last layer takes the clicks.
    panel = alt.LayerChart(layer=list(chart.layer[:-1])).properties(
        width=WIDTH_PX - 60.0, height=34 * len(dies)
    )
    legend = [
        Key(MEMORY_NAMES[memory], PAPER.memory(memory), PAPER.memory(memory))
        for memory in ("rram", "sram")
    ]
    legend.append(Key("nothing fits", PAPER.rule, PAPER.panel))
    legend.append(Key("energy saved over the better uniform chip", PAPER.ink, letter="%"))
    title = f"Which memory, when: {name}"
    figure = compose("phase_map", title=title, panels=[[panel]], legend=legend, source=source)
    return replace(figure, picture=_still(figure.picture))


def _still(node: Any) -> Any:
    """Without what asks the window for its size: paper has one."""
    if isinstance(node, list):
        return [_still(item) for item in node]
    if not isinstance(node, dict):
        return node
    if str(node.get("expr", "")).startswith("width >"):
        return 1
    return {key: _still(value) for key, value in node.items() if key != "params"}
