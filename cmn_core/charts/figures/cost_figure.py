"""Where the energy, time and area of one design go, block by block and cause by cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmn_core.charts.design.breakdown import FILLS, breakdown, breakdown_rows
from cmn_core.charts.figures.composed import PAPER, Figure, Key, compose, panel_width, titled
from cmn_core.quantities import QUANTITIES

NARROW = 0.2  # of the longest bar: three panels stand side by side
Shares = Iterable[tuple[str, str, float, float]]


def breakdown_figure(
    shares: Mapping[str, Shares],
    *,
    name: str,
    causes: Sequence[str],
    blocks: Sequence[str],
    source: str,
) -> Figure:
    """shares: by quantity (energy_uj, latency_us, area_mm2), as `breakdown_rows` takes them;
    causes: all, in stacking order; blocks: all, from the top; name: what the design is called."""
    panels = []
    for quantity, found in shares.items():
        segments, sums = breakdown_rows(found, NARROW)
        chart = breakdown(
            segments, sums, quantity=quantity, causes=causes, blocks=blocks, colours=PAPER
        )
        for layer in chart.layer:  # one legend for all panels
            if hasattr(layer.encoding.fill, "legend"):
                layer.encoding.fill.legend = None
        panels.append(titled(chart, QUANTITIES[quantity].label, width=panel_width(len(shares))))
    legend = [
        Key(cause, colour, colour) for cause, colour in zip(causes, FILLS[PAPER.name], strict=False)
    ]
    title = f"Where it goes: {name}"
    return compose("breakdown", title=title, panels=[panels], legend=legend, source=source)
