"""One step of a search as it is streamed and stored: everything to show, everything to resume.

The JSON keeps every number bit for bit: Python writes the shortest text that reads back as the
same double. Infinity, which JSON lacks, is written as the text "inf" or "-inf".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from cmn_core.errors import FieldError, unknown_key

Json = Any


@dataclass(frozen=True, kw_only=True)
class Generation:
    """Result of one generation.

    index: 1 for the initial population; evaluations: designs (architecture on hardware) priced
    since the start; best: DESIGN JSON or None while nothing is feasible; front: at most
    FRONT_SHOWN feasible non-dominated DESIGNs of all generations so far; nearest: DESIGN and
    the violated limit while nothing is feasible; points: mIoU (percent), energy (uJ), latency
    (us) and feasibility of the architectures priced in this generation; history: one row for
    the convergence chart; state: what the next generation is computed from; start: the DESIGN that
    the search began with, if it did, with complete hardware and metrics.
    """

    index: int
    evaluations: int
    best: dict[str, Json] | None
    front: list[dict[str, Json]]
    nearest: dict[str, Json] | None
    points: dict[str, list[Json]]
    history: dict[str, Json]
    limits: dict[str, float | None]
    state: dict[str, Json]
    start: dict[str, Json] | None = None

    @property
    def feasible(self) -> bool:
        return self.best is not None

    def to_json(self) -> dict[str, Json]:
        """JSON object; `json.dumps(..., allow_nan=False)` accepts it."""
        whole = {f.name: encode(getattr(self, f.name)) for f in fields(self)}
        return {k: v for k, v in whole.items() if k != "start" or v is not None}

    @classmethod
    def from_json(cls, data: object) -> Generation:
        """The same generation again; FieldError where the object is not one."""
        if not isinstance(data, Mapping):
            raise FieldError("generation", "no JSON object", "a stored generation is expected")
        names = [f.name for f in fields(cls)]
        for key in data:
            if key not in names:
                raise unknown_key("generation", key, names)
        for name in names:
            if name not in data and name != "start":
                raise FieldError(f"generation.{name}", "missing", "this field is required")
        return cls(**{name: decode(data[name]) for name in names if name in data})


def encode(value: Json) -> Json:
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


def decode(value: Json) -> Json:
    """Inverse of `encode`."""
    if isinstance(value, str) and value in ("inf", "-inf"):
        return float(value)
    if isinstance(value, Mapping):
        return {k: decode(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [decode(v) for v in value]
    return value
