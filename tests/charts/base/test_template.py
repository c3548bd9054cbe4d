"""Templates that are filled with rows."""

from __future__ import annotations

from typing import Any

from cmn_core.charts.base.template import refilled


def test_a_layer_without_rows_is_no_mark_without_a_name() -> None:
    layer: dict[str, Any] = {"mark": {"type": "point"}, "data": {"values": []}}
    full, empty = refilled({"layer": [layer, layer]}, [{"x": 1.0}], [])["layer"]
    assert full["mark"] == {"type": "point"}
    assert empty["mark"] == {"type": "point", "aria": False}
    assert "aria" not in layer["mark"]
