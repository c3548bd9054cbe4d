"""Pictures whose structure never changes: made once, filled with new rows in microseconds.

Building a chart with Altair takes tens of milliseconds, which is too long behind a slider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

Rows = Sequence[Mapping[str, Any]]


def data(table: Rows) -> alt.Data:
    """Rows of plain values carried inside a chart."""
    return alt.Data(values=[dict(row) for row in table])


def refilled(
    picture: Mapping[str, Any], *tables: Rows, scales: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """The finished specification with one table for each of its layers, in their order.

    A layer without rows is kept from screen readers, which would meet a mark without a name.
    scales: by channel (x, y), for every layer that has a scale there
    """
    layers = [
        {
            **layer,
            "data": {"values": list(table)},
            **({} if table else {"mark": {**layer["mark"], "aria": False}}),
            **_rescaled(layer, scales or {}),
        }
        for layer, table in zip(picture["layer"], tables, strict=True)
    ]
    return {**picture, "layer": layers}


def _rescaled(
    layer: Mapping[str, Any], scales: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    encoding = layer.get("encoding", {})
    new = {
        channel: {**encoding[channel], "scale": dict(scale)}
        for channel, scale in scales.items()
        if "scale" in encoding.get(channel, {})
    }
    return {"encoding": {**encoding, **new}} if new else {}
