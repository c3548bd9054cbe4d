"""Where a quantity goes in a list of layers: one bar per layer, stacked by cause or by memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from cmn_core.charts.base.palette import LETTERS, MEMORY_NAMES, Palette
from cmn_core.charts.base.spec import layered
from cmn_core.charts.base.template import Rows, data
from cmn_core.charts.base.units import Unit, figures, unit_for
from cmn_core.charts.design.breakdown import FILLS, breakdown_rows

Json = Mapping[str, Any]
Shares = list[tuple[str, str, float, float]]
TOP = 12  # layers with a bar of their own
DIGITAL = "Digital unit"
SHOWN: dict[str | None, str] = dict(MEMORY_NAMES) | {None: DIGITAL}


def layer_shares(
    layers: Sequence[Json], quantity: str, causes: Mapping[str, Sequence[str]], top: int = TOP
) -> Shares:
    """Label, cause, value and share of the layer; the `top` largest in their order, then the rest.

    layers: as `models.report.assess` lists them; causes: parts by cause in stacking order, the
    first one takes the parts that none names. A latency has no parts: its cause is where the
    layer runs.
    """
    named = _labels(layers)
    sums: dict[str, float] = {}
    for label, row in zip(named, layers, strict=True):
        sums[label] = sums.get(label, 0.0) + row[quantity]
    ranked = sorted((s for s in sums if sums[s] > 0.0), key=lambda s: -sums[s])
    kept, left = set(ranked[:top]), len(ranked[top:])
    rest = f"{left} others" if left > 1 else "1 other"
    table: dict[str, dict[str, float]] = {s: {} for s in [*sums, rest] if s in kept or s == rest}
    for label, row in zip(named, layers, strict=True):
        own = table[label if label in kept else rest]
        for cause, value in _parts(row, quantity, causes).items():
            own[cause] = own.get(cause, 0.0) + value
    order = [*causes] if quantity != "latency_us" else list(SHOWN.values())
    out: Shares = []
    for label, found in table.items():
        total = sum(found.values())
        out += [(label, c, found[c], found[c] / total) for c in order if found.get(c)]
    return out


def layer_bars(
    shares: Shares, *, quantity: str, causes: Sequence[str], colours: Palette
) -> alt.LayerChart:
    """Bars of `layer_shares` with the sum behind each."""
    segments, totals = breakdown_rows(shares)
    unit = unit_for(quantity, max((t["value"] for t in totals), default=0.0))
    order = list(dict.fromkeys(s[0] for s in shares))
    segments, totals = _scaled(segments, unit), _scaled(totals, unit)
    y: Any = alt.Y(
        "block:N",
        title=None,
        scale=alt.Scale(domain=order),
        axis=alt.Axis(ticks=False, domain=False, labelLimit=165),
    )
    axis = alt.Axis(tickCount=5, format=",~f")
    x = alt.X("start:Q", title=unit.title, axis=axis, scale=alt.Scale(nice=False, zero=True))
    names, fills = _fills(quantity, causes, colours)
    legend = alt.Legend(title=None, orient="bottom", columns=1, symbolType="square")
    scale = alt.Scale(domain=names, range=fills)
    bars = (
        alt.Chart(data(segments))
        .mark_bar(stroke=colours.page, strokeWidth=1)
        .encode(
            y=y,
            x=x,
            x2="end:Q",
            fill=alt.Fill("cause:N", scale=scale, legend=legend),
            tooltip=[
                alt.Tooltip("block:N", title="Layer"),
                alt.Tooltip("cause:N", title="Where"),
                alt.Tooltip("value:Q", title=unit.title, format=",.4~r"),
                alt.Tooltip("share:Q", title="Share of the layer", format=".0%"),
            ],
        )
    )
    letters = (
        alt.Chart(data(segments))
        .mark_text(fontSize=12, fontWeight="bold", color=colours.page)
        .encode(y=y, x=alt.X("middle:Q", title=unit.title), text="letter:N")
    )
    sums = (
        alt.Chart(data(totals))
        .mark_text(align="left", dx=5, fontSize=12, color=colours.ink)
        .encode(y=y, x=alt.X("value:Q", title=unit.title), text="label:N")
    )
    return layered(bars, letters, sums).properties(height=alt.Step(26))


def _labels(layers: Sequence[Json]) -> list[str]:
    """Names of the layers; with their block where the model has several."""
    several = len({row["block"] for row in layers}) > 1
    return [f"{row['block']}: {row['layer']}" if several else row["layer"] for row in layers]


def _parts(row: Json, quantity: str, causes: Mapping[str, Sequence[str]]) -> dict[str, float]:
    if quantity == "latency_us":
        return {SHOWN[row["memory"]]: row[quantity]} if row[quantity] else {}
    known = {part: cause for cause, parts in causes.items() for part in parts}
    first, out = next(iter(causes)), dict[str, float]()
    for part, value in row["breakdown"].get(quantity, {}).items():
        cause = known.get(part, first)
        out[cause] = out.get(cause, 0.0) + value
    return {cause: value for cause, value in out.items() if value > 0.0}


def _fills(quantity: str, causes: Sequence[str], colours: Palette) -> tuple[list[str], list[str]]:
    if quantity != "latency_us":
        return list(causes), list(FILLS[colours.name][: len(causes)])
    memories = [m for m in LETTERS if m != "hybrid"]
    names = [*(MEMORY_NAMES[m] for m in memories), DIGITAL]
    return names, [*(colours.memory(m) for m in memories), colours.muted]


def _scaled(table: Rows, unit: Unit) -> list[dict[str, Any]]:
    """Rows of `breakdown_rows` in that unit."""
    names = ("value", "start", "end", "middle")
    out = [{**row, **{n: unit.of(row[n]) for n in names if n in row}} for row in table]
    for row in out:
        if row.get("label"):
            row["label"] = figures(row["value"])
    return out
