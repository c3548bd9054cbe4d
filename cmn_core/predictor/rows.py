"""Rows of a measured table as arrays: networks, how each was run, and what it got."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.predictor.basis import LEAST_PREDICTED_BITS, Basis

MOST_BITS = 16  # what floating point stands for
GENES = tuple(f"{kind}{b + 1}" for kind in "eh" for b in range(BLOCKS))


@dataclass(frozen=True, eq=False)
class TableRows:
    """N rows. genes: [N, 8], or [N, 16] as `surface.as_run` has them where the table varies more
    than the architecture; bits 0 stand for floating point. noise: deviation of mIoU, known of rows
    that saw some of the images, else 0. basis: what the table varies, None for the former.
    """

    genes: Ints
    weight_bits: Ints
    output_sigma: Floats
    miou: Floats
    noise: Floats
    basis: Basis | None

    @cached_property
    def exact(self) -> tuple[Ints, Floats, Floats]:
        """Genes, mIoU and noise of what the surface is fitted to: rows without output error, and
        in floating point where the genes do not tell the bits, else with bits that can be
        predicted."""
        chosen = self.output_sigma == 0.0
        if self.basis is None:
            chosen &= self.weight_bits == 0
        else:
            bits = self.genes[:, -2:]
            chosen &= ((bits == 0) | (bits >= LEAST_PREDICTED_BITS)).all(axis=1)
        return self.genes[chosen], self.miou[chosen], self.noise[chosen]


def read_table(table: Path) -> TableRows:
    """A table of `measure`, of this release or an earlier one."""
    with table.open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))

    def whole(name: str) -> Ints:
        return np.array([int(r.get(name) or 0) for r in found], dtype=np.int64)

    def real(name: str) -> Floats:
        return np.array([float(r.get(name) or 0.0) for r in found])

    genes = np.array([[int(r[n]) for n in GENES] for r in found], dtype=np.int64)
    size = np.stack([whole("height"), whole("width")], axis=1)
    weight_bits, activation_bits = whole("weight_bits"), whole("activation_bits")
    basis = None
    if size.any():
        experts = genes[:, :BLOCKS].tolist()
        routing = zip(found, experts, strict=True)
        top_k = np.array(
            [[int(k) for k in (r["top_k"] or "").split("/") if k] or e for r, e in routing]
        )
        bits = np.stack([weight_bits, activation_bits], axis=1)
        genes = np.concatenate([genes, top_k, size, bits], axis=1)
        sizes = sorted({(int(h), int(w)) for h, w in size.tolist()})
        least = [int(np.where(b == 0, MOST_BITS, b).min()) for b in bits.T]
        known = [max(b, LEAST_PREDICTED_BITS) for b in least]
        basis = Basis(tuple(sizes), bool((top_k < experts).any()), *known)
    return TableRows(genes, weight_bits, real("output_sigma"), real("miou"), real("noise"), basis)
