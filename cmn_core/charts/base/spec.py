"""A chart as a plain Vega-Lite dictionary, the form that all sessions of the app can share."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from cmn_core.charts.base.palette import Palette


def rows(frame: pd.DataFrame) -> alt.Data:
    """Data of a chart carried inside the chart, whatever the size and whatever altair's options."""
    records = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return alt.Data(values=[{str(k): _plain(v) for k, v in record.items()} for record in records])


def layered(*layers: alt.Chart) -> alt.LayerChart:
    """Charts drawn over each other; unlike alt.layer always a LayerChart."""
    return alt.LayerChart(layer=list(layers))


def spec(chart: alt.Chart | alt.LayerChart | alt.VConcatChart, colours: Palette) -> dict[str, Any]:
    """Vega-Lite dictionary with every data set in the place where it is used.

    Axes and legends take the palette's readable grey at 12 pixels. The tests check charts against
    Vega-Lite's schema; here that would be half of the time.
    """
    out = chart.to_dict(validate=False)
    out["config"] = {**out.get("config", {}), **_dress(colours)}
    datasets = out.pop("datasets", {})
    out = {key: _inline(value, datasets) for key, value in out.items()}
    # Data at the top would be repacked for every session and every redraw; in a layer it is text.
    shared = out.pop("data") if "layer" in out and "data" in out else None
    if shared is not None:
        out["layer"] = [{"data": shared, **layer} for layer in out["layer"]]
    return out


def _dress(colours: Palette) -> dict[str, Any]:
    words = {
        "labelColor": colours.muted,
        "titleColor": colours.muted,
        "labelFontSize": 12,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    }
    lines = {"gridColor": colours.rule, "domainColor": colours.rule, "tickColor": colours.rule}
    return {"axis": {**words, **lines, "titlePadding": 8}, "legend": words}


def _inline(node: Any, datasets: dict[str, Any]) -> Any:
    if isinstance(node, list):
        return [_inline(item, datasets) for item in node]
    if not isinstance(node, dict):
        return node
    if set(node) == {"name"} and node["name"] in datasets:
        return {"values": datasets[node["name"]]}
    return {key: _inline(value, datasets) for key, value in node.items()}


def _plain(value: Any) -> Any:
    """numpy scalars as Python's own, so that the dictionary is JSON."""
    return value.item() if hasattr(value, "item") else value
