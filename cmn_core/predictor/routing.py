"""How many of its tokens a block sends to the busiest expert under top-k, from the measured tables.

Each row of a table holds, for every block and k, the share of tokens that the busiest expert of the
block's worst layer gets if each token uses its k first choices. Hidden sizes hardly move it
(docs/simulator.md), so the median of the rows with as many experts in that block is the prediction.
A row also holds how often each expert of a block is the first choice; of their mean comes how often
each works where a token uses k: as if it drew k experts one after the other, each by these shares
among those that are left (Plackett, 1975).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import permutations
from pathlib import Path

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS
from cmn_core.design import Workload
from cmn_core.predictor.estimate import FOLDER

LOW, HIGH = 0.05, 0.95
LEAST_ROWS = 10
Key = tuple[int, int, int]  # block from 0, experts, k
# Share of the tokens that the busiest expert gets, by block, experts and experts of a token.
Loads = tuple[tuple[tuple[float, ...], ...], ...]
# Shares of the tokens that each of MAX_EXPERTS experts gets, by the same; all 0 where not measured.
ExpertLoads = tuple[tuple[tuple[tuple[float, ...], ...], ...], ...]


@dataclass(frozen=True)
class Busiest:
    """Shares of blocks 1 to 4 with the range of 90 % of the measured networks."""

    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


@dataclass(frozen=True)
class Routing:
    """shares: median, 5 % and 95 % quantile by block, experts and k; networks: measured rows;
    first: share of the tokens that have each expert as their first choice, by block and experts."""

    dataset: str
    networks: int
    shares: Mapping[Key, tuple[float, float, float]]
    first: Mapping[tuple[int, int], tuple[float, ...]] = field(default_factory=dict)

    @property
    def source(self) -> str:
        return f"measured on {self.networks} subnets, {self.dataset} validation images"

    @property
    def loads(self) -> Loads:
        """The medians; 1, which no load is above, where all experts of a block work and where
        hardly any network was measured."""
        known = range(MAX_EXPERTS + 1)
        medians = {key: middle for key, (middle, *_) in self.shares.items()}
        return tuple(
            tuple(
                tuple(medians.get((b, e, k), 1.0) if k < e else 1.0 for k in known) for e in known
            )
            for b in range(BLOCKS)
        )

    @cached_property
    def expert_loads(self) -> ExpertLoads:
        """Of every expert, as the search takes them."""
        known = range(MAX_EXPERTS + 1)

        def padded(block: int, experts: int, top_k: int) -> tuple[float, ...]:
            loads = self._loads_of(block, experts, top_k) or ()
            return (*loads, *(0.0,) * (MAX_EXPERTS - len(loads)))

        return tuple(
            tuple(tuple(padded(b, e, k) for k in known) for e in known) for b in range(BLOCKS)
        )

    def loads_of(
        self, experts: Sequence[int], top_k: Sequence[int]
    ) -> tuple[tuple[float, ...], ...] | None:
        """Share of the tokens of each expert of each block, whose sum is the experts of a token;
        None where some number of experts was hardly measured."""
        rows = enumerate(zip(experts, top_k, strict=True))
        found = [self._loads_of(block, count, used) for block, (count, used) in rows]
        return None if None in found else tuple(found)  # type: ignore[arg-type]

    def _loads_of(self, block: int, experts: int, top_k: int) -> tuple[float, ...] | None:
        if experts <= top_k:
            return (1.0,) * experts
        first = self.first.get((block, experts))
        return None if first is None or top_k < 1 else drawn(first, top_k)

    def busiest(self, experts: Sequence[int], top_k: Sequence[int]) -> Busiest | None:
        """For one network with so many experts of a token in each block; a block that uses all its
        experts sends each every token. None where some number of experts was hardly measured."""
        found = []
        for block, (count, used) in enumerate(zip(experts, top_k, strict=True)):
            whole = count <= used
            known = (1.0, 1.0, 1.0) if whole else self.shares.get((block, count, used))
            if known is None:
                return None
            found.append(known)
        share, low, high = zip(*found, strict=True)
        return Busiest(share, low, high)


@cache
def load_routing(space: str, dataset: str) -> Routing | None:
    """From the table that ships for that space and data set; None where none holds routing."""
    path = FOLDER / f"{space}_{dataset}.csv"
    return read_routing(path, dataset) if path.exists() else None


def routing_of(
    space: str, dataset: str, experts: Sequence[int], workload: Workload
) -> Routing | None:
    """What was measured for a network with so many experts in each block; None where all of them
    work on every token and where hardly any such network was measured."""
    used = workload.experts_of_token
    if used is None or workload.dense(experts):
        return None
    found = load_routing(space, dataset)
    return None if found is None or found.busiest(experts, used) is None else found


def read_routing(table: Path, dataset: str) -> Routing | None:
    """From a table of `measure`: its rows in floating point without an output error."""
    found: dict[Key, list[float]] = {}
    choices: dict[tuple[int, int], list[list[float]]] = {}
    networks = 0
    with table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row.get("weight_bits") or row.get("output_sigma") or not row.get("busiest"):
                continue
            networks += 1
            for block, text in enumerate(row["busiest"].split("/")[:BLOCKS]):
                shares = [float(share) for share in text.split()]
                for k, share in enumerate(shares, start=1):
                    found.setdefault((block, len(shares), k), []).append(share)
            for block, text in enumerate((row.get("routing") or "").split("/")[:BLOCKS]):
                first = [float(share) for share in text.split()]
                if first:
                    choices.setdefault((block, len(first)), []).append(first)
    known = {key: values for key, values in found.items() if len(values) >= LEAST_ROWS}
    if not known:
        return None
    quantiles = {
        key: tuple(float(q) for q in np.quantile(values, (0.5, LOW, HIGH)))
        for key, values in known.items()
    }
    means = {key: np.mean(rows, axis=0) for key, rows in choices.items() if len(rows) >= LEAST_ROWS}
    chosen = {key: tuple((mean / mean.sum()).tolist()) for key, mean in means.items()}
    return Routing(dataset, networks, quantiles, chosen)  # type: ignore[arg-type]


def drawn(first: Sequence[float], count: int) -> tuple[float, ...]:
    """How often each is among `count` drawn one after the other without putting back, by shares
    that add up to 1."""
    out = [0.0] * len(first)
    for order in permutations(range(len(first)), count):
        chance, left = 1.0, 1.0
        for one in order:
            chance, left = chance * first[one] / left, left - first[one]
        for one in order:
            out[one] += chance
    return tuple(out)
