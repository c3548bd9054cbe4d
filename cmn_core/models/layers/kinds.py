"""Kinds of layers: the values of schema cmn.model/1, which pydantic checks.

Numbers are those of one inference: an image, a prompt (prefill) or one decoded token. A layer with
resident weights (product, ffn) lies in arrays; whatever has two changing operands or next to no
weights runs on the digital unit of its block.
"""

from __future__ import annotations

from math import prod
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from cmn_core.design.validation import Strict

DEFAULT_BLOCK = "model"
RESIDENT = ("product", "ffn")  # groups of layers whose weights lie in arrays, as `placed` says

Size = Annotated[int, Field(ge=1, le=10_000_000)]
Times = Annotated[int, Field(ge=1, le=100_000)]
Amount = Annotated[int, Field(ge=0, le=2**53)]
Bits = Annotated[int, Field(ge=1, le=16)]
Axes = Annotated[tuple[Size, ...], Field(min_length=1, max_length=3)]
Label = Annotated[str, Field(min_length=1, max_length=60)]


class Frozen(Strict):
    model_config = ConfigDict(frozen=True)


class _Layer(Frozen):
    """What every kind may have.

    name: shown beside its costs; count: times the layer occurs in its block, one after the other,
    each with weights of its own; block: layers of one block share a digital unit; region: layers
    whose arrays lie together, which sets the length of wires (default: the block); branch:
    consecutive layers with a branch run side by side, those of one branch one after the other
    """

    name: Label | None = None
    count: Times = 1
    block: Label = DEFAULT_BLOCK
    region: Label | None = None
    branch: Label | None = None

    @property
    def place(self) -> str:
        """The region that its arrays lie in."""
        return self.block if self.region is None else self.region

    @property
    def placed(self) -> str | None:
        """Which of RESIDENT its weights belong to; None if it has none in arrays."""
        return None


class MatrixProduct(_Layer):
    """Vectors of length k times a resident k x n matrix, `vectors` of them for each of `count`."""

    kind: Literal["product"]
    k: Size
    n: Size
    vectors: Size

    @property
    def placed(self) -> str:
        return "product"


class Convolution(_Layer):
    """A convolution with 1 to 3 axes: one resident matrix per group, through which positions pass.

    kernel, stride, map: one number per axis; map: positions at which the kernel is put, those of
    the output, of a transposed convolution those of the input; images: maps that pass through it.
    With one input channel per group (depthwise) it runs on the digital unit instead.
    """

    kind: Literal["convolution"]
    channels: Size
    outputs: Size
    kernel: Axes
    map: Axes
    stride: Axes | None = None
    groups: Size = 1
    images: Size = 1
    transposed: bool = False

    @property
    def depthwise(self) -> bool:
        return self.groups > 1 and self.groups == self.channels

    @property
    def placed(self) -> str | None:
        return None if self.depthwise else "product"

    @property
    def taps(self) -> int:
        return prod(self.kernel)

    @property
    def positions(self) -> int:
        return prod(self.map) * self.images

    @property
    def k(self) -> int:
        """Rows of one group's matrix: a transposed one takes a single position at a time."""
        own = self.channels // self.groups
        return own if self.transposed else own * self.taps

    @property
    def n(self) -> int:
        """Columns of one group's matrix: a transposed one gives what all taps add."""
        own = self.outputs // self.groups
        return own * self.taps if self.transposed else own

    @property
    def inputs(self) -> int:
        """Elements of its input maps; borders that are padded or left over are not counted."""
        step = 1 if self.transposed else prod(self.stride or (1,))
        return self.channels * self.positions * step


class DynamicProduct(_Layer):
    """`batch` products m x k times k x n of two activations, such as queries and keys.

    Both operands change with every inference, so it never lies in arrays.
    """

    kind: Literal["dynamic_product"]
    m: Size
    k: Size
    n: Size
    batch: Size = 1


