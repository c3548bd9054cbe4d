"""The levels of a memory cell as hills: where a read finds a cell that was written to a level."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered, rows


def levels(
    curves: Sequence[tuple[int, float, float]], means: Sequence[float], *, colours: Palette
) -> alt.LayerChart:
    """curves: level, conductance as a share of the largest, density; means: of the levels."""
    table = [{"level": n, "at": 100.0 * x, "density": d} for n, x, d in curves]
    top = max(row["density"] for row in table)
    x = alt.X(
        "at:Q",
        title="Conductance found (% of the largest)",
        scale=alt.Scale(domain=[-8, 115], nice=False),
        axis=alt.Axis(grid=False, values=[0, 25, 50, 75, 100]),
    )
    y = alt.Y(
        "density:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1.12 * top], nice=False),
        axis=None,
    )
    hills = (
        alt.Chart(rows(pd.DataFrame(table)))
        .mark_area(
            color=colours.rram,
            fillOpacity=0.28,
            line={"color": colours.rram, "strokeWidth": 1.6},
        )
        .encode(
            x=x,
            y=y.stack(None),
            detail="level:N",
            tooltip=[alt.Tooltip("level:N", title="Written level")],
        )
    )
    peaks = [
        {"at": 100.0 * mean, "density": max(d for n, _, d in curves if n == level), "text": level}
        for level, mean in enumerate(means)
    ]
    names = (
        alt.Chart(rows(pd.DataFrame(peaks)))
        .mark_text(dy=-8, fontSize=13, fontWeight="bold", color=colours.ink)
        .encode(x=x, y=y, text="text:N")
    )
    return layered(hills, names).properties(height=240)
