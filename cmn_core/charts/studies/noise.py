"""Figure E1: mIoU of one design and of a population as the noise of the cells grows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import FAINT, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.quantities import TITLES

KIND_TITLES = {
    "write": "Write noise, even",
    "read": "Read noise, even",
    "columns": "Columns differ",
    "early": "All in block 1",
    "late": "All in block 4",
}
DASHES = {
    "write": [1, 0],
    "read": [6, 3],
    "columns": [2, 2],
    "early": [10, 3, 2, 3],
    "late": [1, 3],
}
Rows = Sequence[Mapping[str, Any]]


def noise_lines(points: Rows, *, exact: float, level: float, colours: Palette) -> alt.LayerChart:
    """points: kind, title, level in per cent, miou, low, high; level: the chosen one.

    Dashes and names at the line's end tell kinds apart, not colour.
    """
    x = alt.X(
        "level:Q",
        title="Noise (% of the largest weight)",
        scale=alt.Scale(domain=[0, max([float(p["level"]) for p in points], default=20.0)]),
        axis=alt.Axis(grid=False),
    )
    y = alt.Y("miou:Q", title=TITLES["miou"], scale=alt.Scale(domainMin=0))
    kinds = [k for k in KIND_TITLES if any(p["kind"] == k for p in points)]
    dash = alt.StrokeDash(
        "title:N",
        scale=alt.Scale(domain=[KIND_TITLES[k] for k in kinds], range=[DASHES[k] for k in kinds]),
        legend=alt.Legend(
            title=None, orient="bottom", columns=2, symbolStrokeWidth=2, symbolSize=900
        ),
    )
    shown = [
        alt.Tooltip("title:N", title="Noise"),
        alt.Tooltip("level:Q", title="Level (%)"),
        alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
        alt.Tooltip("low:Q", title="Least of the seeds", format=".2f"),
        alt.Tooltip("high:Q", title="Greatest", format=".2f"),
    ]
    base = alt.Chart(data(points)).encode(x=x, tooltip=shown)
    line = base.mark_line(color=colours.rram, strokeWidth=2).encode(y=y, strokeDash=dash)
    ends = base.mark_rule(color=colours.rram, opacity=FAINT).encode(y=alt.Y("low:Q"), y2="high:Q")
    dots = base.mark_point(
        color=colours.rram, fill=colours.page, shape=SHAPES["rram"], size=45, opacity=1
    ).encode(y=y)
    floor = (
        alt.Chart(data([{"miou": exact - 1.0, "text": "one point lost"}]))
        .mark_rule(color=colours.muted, strokeDash=[3, 3])
        .encode(y=y)
    )
    chosen = (
        alt.Chart(data([{"level": level}]))
        .mark_rule(color=colours.ink, strokeWidth=1.2)
        .encode(x=x)
    )
    return layered(floor, chosen, ends, line, dots).properties(height=330)


def population(points: Rows, *, level: float, colours: Palette) -> alt.LayerChart:
    """points: level in per cent, miou, who (searched or a number), size; one strip per level.

    The chosen level is drawn in full, the others faint; a ring is the searched design.
    """
    table = [{**p, "chosen": "yes" if p["level"] == level else "no"} for p in points]
    x = alt.X(
        "level:O",
        title="Noise (% of the largest weight)",
        axis=alt.Axis(labelAngle=0, grid=False),
    )
    y = alt.Y("miou:Q", title=TITLES["miou"], scale=alt.Scale(domainMin=0))
    full = alt.Opacity(
        "chosen:N", scale=alt.Scale(domain=["yes", "no"], range=[1, 0.45]), legend=None
    )
    shown = [
        alt.Tooltip("who:N", title="Subnet"),
        alt.Tooltip("size:N", title="Experts × hidden size"),
        alt.Tooltip("level:Q", title="Noise (%)"),
        alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
    ]
    others = [p for p in table if p["who"] != "searched"]
    own = [p for p in table if p["who"] == "searched"]
    marks = alt.Chart(data(others)).mark_tick(color=colours.rram, thickness=2, size=24)
    middle = (
        alt.Chart(data(others))
        .mark_tick(color=colours.ink, thickness=3, size=40)
        .encode(x=x, y=alt.Y("median(miou):Q", title=TITLES["miou"]))
    )
    ring = alt.Chart(data(own)).mark_point(
        shape=SHAPES["rram"], size=110, fill=colours.page, stroke=colours.rram, strokeWidth=2
    )
    return layered(
        marks.encode(x=x, y=y, opacity=full, tooltip=shown),
        middle,
        ring.encode(x=x, y=y, opacity=full, tooltip=shown),
    ).properties(height=330)
