"""What one step of each variable does to a quantity: bars left and right of no change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import Rows, data
from cmn_core.quantities import QUANTITIES

ROOM = 2.2  # of the longest bar either side: on the root scale that leaves a third for numbers
ROW, BETWEEN = 38.0, 0.25  # pixels from row to row, and the share of them that stays free
MIDDLE, LANE, THICK = 0.5 * ROW * (1.0 - BETWEEN), 8.5, 14.0  # of a row; its two bars, a bar
NARROW = 340  # pixels of the plot below which the legend has a line for each kind
LOWEST = -1.0  # least change that a cost can have: all of it
LEAST = 0.0005  # effects below it are no bars
SURE = 0.95  # probability of an effect's sign from which its bar is full
CLEAR, UNSURE, BROKEN = "sign at least 95 % likely", "less likely", "breaks a limit"


def ranked(moves: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The steps, the variable with the largest effect first, both of its steps together.

    moves: label, towards (-1 or 1), before, after, change (relative; None where it cannot be
    built), points (of mIoU, None where unknown), likely (the probability that the change has its
    sign; None where nothing changes) and breaks (the limits that the step breaks, as a text).
    """
    largest: dict[str, float] = {}
    for move in moves:
        size = abs(move["change"]) if move["change"] is not None else -1.0
        largest[move["label"]] = max(size, largest.get(move["label"], -1.0))
    order = sorted(moves, key=lambda m: (-largest[m["label"]], m["label"], m["towards"]))
    return [dict(move) for move in order]


