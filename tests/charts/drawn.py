"""What a chart's specification draws."""

from __future__ import annotations

from typing import Any


def values(picture: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The rows of each layer."""
    return [layer["data"]["values"] for layer in picture["layer"]]


def unnamed(node: Any) -> Any:
    """Without the names that Altair gives to views; they tell charts apart and mean nothing."""
    if isinstance(node, list):
        return [unnamed(item) for item in node]
    if not isinstance(node, dict):
        return "a view" if isinstance(node, str) and node.startswith("view_") else node
    if node.get("data") == {"values": []} and "mark" in node:
        mark = {k: v for k, v in node["mark"].items() if k != "aria"}  # nothing to read aloud
        node = {**node, "mark": mark}
    return {key: unnamed(value) for key, value in node.items()}


def first_rows(panel: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a panel's first layer or part, or those that all of its layers share."""
    if "data" not in panel:
        return first_rows(panel["layer" if "layer" in panel else "hconcat"][0])
    rows: list[dict[str, Any]] = panel["data"]["values"]
    return rows
