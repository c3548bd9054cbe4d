"""The front of a search: mIoU against energy or latency, with the limits as lines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.frames import METRIC_TITLES, Json, designs_frame, points_frame
from cmn_core.charts.palette import MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.spec import layered, rows

KINDS = ("breaks a limit", "within the limits", "front", "best")
LIMITS = {"energy_uj": "max_energy_uj", "latency_us": "max_latency_us"}
PICK = "pick"
BEST = 0  # what a click on the best design gives as its number
FAR = 0.8  # of the front's own width: marks of other designs farther off are left out


def front(
    *,
    points: Json | None,
    designs: Sequence[Json],
    best: Json | None,
    limits: Json,
    cost: str,
    memory: str,
    colours: Palette,
    first: Json | None = None,
    other: Sequence[Json] = (),
    other_memory: str = "",
) -> alt.LayerChart:
    """One mark per design; hollow ones break a limit; the best carries its mIoU interval.

    points: designs of the newest generation; designs: the front; cost: energy_uj | latency_us;
    first: designs of the first generation, not drawn: the axes hold them, so that these never
    move; without them the axes fit the front and designs far from it are left out; other: the
    front of a second search, hollow, with the letters A and B at the two. A click is the point
    selection "pick" with the field number: place on the front from 1, BEST, or none.
    """
    cloud, marks = points_frame(points), designs_frame(designs)
    chosen = designs_frame([best] if best else []).assign(kind=KINDS[3], number=BEST)
    second = designs_frame(other).dropna(subset=["miou", cost])
    core = pd.concat([marks, chosen, second], ignore_index=True)
    bounds = [*chosen["miou_low"], *chosen["miou_high"], limits.get("min_miou")]
    wide, tall = [*core[cost], limits.get(LIMITS[cost])], [*core["miou"], *bounds]
    if first is None and len(core):
        cloud = _near(_near(cloud, cost, wide), "miou", tall)
    cloud = cloud.assign(kind=[KINDS[1] if ok else KINDS[0] for ok in cloud["feasible"]])
    frame = pd.concat([cloud, marks.assign(kind=KINDS[2]), chosen], ignore_index=True)
    frame = frame[["kind", "number", "miou", "energy_uj", "latency_us", "experts", "hidden"]]
    held = pd.concat([points_frame(first), frame], ignore_index=True)
    x = _x(cost, _scale([*held[cost], *wide]))
    up = _scale([*held["miou"], *tall])
    y = _y(up)
    layers: list[Any] = [*_limit_lines(limits, cost, colours, x, y)]
    if best:
        layers.append(_interval(chosen, cost, colours, x, up))
    if len(second):
        layers += _second(second, marks, cost, other_memory, colours, x, y)
    layers.append(_marks(frame.dropna(subset=["miou", cost]), memory, colours, x, y))
    return layered(*layers).properties(height=300)


def _near(cloud: pd.DataFrame, column: str, core: Sequence[Any]) -> pd.DataFrame:
    """Rows within reach of the values that must be shown."""
    known = [float(value) for value in core if value is not None and math.isfinite(value)]
    reach = max(FAR * (max(known) - min(known)), 0.25 * max(map(abs, known)))
    return cloud[cloud[column].between(min(known) - reach, max(known) + reach)]


def _second(
    frame: pd.DataFrame,
    own: pd.DataFrame,
    cost: str,
    memory: str,
    colours: Palette,
    x: alt.X,
    y: alt.Y,
) -> list[alt.Chart]:
    """Hollow marks for the second front, and the letters of both."""
    base = alt.Chart(rows(frame[["miou", "energy_uj", "latency_us"]]))
    colour = colours.memory(memory)
    marks = base.mark_point(
        shape=SHAPES.get(memory, "circle"), size=60, filled=False, stroke=colour, strokeWidth=1.5
    )
    tooltip = [
        alt.Tooltip("miou:Q", title=f"B, {MEMORY_NAMES.get(memory, memory)}: mIoU (%)"),
        alt.Tooltip(f"{cost}:Q", title=METRIC_TITLES[cost], format=",.5~r"),
    ]
    ends = [("B", frame), ("A", own.dropna(subset=["miou", cost]))]
    tops = []
    for letter, part in ends:
        if len(part):
            top = part.sort_values("miou").to_dict("records")[-1]
            tops.append({"letter": letter, "miou": top["miou"], cost: top[cost]})
    text = alt.Chart(rows(pd.DataFrame(tops))).mark_text(
        dx=13, dy=-9, fontSize=14, fontWeight="bold", color=colours.ink
    )
    return [
        marks.encode(x=x, y=y, tooltip=tooltip),
        text.encode(x=x, y=y, text="letter:N"),
    ]


def _marks(frame: pd.DataFrame, memory: str, colours: Palette, x: alt.X, y: alt.Y) -> alt.Chart:
    colour, shape = colours.memory(memory), SHAPES.get(memory, "circle")

    def by_kind(values: list[Any]) -> dict[str, Any]:
        legend = alt.Legend(title=None, orient="bottom", columns=2, symbolStrokeWidth=1.5)
        return {
            "scale": alt.Scale(type="ordinal", domain=list(KINDS), range=values),
            "legend": legend,
        }

    return (
        alt.Chart(rows(frame))
        .mark_point(strokeWidth=1.5, cursor="pointer")
        .encode(
            x=x,
            y=y,
            shape=alt.Shape("kind:N", **by_kind(["circle", "circle", shape, shape])),
            size=alt.Size("kind:N", **by_kind([28, 28, 70, 200])),
            fill=alt.Fill("kind:N", **by_kind(["transparent", colour, colour, colour])),
            stroke=alt.Stroke("kind:N", **by_kind([colours.paper, colour, colour, colours.ink])),
            opacity=alt.Opacity("kind:N", **by_kind([0.6, 0.35, 1, 1])),
            tooltip=[
                alt.Tooltip("kind:N", title=MEMORY_NAMES.get(memory, "Design")),
                alt.Tooltip("miou:Q", title="mIoU (%)", format=".2f"),
                alt.Tooltip("energy_uj:Q", title="Energy (µJ)", format=",.5~r"),
                alt.Tooltip("latency_us:Q", title="Latency (µs)", format=",.5~r"),
                alt.Tooltip("experts:N", title="Experts"),
                alt.Tooltip("hidden:N", title="Hidden"),
            ],
        )
        .add_params(alt.selection_point(name=PICK, fields=["number"]))
    )


def _interval(
    best: pd.DataFrame, cost: str, colours: Palette, x: alt.X, up: alt.Scale
) -> alt.Chart:
    frame = best[[cost, "miou_low", "miou_high"]].dropna()
    return (
        alt.Chart(rows(frame))
        .mark_rule(color=colours.ink, strokeWidth=1.5)
        .encode(
            x=x,
            y=alt.Y("miou_low:Q", title=METRIC_TITLES["miou"], scale=up),
            y2="miou_high:Q",
        )
    )


def _limit_lines(limits: Json, cost: str, colours: Palette, x: alt.X, y: alt.Y) -> list[alt.Chart]:
    lines = []
    floor, ceiling = limits.get("min_miou"), limits.get(LIMITS[cost])
    if floor is not None:
        frame = pd.DataFrame([{"miou": floor, "label": f"at least {floor:.1f} %"}])
        base = alt.Chart(rows(frame)).encode(y=y)
        text = base.mark_text(align="right", dx=-4, dy=9, fontSize=12, color=colours.muted)
        lines += [
            base.mark_rule(strokeDash=[6, 4], color=colours.muted),
            text.encode(text="label:N", x=alt.value("width")),
        ]
    if ceiling is not None:
        frame = pd.DataFrame([{cost: ceiling, "label": f"at most {ceiling:,.0f}"}])
        base = alt.Chart(rows(frame)).encode(x=x)
        text = base.mark_text(align="right", dx=-6, dy=10, fontSize=12, color=colours.muted)
        lines += [
            base.mark_rule(strokeDash=[6, 4], color=colours.muted),
            text.encode(text="label:N", y=alt.value(0)),
        ]
    return lines


def _scale(values: list[Any]) -> alt.Scale:
    """From the least to the greatest with a margin, on round numbers that seldom change."""
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    if not known:
        return alt.Scale(zero=False, padding=12)
    least, most = min(known), max(known)
    margin = 0.04 * (most - least) or 0.02 * abs(most) or 1.0
    return alt.Scale(domain=[least - margin, most + margin], nice=True, zero=False)


def _x(cost: str, scale: alt.Scale) -> alt.X:
    axis = alt.Axis(grid=False, tickCount=5, format=",~f")
    return alt.X(f"{cost}:Q", title=METRIC_TITLES[cost], scale=scale, axis=axis)


def _y(scale: alt.Scale) -> alt.Y:
    return alt.Y("miou:Q", title=METRIC_TITLES["miou"], scale=scale)
