"""Weights that stay put: what it takes to write them, beside what it takes to use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cmn_core.classroom.specimen import specimen
from cmn_core.models.cost import off_chip
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed


@dataclass(frozen=True)
class Residence:
    """The specimen on one memory: energy of carrying all its weights from DRAM once, energy and
    time of writing them, and those of one image; rewrites: that the guaranteed endurance allows,
    None where there is no such limit."""

    carry_uj: float
    write_uj: float
    write_s: float
    image_uj: float
    image_s: float
    rewrites: float | None

    def per_image(self, images: int) -> Mapping[str, float]:
        """uJ of an image by cause, when the weights are written anew every so many images."""
        return {
            "Computing": self.image_uj,
            "Writing weights": self.write_uj / images,
            "Bringing them from DRAM": self.carry_uj / images,
        }

    @property
    def life_s(self) -> float | None:
        """How long cells last that are written anew for every image, one after the other."""
        return None if self.rewrites is None else self.rewrites * (self.write_s + self.image_s)


@cache
def residence(memory: str) -> Residence:
    cost = answer(completed(specimen(memory))).cost
    writing = cost.deployment
    bits = 8e6 * cost.weights_mb  # 1 MB = 1e6 bytes
    return Residence(
        1e-6 * bits * off_chip("dram_pj_per_bit"),
        writing.energy_uj,
        writing.time_ms * 1e-3,
        cost.energy_uj,
        cost.latency_us * 1e-6,
        writing.rewrites,
    )
