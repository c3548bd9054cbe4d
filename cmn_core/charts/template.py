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


def refilled(picture: Mapping[str, Any], *tables: Rows) -> dict[str, Any]:
    """The finished specification with one table for each of its layers, in their order."""
    layers = [
        {**layer, "data": {"values": list(table)}}
        for layer, table in zip(picture["layer"], tables, strict=True)
    ]
    return {**picture, "layer": layers}
