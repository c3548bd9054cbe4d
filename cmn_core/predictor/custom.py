"""A predictor of one's own: fitted to a table that somebody brings, as ours is to the shipped ones.

It takes up to a minute, so that whoever serves pages leaves it to a process of its own.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.errors import FieldError
from cmn_core.predictor.basis import Basis
from cmn_core.predictor.estimate import Predictor
from cmn_core.predictor.table import NEEDED, MeasuredTable

LEAST_NETWORKS = 60  # docs/search.md says what so few are worth
LEAST_SPREAD = 0.2  # points of mIoU between the best and the worst
LEAST_TAU = 0.3  # between predicted and measured, of networks that the fit had not seen
_WORKINGS = ("shape", "folds")  # of a fit, which no prediction needs
_COLUMNS = (*NEEDED[:-1], "weight_bits", "output_sigma", "miou")
_FAR = 0.8  # of the largest hidden size, and 1 / _FAR of the smallest: so far the table should go


class OwnPredictor(Predictor):
    """Stands on somebody's own table; `reach` is what its networks span."""

    def __init__(self, space: SearchSpace, facts: Mapping[str, Any]) -> None:
        super().__init__(space, facts)
        self.reach: Mapping[str, Any] = facts["reach"]
        self.basis = Basis(images=None)

    @property
    def source(self) -> str:
        p, q = self.provenance, self.quality
        return (
            f"predicted from {p['subnets']} networks of an own table, SHA-256 {p['digest'][:12]};"
            f" on networks left out mean error {q['mean_error']:.2f} points,"
            f" Kendall tau {q['kendall_tau']:.2f}"
        )


def check_own(table: MeasuredTable, name: str = "accuracy_table") -> dict[Architecture, float]:
    """mIoU of each network, the mean where one was measured more than once.

    FieldError for a table with too few networks, or none better than another, to learn from.
    """
    found: dict[Architecture, list[float]] = {}
    for network, miou in zip(table.networks, table.miou, strict=True):
        found.setdefault(network, []).append(miou)
    means = {network: float(np.mean(values)) for network, values in found.items()}
    if len(means) < LEAST_NETWORKS:
        few = f"found {len(means)} different networks"
        raise FieldError(name, few, f"at least {LEAST_NETWORKS} are needed to predict the others")
    spread = max(means.values()) - min(means.values())
    if spread < LEAST_SPREAD:
        flat = f"best and worst network are {spread:.2g} points of mIoU apart"
        wanted = f"at least {LEAST_SPREAD:g} are needed to tell networks apart"
        raise FieldError(name, flat, wanted)
    return means


def fit_own(table: MeasuredTable, digest: str, name: str = "accuracy_table") -> dict[str, Any]:
    """What `OwnPredictor` reads; FieldError where the table does not say which networks are better.

    digest: SHA-256 of the file. Rows of few bits and of output errors are taken in where their
    network was measured without them, too.
    """
    from cmn_core.predictor.fitting import fit

    means = check_own(table, name)
    space = SPACES[table.space]
    with tempfile.TemporaryDirectory(prefix="cmn-table-") as folder:
        path = Path(folder) / "table.csv"
        _write(path, table, means)
        facts = fit(space, path, {"digest": digest})
    tau = facts["quality"]["kendall_tau"]
    if not tau >= LEAST_TAU:
        poor = f"Kendall tau {tau:.2f} between predicted and measured mIoU of networks left out"
        wanted = f"at least {LEAST_TAU:g}; more networks, or less noise in them, would help"
        raise FieldError(name, poor, wanted)
    genes = np.array([[*n.experts, *n.hidden] for n in means])
    reach = {"low": genes.min(axis=0).tolist(), "high": genes.max(axis=0).tolist()}
    return {key: value for key, value in facts.items() if key not in _WORKINGS} | {"reach": reach}


def beyond(space: SearchSpace, reach: Mapping[str, Any]) -> str:
    """Where a search goes and the table did not, as one sentence; empty where it spans all."""
    low, high = reach["low"], reach["high"]
    blocks = range(BLOCKS)
    wide = all(low[b] == 1 and high[b] == MAX_EXPERTS for b in blocks) and all(
        low[BLOCKS + b] * _FAR <= max(2 * MIN_HIDDEN, 0.1 * space.max_hidden[b])
        and high[BLOCKS + b] >= _FAR * space.max_hidden[b]
        for b in blocks
    )
    if wide:
        return ""
    experts = " ".join(f"{low[b]}–{high[b]}" for b in blocks)
    hidden = " ".join(f"{low[BLOCKS + b]}–{high[BLOCKS + b]}" for b in blocks)
    return (
        f"The table's networks have {experts} experts and hidden sizes {hidden}; beyond that the"
        " predicted mIoU is extrapolated, and its interval says too little."
    )


def _write(path: Path, table: MeasuredTable, means: Mapping[Architecture, float]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(_COLUMNS)
        for network, miou in sorted(means.items(), key=lambda item: _genes(item[0])):
            out.writerow([*_genes(network), "", "", repr(miou)])
        for row in table.others:
            if row.network in means:
                bits, sigma = row.weight_bits or "", row.output_sigma or ""
                out.writerow([*_genes(row.network), bits, sigma, repr(row.miou)])


def _genes(network: Architecture) -> tuple[int, ...]:
    return (*network.experts, *network.hidden)
