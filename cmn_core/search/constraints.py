"""What a chip and its network must keep: the limits of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from cmn_core.quantities import MAX_ARRAY_MB, MAX_SIGMA_REL


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Limits in force in a search; None switches one off. array_mb counts replicas and padding."""

    min_miou: float | None = None
    max_latency_us: float | None = None
    max_energy_uj: float | None = None
    max_area_mm2: float | None = None
    max_array_mb: float | None = MAX_ARRAY_MB
    max_sigma_rel: float | None = MAX_SIGMA_REL
    max_noise_loss: float | None = None  # points of mIoU; only a search with noise has it

    def to_json(self) -> dict[str, float | None]:
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v for k, v in out.items() if v is not None or k != "max_noise_loss"}

    @classmethod
    def from_json(cls, data: Mapping[str, float | None]) -> Limits:
        return cls(**data)
