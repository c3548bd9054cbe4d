"""Medians and ranges of what several seeds gave."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np


def spread(values: Iterable[float]) -> dict[str, float]:
    """mean, median, least and greatest, and how many."""
    found = np.array(list(values), dtype=np.float64)
    return {
        "mean": float(found.mean()),
        "median": float(np.median(found)),
        "low": float(found.min()),
        "high": float(found.max()),
        "count": len(found),
    }


def picked(rows: Iterable[dict[str, Any]], **wanted: Any) -> list[dict[str, Any]]:
    """Rows whose columns have those values."""
    return [row for row in rows if all(row.get(k) == v for k, v in wanted.items())]
