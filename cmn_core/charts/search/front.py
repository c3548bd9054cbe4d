"""The front of a search: mIoU against energy or latency, with the limits as lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import altair as alt

from cmn_core.charts.base.frames import Json, Row, designs_rows, points_rows
from cmn_core.charts.base.palette import FAINT, MEMORY_NAMES, SHAPES, Palette
from cmn_core.charts.base.spec import layered, spec
from cmn_core.charts.base.template import data, refilled
from cmn_core.design import Design
from cmn_core.quantities import TITLES

KINDS = ("breaks a limit", "within the limits", "front", "best")
PICK = "pick"
BEST = 0  # what a click on the best design gives as its number
AGAINST = ("energy_uj", "latency_us")  # what mIoU is drawn against
DRAWN = ("kind", "number", "miou", *AGAINST, "experts", "hidden")
Table = tuple[str, list[Row]]  # name of a layer and what it draws
ASIDE = {"1": 13, "2": -13}  # of two fronts: the numbers stand apart where their ends meet
FAR = 0.8  # of the front's own width: marks of other designs farther off are left out


def front(
    *,
    points: Json | None,
    designs: Sequence[Design],
    best: Design | None,
    limits: Json,
    cost: str,
    memory: str,
    colours: Palette,
    first: Json | None = None,
    other: Sequence[Design] = (),
    other_memory: str = "",
    bare: bool = False,
    outline: bool = False,
) -> alt.LayerChart:
    """One mark per design; hollow ones break a limit; the best carries its mIoU interval.

    points: designs of the newest generation; designs: the front; cost: energy_uj | latency_us;
    first: designs of the first generation, not drawn: the axes hold them, so that these never
    move; without them the axes fit the front and designs far from it are left out; other: the
    front of a second search, as crosses, with the numbers 1 and 2 at the two. A click is the point
    selection "pick" with the field number: place on the front from 1, BEST, or none; bare: neither
    that nor a legend, for a figure on paper; outline: as front stand those points within the limits
    that no other one beats in both figures.
    """
    tables, scales = _content(points, designs, best, limits, cost, first, other, outline)
    return _chart(tables, scales, cost, memory, colours, other_memory, bare=bare)


def front_picture(
    *, cost: str, memory: str, colours: Palette, other_memory: str = "", **found: Any
) -> dict[str, Any]:
    """As `front`, finished: its structure is made once and filled (template.py), because a
    running search is drawn again with every generation."""
    asked: dict[str, Any] = {"first": None, "other": (), **found}
    tables, scales = _content(cost=cost, **asked)
    mould = _mould(tuple(name for name, _ in tables), cost, memory, colours, other_memory)
    return refilled(mould, *(rows for _, rows in tables), scales=scales)


@lru_cache(maxsize=100)
def _mould(
    names: tuple[str, ...], cost: str, memory: str, colours: Palette, other_memory: str
) -> dict[str, Any]:
    empty: list[Table] = [(name, []) for name in names]
    scales = {"x": _scale([]), "y": _scale([])}
    return spec(_chart(empty, scales, cost, memory, colours, other_memory), colours)


def _content(
    points: Json | None,
    designs: Sequence[Design],
    best: Design | None,
    limits: Json,
    cost: str,
    first: Json | None,
    other: Sequence[Design],
    outline: bool = False,
) -> tuple[list[Table], dict[str, dict[str, Any]]]:
    """Name and rows of each layer, in the order in which they are drawn, and the two scales."""
    cloud: list[Row] = [dict.fromkeys(DRAWN) | row for row in points_rows(points)]
    marks = [_drawn(row, KINDS[2]) for row in designs_rows(designs)]
    known = designs_rows([best] if best else [])
    chosen = [{**_drawn(row, KINDS[3]), "number": BEST} for row in known]
    second = _placed(designs_rows(other), cost)
    core = [*marks, *chosen, *second]
    floor, ceiling = limits.get("min_miou"), limits.get(f"max_{cost}")
    wide = [*(row[cost] for row in core), ceiling]
    bounds = [row[end] for row in known for end in ("miou_low", "miou_high")]
    tall = [*(row["miou"] for row in core), *bounds, floor]
    if first is None and core:
        cloud = _near(_near(cloud, cost, wide), "miou", tall)
    for row in cloud:
        row["kind"] = KINDS[1] if row.pop("feasible") else KINDS[0]
    if outline:
        _mark_outline(cloud, cost)
    drawn = _placed([*cloud, *marks, *chosen], cost)
    held = [*points_rows(first), *drawn]
    tables: list[Table] = []
    if floor is not None:
        tables += 2 * [("floor", [{"miou": floor, "label": f"at least {floor:.1f} %"}])]
    if ceiling is not None:
        tables += 2 * [("ceiling", [{cost: ceiling, "label": f"at most {ceiling:,.0f}"}])]
    if best:
        ends = (cost, "miou_low", "miou_high")
        whole = [row for row in known if all(row[end] is not None for end in ends)]
        tables.append(("interval", [{end: row[end] for end in ends} for row in whole]))
    if second:
        tables += [
            ("second", [{c: row[c] for c in ("miou", *AGAINST)} for row in second]),
            _letter("1", _placed(marks, cost), cost),
            _letter("2", second, cost),
        ]
    tables.append(("marks", drawn))
    x, y = _scale([*(row[cost] for row in held), *wide]), _scale([r["miou"] for r in held] + tall)
    return tables, {"x": x, "y": y}


def _mark_outline(rows: Sequence[Row], cost: str) -> None:
    """Call front what nothing else within the limits beats in mIoU and cost; of equals one."""
    inside = [row for row in rows if row["kind"] == KINDS[1]]
    placed = [row for row in inside if row["miou"] is not None and row[cost] is not None]
    most = -math.inf
    for row in sorted(placed, key=lambda row: (row[cost], -row["miou"])):
        if row["miou"] > most:
            most, row["kind"] = row["miou"], KINDS[2]


def _drawn(row: Row, kind: str) -> Row:
    return {**{c: row[c] for c in DRAWN if c != "kind"}, "kind": kind}


def _placed(rows: Sequence[Row], cost: str) -> list[Row]:
    """Rows that have a place on the chart; six figures are more than anybody sees, and half of
    what is sent to every viewer with every generation."""
    return [
        {c: float(f"{v:.6g}") if isinstance(v, float) else v for c, v in row.items()}
        for row in rows
        if row["miou"] is not None and row[cost] is not None
    ]


def _letter(letter: str, rows: Sequence[Row], cost: str) -> Table:
    """Its number at the most accurate design of a front, the cheapest of equals."""
    if not rows:
        return letter, []
    miou, negative = max((row["miou"], -row[cost]) for row in rows)
    return letter, [{"letter": letter, "miou": miou, cost: -negative}]


def _near(cloud: list[Row], column: str, core: Sequence[Any]) -> list[Row]:
    """Rows within reach of the values that must be shown."""
    known = [float(value) for value in core if value is not None and math.isfinite(value)]
    if not known:
        return cloud
    reach = max(FAR * (max(known) - min(known)), 0.25 * max(map(abs, known)))
    return [row for row in cloud if min(known) - reach <= row[column] <= max(known) + reach]


def _chart(
    tables: Sequence[Table],
    scales: Mapping[str, Mapping[str, Any]],
    cost: str,
    memory: str,
    colours: Palette,
    other_memory: str,
    *,
    bare: bool = False,
) -> alt.LayerChart:
    x = _x(cost, alt.Scale(**scales["x"]))
    y = alt.Y("miou:Q", title=TITLES["miou"], scale=alt.Scale(**scales["y"]))
    layers: list[alt.Chart] = []
    seen: set[str] = set()
    for name, rows in tables:
        base = alt.Chart(data(rows))
        if name in ("floor", "ceiling"):
            layers.append(_limit(base, name, colours, x, y, text=name in seen))
        elif name == "interval":
            low = alt.Y("miou_low:Q", title=TITLES["miou"], scale=alt.Scale(**scales["y"]))
            rule = base.mark_rule(color=colours.ink, strokeWidth=1.5)
            layers.append(rule.encode(x=x, y=low, y2="miou_high:Q"))
        elif name == "second":
            layers.append(_second(base, cost, other_memory, colours, x, y))
        elif name in ASIDE:
            text = base.mark_text(
                dx=ASIDE[name], dy=-9, fontSize=14, fontWeight="bold", color=colours.ink
            )
            layers.append(text.encode(x=x, y=y, text="letter:N"))
        else:
            layers.append(_marks(base, memory, colours, x, y, bare=bare))
        seen.add(name)
    return layered(*layers).properties(height=300)


def _second(
    base: alt.Chart, cost: str, memory: str, colours: Palette, x: alt.X, y: alt.Y
) -> alt.Chart:
    """Crosses for the second front: hollow marks are those that break a limit."""
    marks = base.mark_point(
        shape="cross", size=70, filled=True, color=colours.memory(memory), opacity=1
    )
    tooltip = [
        alt.Tooltip("miou:Q", title=f"2, {MEMORY_NAMES.get(memory, memory)}: {TITLES['miou']}"),
        alt.Tooltip(f"{cost}:Q", title=TITLES[cost], format=",.5~r"),
    ]
    return marks.encode(x=x, y=y, tooltip=tooltip)


def _marks(
    base: alt.Chart, memory: str, colours: Palette, x: alt.X, y: alt.Y, *, bare: bool
) -> alt.Chart:
    colour, shape = colours.memory(memory), SHAPES.get(memory, "circle")

    def by_kind(values: list[Any]) -> dict[str, Any]:
        shown = alt.Legend(title=None, orient="bottom", columns=2, symbolStrokeWidth=1.5)
        legend = None if bare else shown
        return {
            "scale": alt.Scale(type="ordinal", domain=list(KINDS), range=values),
            "legend": legend,
        }

    marks = base.mark_point(strokeWidth=1.5, cursor="pointer").encode(
        x=x,
        y=y,
        shape=alt.Shape("kind:N", **by_kind(["circle", "circle", shape, shape])),
        size=alt.Size("kind:N", **by_kind([28, 28, 70, 200])),
        fill=alt.Fill("kind:N", **by_kind(["transparent", colour, colour, colour])),
        stroke=alt.Stroke("kind:N", **by_kind([colours.paper, colour, colour, colours.ink])),
        opacity=alt.Opacity("kind:N", **by_kind([FAINT, FAINT, 1, 1])),
        tooltip=[
            alt.Tooltip("kind:N", title=MEMORY_NAMES.get(memory, "Design")),
            alt.Tooltip("miou:Q", title=TITLES["miou"], format=".2f"),
            alt.Tooltip("energy_uj:Q", title=TITLES["energy_uj"], format=",.5~r"),
            alt.Tooltip("latency_us:Q", title=TITLES["latency_us"], format=",.5~r"),
            alt.Tooltip("experts:N", title="Experts"),
            alt.Tooltip("hidden:N", title="Hidden"),
        ],
    )
    return marks if bare else marks.add_params(alt.selection_point(name=PICK, fields=["number"]))


def _limit(
    base: alt.Chart, name: str, colours: Palette, x: alt.X, y: alt.Y, *, text: bool
) -> alt.Chart:
    """A dashed line at a limit, or the words at it."""
    base = base.encode(y=y) if name == "floor" else base.encode(x=x)
    if not text:
        return base.mark_rule(strokeDash=[6, 4], color=colours.muted)
    grey: dict[str, Any] = {"align": "right", "fontSize": 12, "color": colours.muted}
    if name == "floor":
        return base.mark_text(dx=-4, dy=9, **grey).encode(text="label:N", x=alt.value("width"))
    return base.mark_text(dx=-6, dy=10, **grey).encode(text="label:N", y=alt.value(0))


def _scale(values: list[Any]) -> dict[str, Any]:
    """From the least to the greatest with a margin, on round numbers that seldom change."""
    known = [float(value) for value in values if value is not None and math.isfinite(value)]
    if not known:
        return {"zero": False, "padding": 12}
    least, most = min(known), max(known)
    margin = 0.04 * (most - least) or 0.02 * abs(most) or 1.0
    return {"domain": [least - margin, most + margin], "nice": True, "zero": False}


def _x(cost: str, scale: alt.Scale) -> alt.X:
    axis = alt.Axis(grid=False, tickCount=5, format=",~f")
    return alt.X(f"{cost}:Q", title=TITLES[cost], scale=scale, axis=axis)
