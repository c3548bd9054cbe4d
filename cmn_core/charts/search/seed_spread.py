"""How far searches with other seeds differ: one row per scenario and memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.design import Design
from cmn_core.quantities import GOALS


def spread_rows(
    found: Mapping[tuple[str, str], Sequence[tuple[int, Design]]],
) -> list[dict[str, Any]]:
    """One row per seed. found: (goal, memory) -> (seed, best design), at least one each.

    off: difference of the scenario's own objective from the median of its seeds, in percent; of
    mIoU in points
    """
    table = []
    for (goal, memory), runs in found.items():
        metric = GOALS[goal].quantity.name
        values = [float((design.metrics or {})[metric] or 0.0) for _, design in runs]
        middle = median(values)
        for (seed, _), value in zip(runs, values, strict=True):
            off = value - middle if metric == "miou" else 100.0 * (value / middle - 1.0)
            table.append(
                {
                    "row": f"{GOALS[goal].label}, {MEMORY_NAMES[memory]}",
                    "memory": memory,
                    "seed": seed,
                    "value": value,
                    "off": off,
                }
            )
    return table


def spread(table: Sequence[Mapping[str, Any]], *, colours: Palette) -> alt.LayerChart:
    """table: as of `spread_rows`."""
    order = list(dict.fromkeys(row["row"] for row in table))
    widest = max([abs(float(row["off"])) for row in table] + [0.1])
    x = alt.X(
        "off:Q",
        title="From the median of the seeds (%; mIoU in points)",
        scale=alt.Scale(domain=[-1.15 * widest, 1.15 * widest], nice=False),
        axis=alt.Axis(tickCount=5, format="+~g"),
    )
    y = alt.Y("row:N", title=None, sort=order, axis=alt.Axis(ticks=False, labelLimit=160))
    kinds = list(SHAPES)
    marks = (
        alt.Chart(data(table))
        .mark_point(size=90, strokeWidth=1.8, filled=False, opacity=1)
        .encode(
            x=x,
            y=y,
            shape=alt.Shape(
                "memory:N", scale=alt.Scale(domain=kinds, range=list(SHAPES.values())), legend=None
            ),
            stroke=alt.Stroke(
                "memory:N",
                scale=alt.Scale(domain=kinds, range=[colours.memory(kind) for kind in kinds]),
                legend=None,
            ),
            tooltip=[
                alt.Tooltip("row:N", title="Search"),
                alt.Tooltip("seed:Q", title="Seed"),
                alt.Tooltip("value:Q", title="Best", format=",.5~r"),
                alt.Tooltip("off:Q", title="From the median", format="+.2f"),
            ],
        )
    )
    zero = alt.Chart(data([{"off": 0.0}])).mark_rule(color=colours.muted, strokeDash=[4, 3])
    return layered(zero.encode(x=x), marks).properties(height=alt.Step(34))
