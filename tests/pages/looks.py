"""What a person reads on a page of AppTest."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

KINDS = ("markdown", "caption", "info", "warning", "error")


def words(at: Any) -> str:
    """Every text but titles and tables."""
    return "\n".join(str(element.value) for kind in KINDS for element in getattr(at, kind))


def texts(at: Any) -> str:
    """Every text with the titles and the names of figures, without tables."""
    kinds = ("title", "subheader", "success", *KINDS)
    said = [element.value for kind in kinds for element in getattr(at, kind)]
    return "\n".join(map(str, [*said, *(m.label for m in at.metric)]))


def bodies(at: Any) -> str:
    """Of the page's own HTML the text alone."""
    return " ".join(re.sub(r"<[^>]+>", " ", e.proto.body) for e in at.get("html"))


def charts(at: Any) -> list[dict[str, Any]]:
    """Specifications of all charts."""
    return [json.loads(chart.proto.spec) for chart in at.get("vega_lite_chart")]


def place_of(name: str) -> str:
    """A page's file by its name, whatever group of pages it is in."""
    pages = Path(__file__).resolve().parents[2] / "pages"
    (found,) = (p for p in pages.rglob(f"{name}.py") if "parts" not in p.parts)
    return found.relative_to(pages).as_posix()
