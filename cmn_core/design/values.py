"""A design: architecture, workload, hardware and metrics, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cmn_core.architecture import SPACES, Architecture, SearchSpace

SCHEMA = "cmn.design/1"
MEMORIES = ("rram", "sram")
METRICS = (
    "energy_uj",
    "latency_us",
    "area_mm2",
    "weights_mb",
    "array_mb",
    "tops_per_mm2",
    "miou",
    "miou_low",
    "miou_high",
)
MAX_REPLICAS = 64


@dataclass(frozen=True)
class Workload:
    """What runs on the chip: image size, precision, routing. The defaults are the interface's."""

    image: tuple[int, int] = (480, 640)  # height, width in pixels
    weight_bits: int = 8
    activation_bits: int = 8
    top_k: int | None = None  # None: dense routing, every expert works on every token

    def to_json(self) -> dict[str, Any]:
        routing = "dense" if self.top_k is None else {"top_k": self.top_k}
        return {
            "image": list(self.image),
            "weight_bits": self.weight_bits,
            "activation_bits": self.activation_bits,
            "routing": routing,
        }


@dataclass(frozen=True)
class Hardware:
    """Memory technology of each block, one macro per technology, copies of each block's arrays.

    macros or replicas may be missing: then the inner hardware search finds them.
    """

    memory: tuple[str, str, str, str]
    macros: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    replicas: tuple[int, int, int, int] | None = None

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies in use, in the fixed order rram, sram."""
        return tuple(m for m in MEMORIES if m in self.memory)

    @property
    def complete(self) -> bool:
        return self.replicas is not None and all(t in self.macros for t in self.technologies)

    def to_json(self) -> dict[str, Any]:
        uniform = len(set(self.memory)) == 1
        out: dict[str, Any] = {"memory": self.memory[0] if uniform else list(self.memory)}
        if self.macros:
            out["macros"] = {t: _tidy(self.macros[t]) for t in MEMORIES if t in self.macros}
        if self.replicas is not None:
            out["replicas"] = list(self.replicas)
        return out


@dataclass(frozen=True)
class Design:
    """One point of the design space, as exported, imported, stored and drawn."""

    architecture: Architecture
    space: str = "b0"
    workload: Workload = Workload()
    hardware: Hardware | None = None
    metrics: Mapping[str, float | None] | None = None
    provenance: Mapping[str, Any] | None = None

    @property
    def search_space(self) -> SearchSpace:
        return SPACES[self.space]

    def with_metrics(self, metrics: Mapping[str, float | None]) -> Design:
        return replace(self, metrics={k: metrics.get(k) for k in METRICS})

    def to_json(self) -> dict[str, Any]:
        """The JSON object; parts that are unknown are left out."""
        out: dict[str, Any] = {
            "schema": SCHEMA,
            "space": self.space,
            "workload": self.workload.to_json(),
            "architecture": {
                "experts": list(self.architecture.experts),
                "hidden": list(self.architecture.hidden),
            },
        }
        if self.hardware is not None:
            out["hardware"] = self.hardware.to_json()
        if self.metrics is not None:
            out["metrics"] = dict(self.metrics)
        if self.provenance is not None:
            out["provenance"] = dict(self.provenance)
        return out


def _tidy(knobs: Mapping[str, float]) -> dict[str, float]:
    """Whole numbers without a decimal point, so that a file reads as it was written."""
    return {k: int(v) if v == v // 1 else float(v) for k, v in knobs.items()}
