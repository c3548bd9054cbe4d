"""Figures F1 and F2: hours of training and searching by network, and what large models take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import FAINT, MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import data
from cmn_core.charts.base.units import counted, log_ticks
from cmn_core.quantities import TITLES

Rows = Sequence[Mapping[str, Any]]


def hours(points: Rows, *, title: str, log: bool, colours: Palette) -> alt.LayerChart:
    """points: space, part, hours, label; hollow bars: extrapolated from timed steps.

    One bar per space and part; parts are named beside the bar.
    """
    top = max(float(p["hours"]) for p in points)
    low = min(float(p["hours"]) for p in points) / 3.0
    scale = (
        alt.Scale(type="log", domain=[low, top * 8.0], nice=False)
        if log
        else alt.Scale(domain=[0, top * 1.5], nice=False)
    )
    table = [{**p, "zero": low if log else 0.0} for p in points]
    axis = alt.Axis(format="~g", values=log_ticks(low, top)) if log else alt.Axis(format="~g")
    x = alt.X("hours:Q", title=title, scale=scale, axis=axis)
    y = alt.Y(
        "bar:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, domain=False, ticks=False)
    )
    shown = [
        alt.Tooltip("bar:N", title="What"),
        alt.Tooltip("hours:Q", title="Hours", format=".3~r"),
        alt.Tooltip("timed:N", title="Timed"),
    ]
    base = alt.Chart(data(table)).encode(y=y, tooltip=shown)
    bars = base.mark_bar(
        fill=colours.page,
        stroke=colours.ink,
        strokeWidth=1.5,
        strokeDash=[4, 2],
        height={"band": 0.7},
    ).encode(x=x, x2="zero:Q")
    labels = base.mark_text(align="left", dx=6, fontSize=12, color=colours.ink)
    return layered(bars, labels.encode(x=x, text="label:N")).properties(height=alt.Step(36))


def models(points: Rows, *, colours: Palette) -> alt.LayerChart:
    """points: model, memory, weights, energy_uj, chips_of_10_mb and more.

    One line per model, the smallest on top, named with its weights; energy on a log axis.
    """
    energy = [float(p["energy_uj"]) for p in points]
    table = [
        {
            **p,
            "name": MEMORY_NAMES[str(p["memory"])],
            "line": f"{p['model']}, {counted(float(p['weights']))}",
        }
        for p in sorted(points, key=lambda p: (float(p["weights"]), str(p["model"])))
    ]
    x = alt.X(
        "energy_uj:Q",
        title="Energy of an inference (µJ)",
        scale=alt.Scale(type="log", domain=[min(energy) / 1.5, max(energy) * 1.5], nice=False),
        axis=alt.Axis(format="~s", values=log_ticks(min(energy), max(energy))),
    )
    y = alt.Y(
        "line:N", title=None, sort=None, axis=alt.Axis(labelLimit=220, domain=False, ticks=False)
    )
    names = [MEMORY_NAMES[m] for m in ("rram", "sram")]
    encode = {
        "color": alt.Color(
            "name:N",
            scale=alt.Scale(domain=names, range=[colours.rram, colours.sram]),
            legend=alt.Legend(title=None, orient="top"),
        ),
        "shape": alt.Shape(
            "name:N",
            scale=alt.Scale(domain=names, range=[SHAPES["rram"], SHAPES["sram"]]),
            legend=alt.Legend(title=None, orient="top"),
        ),
    }
    shown = [
        alt.Tooltip("model:N", title="Model"),
        alt.Tooltip("name:N", title="Memory"),
        alt.Tooltip("weights:Q", title="Weights", format=".4~s"),
        alt.Tooltip("array_mb:Q", title=TITLES["array_mb"], format=",.4~r"),
        alt.Tooltip("chips_of_10_mb:Q", title="Chips of 10 MB", format=","),
        alt.Tooltip("energy_uj:Q", title=TITLES["energy_uj"], format=",.4~r"),
        alt.Tooltip("latency_us:Q", title=TITLES["latency_us"], format=",.4~r"),
    ]
    base = alt.Chart(data(table)).encode(y=y)
    between = base.mark_line(color=colours.ink, strokeWidth=1, opacity=FAINT).encode(
        x=x, detail="line:N"
    )
    dots = base.mark_point(filled=True, size=80, opacity=1).encode(x=x, tooltip=shown, **encode)
    return layered(between, dots).properties(height=alt.Step(30))
