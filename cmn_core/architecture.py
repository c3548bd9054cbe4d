"""The search space (widths and depths of SegFormer's MiT-B0..B2) and one point of it.

A block is one stage of the hierarchical encoder. What is searched in each block is the number
of experts of its FFNs (1 = a dense FFN) and the hidden size of every expert.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Ints
from cmn_core.errors import FieldError

BLOCKS = 4
MAX_EXPERTS = 5
MIN_HIDDEN = 16


@dataclass(frozen=True)
class Architecture:
    """Experts and hidden size of the four blocks; nothing else is searched."""

    experts: tuple[int, int, int, int]
    hidden: tuple[int, int, int, int]

    @property
    def digest(self) -> str:
        """Sixteen hex digits that name this architecture in caches and random streams."""
        return digest_of(self.row())

    def row(self) -> list[int]:
        """The eight genes: experts of blocks 1..4, then hidden sizes of blocks 1..4."""
        return [*self.experts, *self.hidden]

    @classmethod
    def from_row(cls, row: object) -> Architecture:
        """row: 8 integers as given by `row()`."""
        genes = [int(g) for g in np.asarray(row).ravel()]
        if len(genes) != 2 * BLOCKS:
            raise ValueError(f"an architecture has 8 genes, not {len(genes)}")
        e1, e2, e3, e4, h1, h2, h3, h4 = genes
        return cls((e1, e2, e3, e4), (h1, h2, h3, h4))


def parted(genes: Ints) -> tuple[Ints, Ints]:
    """genes [..., 8] or [..., 12] -> experts and hidden sizes [..., 4]; of 12 the last four, how
    many experts work on a token of each block, stand behind the experts: [..., 8]."""
    experts, hidden = genes[..., :BLOCKS], genes[..., BLOCKS : 2 * BLOCKS]
    if genes.shape[-1] > 2 * BLOCKS:
        experts = np.concatenate([experts, genes[..., 2 * BLOCKS :]], axis=-1)
    return experts, hidden


def digest_of(genes: Iterable[int]) -> str:
    """Sixteen hex digits of a row of genes."""
    text = ",".join(map(str, genes))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class SearchSpace:
    """Fixed shape of the network around the searched FFNs.

    Source: SegFormer (Xie et al., 2021), table of MiT-B0..B2; `decoder_width` is its head's width.
    """

    name: str
    widths: tuple[int, int, int, int]
    depths: tuple[int, int, int, int]
    heads: tuple[int, int, int, int]
    kv_reduction: tuple[int, int, int, int]
    decoder_width: int
    patch_kernel: tuple[int, int, int, int] = (7, 3, 3, 3)
    patch_stride: tuple[int, int, int, int] = (4, 2, 2, 2)

    @property
    def max_hidden(self) -> tuple[int, int, int, int]:
        a, b, c, d = self.widths
        return 4 * a, 4 * b, 4 * c, 4 * d

    @property
    def largest(self) -> Architecture:
        """Every expert, every hidden unit."""
        return Architecture((MAX_EXPERTS,) * 4, self.max_hidden)

    @property
    def smallest(self) -> Architecture:
        return Architecture((1,) * 4, (MIN_HIDDEN,) * 4)

    @property
    def lower(self) -> Ints:
        """[8] lowest gene values."""
        return np.array(self.smallest.row(), dtype=np.int64)

    @property
    def upper(self) -> Ints:
        """[8] highest gene values."""
        return np.array(self.largest.row(), dtype=np.int64)

    def check(self, architecture: Architecture, path: str = "architecture") -> Architecture:
        """Return it, or raise FieldError naming the first gene outside this space."""
        for b in range(BLOCKS):
            e, h, top = architecture.experts[b], architecture.hidden[b], self.max_hidden[b]
            if not 1 <= e <= MAX_EXPERTS:
                raise FieldError(
                    f"{path}.experts[{b}]", f"found {e}", f"allowed are 1 to {MAX_EXPERTS}"
                )
            if not MIN_HIDDEN <= h <= top:
                raise FieldError(
                    f"{path}.hidden[{b}]",
                    f"found {h}",
                    f"block {b + 1} of {self.name} allows {MIN_HIDDEN} to {top}",
                )
        return architecture

    def grids(self, height: int, width: int) -> list[tuple[int, int]]:
        """Token grid (rows, columns) of each block for an image of that size.

        Convolution arithmetic of the overlapping patch embeddings, padding = kernel // 2.
        """
        grids = []
        for kernel, stride in zip(self.patch_kernel, self.patch_stride, strict=True):
            pad = kernel // 2
            height = (height + 2 * pad - kernel) // stride + 1
            width = (width + 2 * pad - kernel) // stride + 1
            grids.append((height, width))
        return grids


SPACES: dict[str, SearchSpace] = {
    "b0": SearchSpace("b0", (32, 64, 160, 256), (2, 2, 2, 2), (1, 2, 5, 8), (8, 4, 2, 1), 256),
    "b1": SearchSpace("b1", (64, 128, 320, 512), (2, 2, 2, 2), (1, 2, 5, 8), (8, 4, 2, 1), 256),
    "b2": SearchSpace("b2", (64, 128, 320, 512), (3, 4, 6, 3), (1, 2, 5, 8), (8, 4, 2, 1), 768),
}
