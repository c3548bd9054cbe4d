"""What errors of single blocks and noise of weights cost, from a table of `disturb`."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats


def disturbed_table(table: Path) -> Path:
    """Where the `disturb` command puts its rows for a measured table."""
    return table.with_name(f"{table.stem}_disturbed.csv")


def sensitivity(table: Path) -> dict[str, Any]:
    """Medians over the subnets of a disturbed table (columns of supernet.disturbance).

    shares: of each block in what equal output errors of all blocks cost, from the loss over the
    squared error of that block alone. write_noise, read_noise: the output error, in all blocks,
    that costs as much as noise of 1: root of loss over the sum of the blocks' slopes, over noise.
    Subnets that an unfinished table has not all blocks of are left out; empty where none is left.
    """
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    genes = [tuple(r[f"{k}{b + 1}"] for k in "eh" for b in range(BLOCKS)) for r in rows]
    exact = {g: float(r["miou"]) for g, r in zip(genes, rows, strict=True) if r["kind"] == "none"}

    def losses(subnet: tuple[str, ...], kind: str, block: int) -> dict[float, float]:
        """Mean over the seeds of what was lost, by sigma."""
        found: dict[float, list[float]] = {}
        for g, r in zip(genes, rows, strict=True):
            if (g, r["kind"], int(r["block"])) == (subnet, kind, block):
                found.setdefault(float(r["sigma"]), []).append(exact[subnet] - float(r["miou"]))
        return {sigma: float(np.mean(lost)) for sigma, lost in found.items()}

    shares: list[Floats] = []
    factors: dict[str, list[float]] = {"write": [], "read": []}
    for subnet in exact:
        alone = [losses(subnet, "output", b + 1) for b in range(BLOCKS)]
        if not all(alone):
            continue
        each = [np.mean([v / s**2 for s, v in block.items()]) for block in alone]
        slopes = np.maximum(np.array(each), 0.0)
        shares.append(slopes / slopes.sum())
        for kind, known in factors.items():
            for sigma, lost in losses(subnet, kind, 0).items():
                known.append(float(np.sqrt(max(lost, 0.0) / slopes.sum()) / sigma))
    if not shares or not all(factors.values()):
        return {}
    middle = np.median(shares, axis=0)
    return {
        "shares": (middle / middle.sum()).tolist(),
        **{f"{kind}_noise": float(np.median(known)) for kind, known in factors.items()},
    }
