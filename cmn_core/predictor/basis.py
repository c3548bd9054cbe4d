"""Where a predicted mIoU has a basis: what was measured, and the sentence where it was not."""

from __future__ import annotations

from collections.abc import Sequence

from cmn_core.design import Workload

# What the shipped tables were measured with (docs/supernet.md): images of this height and width,
# activations in floating point, which 8 bits hardly change (docs/nonideal.md); fewer bits cost
# points that no table has yet: 2 bits leave a fifth of the mIoU.
MEASURED_IMAGE = (120, 160)
LEAST_ACTIVATION_BITS = 8
ENLARGED = 4  # times a side: as far as cost is laid beside the mIoU of smaller images


def why_not(experts: Sequence[int], workload: Workload) -> tuple[str, str] | None:
    """Field of the workload and reason why no mIoU is known for a network; None where one is.

    experts: of the four blocks; a block with no more experts than top-k routes densely.
    """
    top_k = workload.top_k
    if top_k is not None and top_k < max(experts):
        return "routing", f"the weights were not trained for top-{top_k} routing"
    if workload.activation_bits < LEAST_ACTIVATION_BITS:
        bits = f"{workload.activation_bits}-bit activations"
        return "activation_bits", f"what {bits} cost was not measured"
    height, width = workload.image
    rows, columns = MEASURED_IMAGE
    tall = rows <= height <= ENLARGED * rows
    if not (tall and columns <= width <= ENLARGED * columns):
        known = f"mIoU was measured on images of {rows} x {columns}"
        return "image", f"{known} and is shown up to {ENLARGED * rows} x {ENLARGED * columns}"
    return None