def tornado_rows(
    moves: Sequence[Mapping[str, Any]], top: int = 12
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Bars of the `top` variables with the largest effect, and the ends of the axis.

    moves: as of `ranked`.
    """
    bars: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for move in moves:
        if move["change"] is None or abs(move["change"]) < LEAST:
            continue
        if move["label"] not in seen and len(seen) == top:
            break
        seen[move["label"]] = seen.get(move["label"], 0) + 1
        bars.append(
            {
                "label": move["label"],
                "move": f"{move['before']} → {move['after']}",
                "towards": move["towards"],
                "change": move["change"],
                "points": move["points"],
                "text": _words(move["after"], move["points"], move.get("breaks", "")),
                "breaks": move.get("breaks", ""),
                "size": _percent(100.0 * move["change"]),
                "kind": _kind(move),
                "likely": move["likely"],
            }
        )
    for bar in bars:  # a bar without a partner lies in the middle of its row
        bar["lane"] = bar["towards"] if seen[bar["label"]] > 1 else 0
    most = ROOM * max((abs(bar["change"]) for bar in bars), default=0.1)
    return bars, [{"change": -most}, {"change": most}]


def tornado(bars: Rows, ends: Rows, *, quantity: str, colours: Palette) -> alt.LayerChart:
    """Layers as of `layers`: bars, steps opposite the bars, numbers at their ends, the line of no
    change, the ends of the axis.

    bars, ends: as of `tornado_rows`. Hollow bars are effects whose sign is less than 95 % likely,
    dashed ones steps that break a limit.
    Opposite each bar stands the step and, where it changes, the mIoU.
    """
    noun = QUANTITIES[quantity].word
    title = f"Change of {noun}"
    # Left of no change lies room for words as wide as on the right; no cost falls by more than all.
    none = f"datum.value < {LOWEST}"
    faint: Any = {"condition": {"test": none, "value": 0}, "value": 1}
    axis = alt.Axis(
        format="+.2~p",
        tickCount=4,  # of three, an axis to +500 % would keep the one at 0
        labelExpr=f"{none} ? '' : datum.value == 0 ? '0' : datum.label",
        gridOpacity=faint,
        tickOpacity=faint,
    )
    # The root keeps small effects visible beside that of another memory.
    root = alt.Scale(type="sqrt", nice=False)
    x = alt.X("change:Q", title=title, axis=axis, scale=root)
    y = alt.Y(
        "label:N",
        title=None,
        sort=None,
        axis=alt.Axis(labelLimit=170, ticks=False, domain=False, bandPosition=0.5),
        scale=alt.Scale(paddingInner=BETWEEN),
    )
    # Lanes are numbers: two bars lie above and below the middle of their row, one lies in it.
    shift = alt.YOffset(
        "lane:Q", scale=alt.Scale(domain=[-1, 1], range=[MIDDLE - LANE, MIDDLE + LANE])
    )
    names = [CLEAR, UNSURE, BROKEN]
    kinds = alt.Scale(domain=names, range=[colours.muted, "transparent", "transparent"])
    dashes = alt.Scale(domain=names, range=[[1, 0], [1, 0], [3, 2]])
    legend = alt.Legend(
        title=None,
        orient="bottom",
        symbolType="square",
        symbolStrokeWidth=1.2,
        columns=alt.ExprRef(f"width < {NARROW} ? 1 : 3"),
    )
    drawn = (
        alt.Chart(data(bars))
        .mark_bar(strokeWidth=1.2, stroke=colours.muted, height=THICK)
        .encode(
            y=y,
            yOffset=shift,
            x=x,
            x2=alt.datum(0),
            fill=alt.Fill("kind:N", scale=kinds, legend=legend),
            strokeDash=alt.StrokeDash("kind:N", scale=dashes, legend=legend),
            tooltip=[
                alt.Tooltip("label:N", title="Step of"),
                alt.Tooltip("move:N", title="From, to"),
                alt.Tooltip("change:Q", title=f"Change of {noun}", format="+.2%"),
                alt.Tooltip("points:Q", title="Change of mIoU (points)", format="+.2f"),
                alt.Tooltip("likely:Q", title="Probability of that sign", format=".2f"),
                alt.Tooltip("breaks:N", title="Breaks"),
            ],
        )
    )
    zero = [{"change": 0.0}]
    base: Any = {"y": y, "yOffset": shift, "x": alt.datum(0), "text": "text:N"}
    left, right = sides(bars)
    words: Any = {"fontSize": 12, "color": colours.ink}
    falls = alt.Chart(data(left)).mark_text(align="left", dx=5, **words).encode(**base)
    rises = alt.Chart(data(right)).mark_text(align="right", dx=-5, **words).encode(**base)
    at_end: Any = {"y": y, "yOffset": shift, "x": x, "text": "size:N"}
    quiet: Any = {**words, "color": colours.muted}
    lower = alt.Chart(data(left)).mark_text(align="right", dx=-4, **quiet).encode(**at_end)
    upper = alt.Chart(data(right)).mark_text(align="left", dx=4, **quiet).encode(**at_end)
    line = alt.Chart(data(zero)).mark_rule(color=colours.muted)
    reach = alt.Chart(data(ends)).mark_point(opacity=0)
    return layered(
        drawn,
        falls,
        rises,
        lower,
        upper,
        line.encode(x=alt.X("change:Q", title=title)),
        reach.encode(x=alt.X("change:Q", title=title)),
    ).properties(height=alt.Step(ROW))


def sides(bars: Rows) -> tuple[Rows, Rows]:
    """Bars below and above no change."""
    return [b for b in bars if b["change"] < 0], [b for b in bars if b["change"] >= 0]


def layers(bars: Rows, ends: Rows) -> tuple[Rows, ...]:
    """The tables of the picture's layers, in their order."""
    return (bars, *sides(bars), *sides(bars), [{"change": 0.0}], ends)


def _percent(value: float) -> str:
    """Two figures at least, no exponent."""
    text = f"{value:+,.0f} %" if abs(value) >= 100.0 else f"{value:+.2g} %"
    return text.replace("-", "−")


def _kind(move: Mapping[str, Any]) -> str:
    if move.get("breaks"):
        return BROKEN
    return CLEAR if (move["likely"] or 0.0) >= SURE else UNSURE


def _words(after: str, points: float | None, breaks: str = "") -> str:
    """Such as "to 5, +0.22 mIoU" or "✗ to 2"."""
    to = f"{'✗ ' if breaks else ''}to {after}"
    if points is None or abs(points) < 0.005:
        return to
    return f"{to}, {points:+.2f} mIoU".replace("-", "−")
