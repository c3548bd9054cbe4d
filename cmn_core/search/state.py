"""What a search is continued from: the population, the front, and how long nothing got better.

JSON is made here alone, for the store. It keeps every number bit for bit: Python writes the
shortest text that reads back as the same double. Infinity, which JSON lacks, becomes a text.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmn_core.errors import FieldError

STATE_VERSION = 8  # another cost model, too, is another version


@dataclass(frozen=True)
class Placed:
    """An architecture at its place in the hardware grid: what of a candidate cannot be worked out
    again at once.

    genes: 8 integers; miou: value, low, high in percent; point: its place in the scenario's
    hardware grid, None when no hardware was searched; evaluations: designs priced for it.
    """

    genes: tuple[int, ...]
    miou: tuple[float, float, float]
    point: tuple[int, ...] | None
    evaluations: int

    @property
    def measured(self) -> bool:
        """Whether its mIoU was asked for (it is minus infinity otherwise)."""
        return math.isfinite(self.miou[0])

    @property
    def placed(self) -> Placed:
        """That alone, of what else is known too."""
        return Placed(self.genes, self.miou, self.point, self.evaluations)


@dataclass(frozen=True, kw_only=True)
class EvolutionState:
    """A population of N in its order, and every architecture seen.

    X [N, 8], F [N, 3], G [N, constraints], rank and crowding [N] as pymoo names them, but that of
    G the first column that differs decides; seen: eight 16-bit numbers, little-endian, per
    architecture, in the order of their finding.
    """

    X: list[list[int]]
    F: list[list[float]]
    G: list[list[float]]
    rank: list[int | None]
    crowding: list[float | None]
    seen: bytes

    def to_json(self) -> dict[str, Any]:
        seen = base64.b64encode(self.seen).decode("ascii")
        return encode({**vars(self), "seen": seen})

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> EvolutionState:
        return cls(**{**decode(data), "seen": base64.b64decode(data["seen"])})


@dataclass(frozen=True, kw_only=True)
class SearchState:
    """A search between two generations.

    stalled: generations without progress; hypervolume: the largest so far; closest: what comes
    nearest to the limits.
    """

    evolution: EvolutionState
    stalled: int
    hypervolume: float
    front: tuple[Placed, ...]
    best: Placed | None
    closest: Placed | None

    def to_json(self) -> dict[str, Any]:
        """JSON object; `json.dumps(..., allow_nan=False)` accepts it. ValueError for NaN."""
        return {
            "version": STATE_VERSION,
            "evolution": self.evolution.to_json(),
            "stalled": self.stalled,
            "hypervolume": encode(self.hypervolume),
            "front": encode(_grouped(self.front)),
            "best": encode([_row(one) for one in (self.best,) if one is not None]),
            "closest": encode([_row(one) for one in (self.closest,) if one is not None]),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SearchState:
        """FieldError where another version of the search wrote it."""
        version = data.get("version")
        if version != STATE_VERSION:
            raise FieldError(
                "run",
                f"it was made by version {version} of the search",
                f"this program continues version {STATE_VERSION}; start the search anew",
            )
        best, closest = ([_placed(row) for row in decode(data[n])] for n in ("best", "closest"))
        return cls(
            evolution=EvolutionState.from_json(data["evolution"]),
            stalled=data["stalled"],
            hypervolume=decode(data["hypervolume"]),
            front=_ungrouped(decode(data["front"])),
            best=best[0] if best else None,
            closest=closest[0] if closest else None,
        )


def encode(value: Any) -> Any:
    """Infinite floats as text, containers copied; NaN has no place here and raises ValueError."""
    if isinstance(value, float):
        if math.isnan(value):
            raise ValueError("a generation holds NaN")
        return value if math.isfinite(value) else ("inf" if value > 0 else "-inf")
    if isinstance(value, Mapping):
        return {k: encode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    return value


def decode(value: Any) -> Any:
    """Inverse of `encode`."""
    if isinstance(value, str) and value in ("inf", "-inf"):
        return float(value)
    if isinstance(value, Mapping):
        return {k: decode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [decode(v) for v in value]
    return value


def _row(one: Placed) -> list[Any]:
    return [one.genes, one.miou, one.point, one.evaluations]


def _placed(row: Sequence[Any]) -> Placed:
    genes, (miou, low, high), point, evaluations = row
    at = None if point is None else tuple(point)
    return Placed(tuple(genes), (miou, low, high), at, evaluations)


def _grouped(front: Sequence[Placed]) -> list[Any]:
    """What its architectures are, then which of them is on which chip."""
    rows: dict[tuple[int, ...], int] = {}
    architectures, chips = [], []
    for one in front:
        if one.genes not in rows:
            rows[one.genes] = len(rows)
            architectures.append([one.genes, one.miou])
        chips.append([rows[one.genes], one.point, one.evaluations])
    return [architectures, chips]


def _ungrouped(stored: Sequence[Any]) -> tuple[Placed, ...]:
    """What `_grouped` took."""
    architectures, chips = stored
    return tuple(_placed([*architectures[row], point, spent]) for row, point, spent in chips)
