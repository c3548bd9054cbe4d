"""One model on several placements of its weights, side by side with 90 % intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import figures, log_ticks, unit_for

ROOM = 2.2  # beyond the ends of the intervals, as a factor


def placements(
    answers: Sequence[tuple[str, str, Mapping[str, Any]]],
    *,
    quantity: str,
    colours: Palette,
    chosen: str = "",
) -> alt.LayerChart:
    """answers: name of the placement, memory kind (rram, sram, hybrid) and what `assess` gives.

    chosen: name that is set in bold. Log axis, because placements differ by orders of magnitude;
    where something costs nothing, a linear one.
    """
    unit = unit_for(quantity, max((a[quantity] for *_, a in answers), default=0.0))
    table = []
    for name, kind, answer in answers:
        low, high = answer["intervals"][quantity]
        row: dict[str, Any] = {"name": name, "kind": kind, "colour": colours.memory(kind)}
        values = {"value": answer[quantity], "low": low, "high": high}
        table.append({**row, **{k: unit.of(v) for k, v in values.items()}})
        table[-1]["label"] = figures(unit.of(answer[quantity]))
    ends = [r["low"] for r in table] + [r["high"] for r in table] or [1.0]
    if min(ends) > 0.0:
        domain = [min(ends) / ROOM, max(ends) * ROOM]
        scale = alt.Scale(type="log", domain=domain, nice=False)
        axis = alt.Axis(format="~g", values=log_ticks(*domain), grid=True, labelOverlap=True)
    else:
        scale = alt.Scale(domain=[0.0, max(ends) * ROOM or 1.0], nice=False)
        axis = alt.Axis(format="~g", grid=True, labelOverlap=True)
    weight = alt.expr(f"datum.value == {chosen!r} ? 'bold' : 'normal'")
    y = alt.Y(
        "name:N",
        title=None,
        sort=None,
        axis=alt.Axis(
            ticks=False, domain=False, labelLimit=130, labelFlush=False, labelFontWeight=weight
        ),
    )
    base = alt.Chart(data(table)).encode(
        y=y,
        tooltip=[
            alt.Tooltip("name:N", title="Weights on"),
            alt.Tooltip("value:Q", title=unit.title, format=",.4~r"),
            alt.Tooltip("low:Q", title="90 % from", format=",.4~r"),
            alt.Tooltip("high:Q", title="to", format=",.4~r"),
        ],
    )
    x = alt.X("value:Q", title=unit.title, scale=scale, axis=axis)
    rule = base.mark_rule(strokeWidth=2.5).encode(
        x=alt.X("low:Q", title=unit.title, scale=scale, axis=axis),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
    )
    dots = base.mark_point(size=130, filled=True, opacity=1).encode(
        x=x,
        color=alt.Color("colour:N", scale=None),
        shape=alt.Shape(
            "kind:N",
            scale=alt.Scale(domain=list(SHAPES), range=list(SHAPES.values())),
            legend=None,
        ),
    )
    words = base.mark_text(dy=-13, fontSize=12, color=colours.ink).encode(x=x, text="label:N")
    return layered(rule, dots, words).properties(height=alt.Step(46))
