"""From an architecture to matrix products: what the arrays and the digital units have to do.

Per layer of a block of width C on N tokens with key/value reduction r: query, the strided
convolution that reduces keys and values (absent for r = 1), key and value, projection, a 3x3
depthwise convolution, the router (when there is more than one expert) and the experts. Patch
embedding and decoder share of block b are "other" of block b. Only experts and hidden size are
searched; the rest is fixed by the space and the workload and is laid out once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from cmn_core.architecture import BLOCKS, SearchSpace
from cmn_core.arrays import Floats
from cmn_core.design import Workload
from cmn_core.errors import FieldError

CLASSES = 40  # NYU Depth v2, the paper's data set
IMAGE_CHANNELS = 3
DEPTHWISE_TAPS = 9
OTHER = ("patch", "linear", "fuse", "classify")
Scope = Literal["network", "ffn"]  # all of it, or the experts with their router alone


@dataclass(frozen=True, eq=False)
class Product:
    """Weight matrices K x N that vectors are multiplied with, in all blocks or in block 1 alone.

    k, n: [4] or [1]; count: matrices in the block, depth included (0 where a block has none);
    vectors: vectors through all of them together
    """

    name: str
    k: Floats
    n: Floats
    count: Floats
    vectors: Floats

    @property
    def macs(self) -> Floats:
        return self.vectors * self.k * self.n

    @property
    def weights(self) -> Floats:
        return self.count * self.k * self.n

    @property
    def moved(self) -> Floats:
        """Elements carried to and from the arrays."""
        return self.vectors * (self.k + self.n)


@dataclass(frozen=True, eq=False)
class Layout:
    """Everything about the workload that no searched variable changes. Arrays are [4].

    first: 1 for block 1, else 0; reduced: 1 where keys and values are reduced
    attention: query, key, value and projection (all C x C); reduction: the strided convolution
    other: patch embedding and decoder, the products of block 1 alone last
    scores: elements of the attention matrices; attention_macs: of Q K^T and A V, both dynamic
    elements: tokens x width x depth, what one elementwise pass over every layer touches
    resampled: elements of decoder maps that are enlarged to the first grid (in block 1)
    other_reads, other_writes: elements of feature maps read and written by "other"
    buffered: activations held between stages, summed over the chip (a scalar)
    """

    first: Floats
    width: Floats
    tokens: Floats
    kv_tokens: Floats
    depth: Floats
    reduced: Floats
    attention: Product
    reduction: Product
    patch: Product
    linear: Product
    fuse: Product
    classify: Product
    scores: Floats
    attention_macs: Floats
    elements: Floats
    resampled: Floats
    other_reads: Floats
    other_writes: Floats
    buffered: float

    @property
    def block_macs(self) -> Floats:
        """[4] multiply-accumulates of a block without router and experts."""
        arrays = self.total("macs", "attention", "reduction")
        return arrays + self.attention_macs + DEPTHWISE_TAPS * self.elements

    @property
    def other_macs(self) -> Floats:
        """[4] multiply-accumulates of patch embedding and decoder."""
        return self.total("macs", *OTHER)

    def total(self, amount: str, *products: str) -> Floats:
        """[4] sum of a property over the named products."""
        out = np.zeros_like(self.width)
        for name in products:
            value: Floats = getattr(getattr(self, name), amount)
            out[: len(value)] += value
        return out

    def expert_macs(self, experts: ArrayLike, hidden: ArrayLike, top_k: ArrayLike | None) -> Floats:
        """[..., 4] multiply-accumulates of router and experts; top_k: experts of a token, None
        where every expert works."""
        e = np.asarray(experts, dtype=np.float64)
        active = e if top_k is None else np.minimum(e, np.asarray(top_k, dtype=np.float64))
        ffn = 2.0 * active * np.asarray(hidden, dtype=np.float64)
        return self.elements * (ffn + routed(e, active))


def routed(experts: Floats, active: Floats) -> Floats:
    """Router and gating MACs per token and channel: E logits, one gate per active expert."""
    return np.where(experts > 1.0, experts + active, 0.0)


@lru_cache(maxsize=64)
def lay_out(space: SearchSpace, workload: Workload, classes: int = CLASSES) -> Layout:
    """The fixed part of the network for that image size; FieldError for an image that is too small.

    The reducing convolution is r x r with stride r, so keys and values live on the floor grid
    (SegFormer, Xie et al. 2021). Decoder: linear C -> D on each grid, enlarged to the first grid,
    fused 4D -> D, classified D -> classes.
    """
    grids = space.grids(*workload.image)
    small = [(h // r) * (w // r) for (h, w), r in zip(grids, space.kv_reduction, strict=True)]
    if min(small) < 1:
        side = 32 * min(space.kv_reduction)
        found = f"found {workload.image[0]} x {workload.image[1]}"
        raise FieldError("workload.image", found, f"at least {side} x {side} pixels are needed")
    tokens = np.array([float(h * w) for h, w in grids])
    kv_tokens = np.array(small, dtype=np.float64)
    width = np.array(space.widths, dtype=np.float64)
    depth = np.array(space.depths, dtype=np.float64)
    ratio = np.array(space.kv_reduction, dtype=np.float64)
    heads = np.array(space.heads, dtype=np.float64)
    decoder = np.full(BLOCKS, float(space.decoder_width))
    kernel = np.array(space.patch_kernel, dtype=np.float64)
    inputs = np.array((IMAGE_CHANNELS, *space.widths[:3]), dtype=np.float64)
    reduced = np.where(ratio > 1.0, 1.0, 0.0)
    ones, one = np.ones(BLOCKS), np.ones(1)
    both = 2.0 * depth * (tokens + kv_tokens)
    reducing = depth * reduced
    skips = width * tokens
    stride = np.array(space.patch_stride, dtype=np.float64)
    # The first grid's decoder map is used as it is made; the others wait to be enlarged.
    kept = decoder * tokens * np.array([0.0, 1.0, 1.0, 1.0])
    resampled = np.zeros(BLOCKS)
    resampled[0] = 3.0 * tokens[0] * space.decoder_width
    # Skip maps wait for the decoder, the decoder's small maps too; and one map in, one out.
    buffered = skips.sum() + kept.sum() + 2.0 * skips.max()
    return Layout(
        first=np.array([1.0, 0.0, 0.0, 0.0]),
        width=width,
        tokens=tokens,
        kv_tokens=kv_tokens,
        depth=depth,
        reduced=reduced,
        attention=Product("attention", width, width, 4.0 * depth, both),
        reduction=Product(
            "reduction", width * ratio * ratio, width, reducing, reducing * kv_tokens
        ),
        patch=Product("patch", kernel * kernel * inputs, width, ones, tokens),
        linear=Product("linear", width, decoder, ones, tokens),
        fuse=Product("fuse", 4.0 * decoder[:1], decoder[:1], one, tokens[:1]),
        classify=Product("classify", decoder[:1], np.array([float(classes)]), one, tokens[:1]),
        scores=depth * heads * tokens * kv_tokens,
        attention_macs=2.0 * depth * tokens * kv_tokens * width,
        elements=depth * tokens * width,
        resampled=resampled,
        other_reads=inputs * stride * stride * tokens + skips + kept,
        other_writes=skips + kept,
        buffered=float(buffered),
    )


@lru_cache(maxsize=256)
def spread(layout: Layout, axes: int) -> Layout:
    """The layout with every array as [4, 1, ...], to stand before `axes` leading axes of designs.

    The block axis comes first inside the simulator, so that inner loops run over designs.
    """

    def shaped(value: Floats) -> Floats:
        return value.reshape(-1, *([1] * axes))

    changed: dict[str, Any] = {}
    for item in fields(layout):
        value = getattr(layout, item.name)
        if isinstance(value, Product):
            k, n = shaped(value.k), shaped(value.n)
            changed[item.name] = replace(
                value, k=k, n=n, count=shaped(value.count), vectors=shaped(value.vectors)
            )
        elif isinstance(value, np.ndarray):
            changed[item.name] = shaped(value)
    return replace(layout, **changed)


def weights(
    space: SearchSpace, experts: ArrayLike, hidden: ArrayLike, classes: int = CLASSES
) -> Floats:
    """[...] weights of the network: matrices and kernels, router included, biases and norms not.

    experts, hidden: [..., 4]
    """
    layout = lay_out(space, Workload(), classes)
    e = np.asarray(experts, dtype=np.float64)
    h = np.asarray(hidden, dtype=np.float64)
    router = np.where(e > 1.0, e, 0.0)
    per_channel = DEPTHWISE_TAPS + router + 2.0 * e * h
    fixed = layout.total("weights", "attention", "reduction", *OTHER)
    return sum4(fixed + layout.depth * layout.width * per_channel)


def macs(
    space: SearchSpace,
    experts: ArrayLike,
    hidden: ArrayLike,
    workload: Workload = Workload(),
    classes: int = CLASSES,
) -> Floats:
    """[...] multiply-accumulates of one image, attention, router and decoder included."""
    layout = lay_out(space, workload, classes)
    fixed = layout.block_macs + layout.other_macs
    return sum4(fixed + layout.expert_macs(experts, hidden, workload.experts_of_token))


def sum4(blocks: Floats) -> Floats:
    """Sum over the last axis of length 4 in a fixed order: batch and loop agree bit for bit."""
    total: Floats = ((blocks[..., 0] + blocks[..., 1]) + blocks[..., 2]) + blocks[..., 3]
    return total
