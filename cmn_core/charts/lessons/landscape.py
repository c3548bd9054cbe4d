"""A map of hardware points and a swarm on it: fields by energy x delay, crosses not allowed."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered, rows

# Fields that cost little stand out from the page.
RAMPS = {
    "light": ["#1B3B6F", "#3F6FA3", "#86AFCB", "#C9DDE6", "#EEF3F3"],
    "dark": ["#F2EFD8", "#B9CFC9", "#6F9FB2", "#3C627F", "#233347"],
}
FIELD, AROUND = 34, 150  # pixels of a field; of axis and legend
CROSS = "M-1,-1L1,1M-1,1L1,-1"


def landscape(
    fields: Sequence[tuple[int, int, float, bool]],
    particles: Sequence[tuple[float, float]],
    best: tuple[int, int],
    *,
    rows_per_read: Sequence[int],
    adc_bits: Sequence[int],
    colours: Palette,
) -> alt.LayerChart:
    """fields: row and bit index, energy x delay (uJ ms), allowed; particles: row and bit index, not
    whole; best: indices of the best place so far."""
    width, height = len(adc_bits), len(rows_per_read)
    table = [
        {
            "x": b - 0.5,
            "x2": b + 0.5,
            "y": r - 0.5,
            "y2": r + 0.5,
            "edp": edp,
            "bits": adc_bits[b],
            "rows": rows_per_read[r],
            "says": "allowed" if allowed else "loses too much in the ADC",
        }
        for r, b, edp, allowed in fields
    ]
    x = _axis("x", "Bits of the ADC", adc_bits, width)
    y = _axis("y", "Rows per read", rows_per_read, height)
    boxes = (
        alt.Chart(rows(pd.DataFrame(table)))
        .mark_rect(stroke=colours.page, strokeWidth=2)
        .encode(
            x=x,
            x2="x2:Q",
            y=y,
            y2="y2:Q",
            color=alt.Color(
                "edp:Q",
                title="Energy × delay (µJ ms)",
                scale=alt.Scale(type="log", range=RAMPS[colours.name]),
                legend=alt.Legend(orient="bottom", format=".2~s", gradientLength=220),
            ),
            tooltip=[
                alt.Tooltip("bits:Q", title="ADC bits"),
                alt.Tooltip("rows:Q", title="Rows per read"),
                alt.Tooltip("edp:Q", title="Energy × delay (µJ ms)", format=",.0f"),
                alt.Tooltip("says:N", title="Error limit"),
            ],
        )
    )
    barred = [{"x": float(b), "y": float(r)} for r, b, _, allowed in fields if not allowed]
    swarm = [{"x": b, "y": r, "name": f"particle {n + 1}"} for n, (r, b) in enumerate(particles)]
    star = [{"x": float(best[1]), "y": float(best[0]), "text": "★"}]
    crosses = alt.Chart(rows(pd.DataFrame(barred, columns=["x", "y"])))
    dots = alt.Chart(rows(pd.DataFrame(swarm)))
    top = alt.Chart(rows(pd.DataFrame(star)))
    return layered(
        boxes,
        crosses.mark_point(
            shape=CROSS, size=60, stroke=colours.page, strokeWidth=5, opacity=1
        ).encode(x=x, y=y),
        crosses.mark_point(
            shape=CROSS, size=60, stroke=colours.ink, strokeWidth=2, opacity=1
        ).encode(x=x, y=y),
        top.mark_text(
            fontSize=30, color=colours.hybrid, stroke=colours.page, strokeWidth=1.2, dy=1
        ).encode(x=x, y=y, text="text:N"),
        dots.mark_circle(
            size=150, color=colours.rram, stroke=colours.page, strokeWidth=2, opacity=1
        ).encode(x=x, y=y, tooltip=[alt.Tooltip("name:N", title="Swarm")]),
    ).properties(height=FIELD * height + AROUND)


def _axis(name: str, title: str, values: Sequence[int], count: int) -> alt.X | alt.Y:
    names = ",".join(f"'{v}'" for v in values)
    kind = alt.X if name == "x" else alt.Y
    return kind(
        f"{name}:Q",
        title=title,
        scale=alt.Scale(domain=[-0.5, count - 0.5], nice=False),
        axis=alt.Axis(
            values=list(range(count)),
            labelExpr=f"[{names}][datum.value]",
            grid=False,
            labelOverlap=False,
            ticks=False,
            domain=False,
        ),
    )