class Attention(_Layer):
    """Scores, softmax and weighted values; both operands change, so it never lies in arrays.

    width: of all heads together; causal: token i sees the first kv_tokens - tokens + i of them
    """

    kind: Literal["attention"]
    tokens: Size
    kv_tokens: Size
    heads: Size
    width: Size
    causal: bool = False

    @property
    def pairs(self) -> int:
        """Query-key pairs of one head."""
        masked = self.tokens * (self.tokens - 1) // 2 if self.causal else 0
        return self.tokens * self.kv_tokens - masked


class FeedForward(_Layer):
    """A feed-forward network, dense (experts = 1) or of experts behind a router.

    top_k: experts of each token (null: all); gated: three matrices (SwiGLU) instead of two;
    shared: experts that every token passes, of shared_hidden units (default: hidden);
    histogram: tokens that each expert gets; without it the busiest gets every token at worst
    """

    kind: Literal["ffn"]
    width: Size
    hidden: Size
    tokens: Size
    experts: Annotated[int, Field(ge=1, le=65536)] = 1
    top_k: Size | None = None
    gated: bool = False
    shared: Annotated[int, Field(ge=0, le=65536)] = 0
    shared_hidden: Size | None = None
    histogram: tuple[Amount, ...] | None = None

    @property
    def placed(self) -> str:
        return "ffn"

    @property
    def active(self) -> int:
        """Routed experts of each token."""
        return self.experts if self.top_k is None else self.top_k

    @property
    def sparse(self) -> bool:
        return self.active < self.experts

    @property
    def busiest(self) -> int:
        """Tokens of the busiest expert: measured, or else the most that can be."""
        return max(self.histogram) if self.sparse and self.histogram else self.tokens

    @property
    def balanced(self) -> int:
        """Tokens of the busiest expert if all got the same, or as measured."""
        if self.sparse and self.histogram:
            return max(self.histogram)
        return -(-self.tokens * self.active // self.experts)

    @property
    def touched(self) -> int:
        """Experts that get a token: measured, or else the most that can be."""
        if self.sparse and self.histogram:
            return sum(1 for tokens in self.histogram if tokens > 0)
        return min(self.experts, self.tokens * self.active)

    @property
    def inner(self) -> int:
        """Hidden units of a shared expert."""
        return self.hidden if self.shared_hidden is None else self.shared_hidden


class Elementwise(_Layer):
    """One pass over elements on the digital unit.

    reads, writes: elements of the feature-map memory; by default `elements` each for norm, add and
    resample, none for softmax and activation, which take products as they come
    """

    kind: Literal["elementwise"]
    op: Literal["softmax", "norm", "activation", "add", "resample"]
    elements: Annotated[int, Field(ge=1, le=2**53)]
    reads: Amount | None = None
    writes: Amount | None = None

    @property
    def traffic(self) -> tuple[int, int]:
        """Elements read from and written to the feature-map memory."""
        own = 0 if self.op in ("softmax", "activation") else self.elements
        return (
            own if self.reads is None else self.reads,
            own if self.writes is None else self.writes,
        )


class Depthwise(_Layer):
    """A convolution of each channel by itself: `taps` products per element, on the digital unit."""

    kind: Literal["depthwise"]
    channels: Size
    positions: Size
    taps: Size


class Buffer(_Layer):
    """Activations held on the chip (skip maps, a key/value cache): area, leakage, traffic."""

    kind: Literal["buffer"]
    elements: Amount
    reads: Amount = 0
    writes: Amount = 0


class Lookup(_Layer):
    """A table of `rows` vectors of which `lookups` are read; it stays in DRAM."""

    kind: Literal["lookup"]
    rows: Size
    width: Size
    lookups: Size


Layer = Annotated[
    MatrixProduct
    | Convolution
    | DynamicProduct
    | Attention
    | FeedForward
    | Elementwise
    | Depthwise
    | Buffer
    | Lookup,
    Field(discriminator="kind"),
]
