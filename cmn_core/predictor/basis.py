"""Where a predicted mIoU has a basis: what was measured, and the sentence where it was not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmn_core.design import Workload

# What tables without axes of their own were measured with (docs/supernet.md): images of this height
# and width, activations in floating point, which 8 bits hardly change (docs/nonideal.md); fewer
# bits cost points that such a table has not: 2 bits leave a fifth of the mIoU.
MEASURED_IMAGE = (120, 160)
LEAST_ACTIVATION_BITS = 8
# Where a table varied them, what fewer bits than these cost differs between networks by more than
# an interval says (docs/supernet.md): such rows are measured and not predicted.
LEAST_PREDICTED_BITS = 4


@dataclass(frozen=True)
class Basis:
    """What the rows of a table varied beside the architecture.

    images: height and width, the smallest first; None where the table says nothing of them and
    mIoU is taken to be that of the workload's. sparse: whether experts of a token were varied.
    weight_bits, activation_bits: the fewest measured.
    """

    images: tuple[tuple[int, int], ...] | None = (MEASURED_IMAGE,)
    sparse: bool = False
    weight_bits: int = 1
    activation_bits: int = LEAST_ACTIVATION_BITS

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> Basis:
        if data is None:
            return cls()
        sizes = tuple((int(h), int(w)) for h, w in data["images"])
        return cls(sizes, data["sparse"], data["weight_bits"], data["activation_bits"])

    def to_json(self) -> dict[str, Any]:
        return {
            "images": [list(size) for size in self.images or ()],
            "sparse": self.sparse,
            "weight_bits": self.weight_bits,
            "activation_bits": self.activation_bits,
        }

    def why_not(self, experts: Sequence[int], workload: Workload) -> tuple[str, str] | None:
        """Field of the workload and reason why no mIoU is known for a network; None where one is.

        experts: of the four blocks; one with no more experts than its top-k routes densely.
        """
        if not (self.sparse or workload.dense(experts)):
            return "routing", f"the weights were not trained for {workload.routing_text} routing"
        for name in ("weight_bits", "activation_bits"):
            bits = getattr(workload, name)
            if bits < getattr(self, name):
                what = f"{bits}-bit {name.removesuffix('_bits')}s"
                return name, f"what {what} cost was not measured"
        return self._size(*workload.image)

    def _size(self, height: int, width: int) -> tuple[str, str] | None:
        # Between two sizes the loss is not a straight line: weights trained at one size lose much
        # at another, so only sizes that were measured have a mIoU.
        if self.images is None or (height, width) in self.images:
            return None
        sizes = " and ".join(f"{h} x {w}" for h, w in self.images)
        return "image", f"mIoU was measured on images of {sizes}"
