"""Designs, generations and runs as tables that a chart can draw; reshaping only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from cmn_core.charts.base.palette import LETTERS
from cmn_core.design import Design
from cmn_core.quantities import COSTS

Json = Mapping[str, Any]
Row = dict[str, Any]

HISTORY_COLUMNS = [
    "generation",
    "evaluations",
    "best_objective",
    "hypervolume",
    "feasible_share",
    "seconds",
]
POINT_COLUMNS = ["miou", "energy_uj", "latency_us", "feasible"]
METRICS = (*COSTS, "miou", "array_mb", "weights_mb")
DESIGN_COLUMNS = [
    "number",
    "experts",
    "hidden",
    "memory",
    "miou",
    "miou_low",
    "miou_high",
    "energy_uj",
    "latency_us",
    "area_mm2",
    "array_mb",
]


def block_memory(design: Design) -> list[str]:
    """Memory technology of each of the four blocks, hybrid where experts lie on both; empty strings
    where none is stated."""
    if design.hardware is None:
        return [""] * 4
    return [m if isinstance(m, str) else "hybrid" for m in design.hardware.entries]


def letters(design: Design) -> str:
    """Technology of the blocks in four letters, such as RRSS."""
    return "".join(LETTERS.get(kind, "-") for kind in block_memory(design))


def history_frame(history: Iterable[Json]) -> pd.DataFrame:
    """One row per generation; values that are not finite (nothing feasible yet) become missing."""
    return pd.DataFrame(history_rows(history), columns=HISTORY_COLUMNS)


def history_rows(history: Iterable[Json]) -> list[Row]:
    """As `history_frame`; what is missing is None."""
    return [{c: _finite(row.get(c)) for c in HISTORY_COLUMNS} for row in history]


def points_frame(points: Json | None, limit: int = 600) -> pd.DataFrame:
    """Designs of one generation: miou (%), energy_uj, latency_us, feasible; at most `limit`."""
    return pd.DataFrame(points_rows(points, limit), columns=POINT_COLUMNS)


def points_rows(points: Json | None, limit: int = 600) -> list[Row]:
    """As `points_frame`; designs with a figure that is not known are left out."""
    columns = [list((points or {}).get(c, [])) for c in POINT_COLUMNS]
    known = [row for row in zip(*columns, strict=True) if None not in map(_finite, row)]
    stride = max(1, math.ceil(len(known) / limit))
    return [dict(zip(POINT_COLUMNS, row, strict=True)) for row in known[::stride]]


def designs_frame(designs: Sequence[Design]) -> pd.DataFrame:
    """One row per design, numbered from 1 in the order given."""
    return pd.DataFrame(designs_rows(designs), columns=DESIGN_COLUMNS)


def designs_rows(designs: Sequence[Design]) -> list[Row]:
    """As `designs_frame`; what is missing is None."""
    table = []
    for number, design in enumerate(designs, start=1):
        metrics = design.metrics or {}
        table.append(
            {
                "number": number,
                "experts": " ".join(map(str, design.architecture.experts)),
                "hidden": " ".join(map(str, design.architecture.hidden)),
                "memory": letters(design),
                **{c: _finite(metrics.get(c)) for c in DESIGN_COLUMNS[4:]},
            }
        )
    return table


def blocks_rows(design: Design, paper: Json | None = None) -> list[Row]:
    """Experts and hidden size of blocks 1..4, ours and (where given) the paper's.

    paper: {"experts": [4], "hidden": [4]} as printed
    """
    table = []
    ours = {"experts": design.architecture.experts, "hidden": design.architecture.hidden}
    sources: list[tuple[str, Json]] = [("ours", ours)] + ([("paper", paper)] if paper else [])
    for source, architecture in sources:
        for block in range(4):
            table.append(
                {
                    "block": f"Block {block + 1}",
                    "source": source,
                    "experts": architecture["experts"][block],
                    "hidden": architecture["hidden"][block],
                    "memory": block_memory(design)[block],
                }
            )
    return table


def metrics_frame(designs: Mapping[tuple[str, str], Design]) -> pd.DataFrame:
    """Metrics of designs by (goal, memory): columns goal, memory, and one per metric."""
    table = []
    for (goal, memory), design in designs.items():
        metrics = design.metrics or {}
        values = {name: _finite(metrics.get(name)) for name in METRICS}
        table.append({"goal": goal, "memory": memory, **values})
    return pd.DataFrame(table, columns=["goal", "memory", *METRICS])


def _finite(value: Any) -> float | None:
    """The number, or None where it is missing or not finite."""
    if value is None or isinstance(value, str):
        return None
    return value if math.isfinite(value) else None
