"""What a chip and its network must keep: the limits of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

from cmn_core.cim.circuits.conditions import US_PER_S
from cmn_core.design import Workload
from cmn_core.quantities import MAX_ARRAY_MB, MAX_SIGMA_REL

_SELDOM = ("max_noise_loss", "images_per_second")  # left out of the JSON where not in force


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
    images_per_second: float | None = None  # of the workload: no image may wait for another

    @property
    def latency_us(self) -> float | None:
        """What a latency must not exceed: the tighter of its limit and of the time per image."""
        if self.images_per_second is None:
            return self.max_latency_us
        period_us = US_PER_S / self.images_per_second
        return period_us if self.max_latency_us is None else min(self.max_latency_us, period_us)

    def allowed(self, name: str) -> float | None:
        """What a limit of that name allows; a latency keeps up with the images per second too."""
        value: float | None = self.latency_us if name == "max_latency_us" else getattr(self, name)
        return value

    def slow(self, latency_us: float) -> tuple[str, ...]:
        """Names of the limits that such a latency breaks, the one it breaks most first."""
        rate, asked = self.images_per_second, self.max_latency_us
        late = [] if asked is None or latency_us <= asked else [(asked, "max_latency_us")]
        if rate is not None and latency_us > US_PER_S / rate:
            late.append((US_PER_S / rate, "images_per_second"))
        return tuple(name for _, name in sorted(late))

    def to_json(self) -> dict[str, float | None]:
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        return {k: v for k, v in out.items() if v is not None or k not in _SELDOM}

    @classmethod
    def from_json(cls, data: Mapping[str, float | None]) -> Limits:
        return cls(**data)


def at_rate(limits: Limits, workload: Workload) -> Limits:
    """The limits, with that of the workload's images per second."""
    return replace(limits, images_per_second=workload.images_per_second)
