"""What the blocks of one architecture cost on either memory, whole or with idle experts away.

A block has an option for every number of experts that lie on RRAM: none (all of it on SRAM), the
idlest one, two, ..., all (all of it on RRAM). Of each option either memory holds a part, so that
an option costs what its parts cost, but for the time of the experts, which is the longer one.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.portion import portions
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import BlockBounds, Multiplier
from cmn_core.search.inner.block_costs import CostTables, Rates
from cmn_core.search.inner.block_options import LOST, QUANTITIES
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import Grid, routed

Pair = tuple[int, int]  # an RRAM and a SRAM macro
_AWAY, _HOME = 0, 1  # sides: RRAM, SRAM


class Splits:
    """One architecture, row `row` of both tables (of RRAM and of SRAM).

    counts: numbers of experts on RRAM of blocks that have both, from 1; known [4, C]: which of them
    a block can have.
    """

    def __init__(
        self,
        tables: tuple[CostTables, CostTables],
        row: int,
        experts: Ints,
        hidden: Ints,
        limits: Limits,
        budget: ErrorBudget | None,
    ) -> None:
        """experts, hidden: [4 or 8], [4] of the architecture; budget: of its error alone. Macros:
        the worthy ones of both tables."""
        self.grid: Grid = tables[0].grid
        self._tables, self._row, self._limits, self._budget = tables, row, limits, budget
        own = experts[:BLOCKS]
        self.counts = np.arange(1, int(own.max()))
        self.known: Bools = (self.counts < own[:, None]) & self.grid.measured(experts)[:, None]
        self.numbers: list[Ints] = [table.catalogue.worthy for table in tables]
        self._parts: list[CostTables] = []
        if self.known.any():
            load, there = self._placed(experts)
            busiest = routed(self.grid, experts[None]).get("busiest", 1.0)
            halves = portions(load, there, np.zeros((1, BLOCKS), dtype=bool), busiest)
            genes = np.repeat(experts[None], len(self.counts), axis=0)
            sizes = np.repeat(hidden[None], len(self.counts), axis=0)
            self._parts = [
                CostTables.of(self.grid, table.catalogue, genes, sizes, None, half)
                for table, half in zip(tables, halves, strict=True)
            ]

    def among(self, numbers: Sequence[Ints]) -> Splits:
        """The same on some macros of RRAM and of SRAM, by number."""
        out = copy(self)
        for name in ("_whole", "_halves"):
            out.__dict__.pop(name, None)
        out.numbers = list(numbers)
        return out

    def likely(self, multipliers: Sequence[Multiplier], some: int) -> Splits:
        """The same on the macros, `some` for each multiplier and memory, that cost least as SRAM of
        whole blocks and as RRAM of all experts but the busiest."""
        nobody = np.zeros(BLOCKS)
        sram = self._side(self._tables[_HOME], self._row, _HOME)
        rram = self._side(self._parts[_AWAY], len(self.counts) - 1, _AWAY)
        several = self.known.any(axis=1)
        chosen: list[list[Ints]] = [[], []]
        for multiplier in multipliers:
            away = rram.floor(multiplier, nobody)[several].sum(axis=0)
            home = sram.floor(multiplier, nobody).sum(axis=0)
            for k, cost in ((_AWAY, away), (_HOME, home)):
                chosen[k].append(np.argsort(cost, kind="stable")[:some])
        return self.among(
            [n[np.unique(np.concatenate(c))] for n, c in zip(self.numbers, chosen, strict=True)]
        )

    def _placed(self, experts: Ints) -> tuple[Floats, Bools]:
        """Load of every expert, and whether it lies on RRAM, for each count [C, 4, E]."""
        away = np.minimum(self.counts[:, None], experts[:BLOCKS] - 1)
        rram = np.zeros(away.shape, dtype=bool)
        load, there = self.grid.on_rram(experts[None], rram, away)
        return np.broadcast_to(load, there.shape), there

    @property
    def macros(self) -> tuple[int, int]:
        """How many of either memory may be the best ones somewhere."""
        return len(self.numbers[_AWAY]), len(self.numbers[_HOME])

    @property
    def possible(self) -> bool:
        """Whether any block can have experts on both memories."""
        return bool(self.known.any())

    def pair(self, number: int) -> Pair:
        """Numbers of the RRAM and the SRAM macro of a pair."""
        first, second = divmod(number, self.macros[1])
        return int(self.numbers[_AWAY][first]), int(self.numbers[_HOME][second])

    @property
    def copies(self) -> Floats:
        """[4, R] levels of replicas."""
        return self._tables[0].copies

    @cached_property
    def _whole(self) -> list[BlockBounds]:
        return [self._side(table, self._row, k) for k, table in enumerate(self._tables)]

    @cached_property
    def _halves(self) -> list[tuple[BlockBounds, BlockBounds]]:
        """Of each count the part on RRAM and that on SRAM, as a bound takes them: the experts of
        the memory that is quicker at its best take no time, so that the two add up to less than
        the block."""
        out = []
        for at in range(len(self.counts)):
            sides = [self._side(table, at, k).rates for k, table in enumerate(self._parts)]
            work = [self._experts_us(rates).min(axis=1) for rates in sides]
            slower = (work[_AWAY] >= work[_HOME])[:, None]
            away, home = (
                replace(rates, expert_us=np.where(mine, _known(rates.expert_us), 0.0))
                for rates, mine in zip(sides, (slower, ~slower), strict=True)
            )
            out.append((self._bounds(away), self._bounds(home)))
        return out

    @staticmethod
    def _experts_us(rates: Rates) -> Floats:
        return np.asarray(_known(rates.expert_us) * _known(rates.expert_tokens))

    def _side(self, table: CostTables, row: int, memory: int) -> BlockBounds:
        number = self.numbers[memory]
        return self._bounds(table.rates(np.full(len(number), row), number))

    def _bounds(self, rates: Rates) -> BlockBounds:
        return BlockBounds(rates, self.copies, self._limits, self._budget)

    def floors(self, multiplier: Multiplier, rest_us: Floats) -> tuple[Floats, Floats]:
        """Least costs of what RRAM and SRAM hold of each option, [O, 4, W] each, a bound.

        Options: none of the experts on RRAM, each of the counts, all of them.
        """
        rram, sram = (side.floor(multiplier, rest_us) for side in self._whole)
        away, home = [np.zeros_like(rram)], [sram]
        for known, (one, other) in zip(self.known.T, self._halves, strict=True):
            away.append(one.floor(multiplier, rest_us))
            home.append(np.where(known[:, None], other.floor(multiplier, rest_us), np.inf))
        return np.stack([*away, rram]), np.stack([*home, np.zeros_like(sram)])

    def least(self) -> tuple[BlockBounds, BlockBounds, SplitBlock]:
        """What `LowerBounds` are made of: blocks on RRAM, on SRAM, and in two parts."""
        rram, sram = self._whole
        return rram, sram, SplitBlock(self, sram)

    def options(self, pairs: Ints) -> tuple[dict[str, list[Floats]], list[Ints], list[Ints]]:
        """Quantities of every option of blocks on pairs of macros, per block [P, O]; per block how
        many experts of each are on RRAM (-1: all of the block) and its level of replicas [O].
        """
        places = np.divmod(pairs, self.macros[1])
        numbers = [known[k] for known, k in zip(self.numbers, places, strict=True)]
        rows = np.full(len(pairs), self._row)
        sram, rram = (self._tables[k].rates(rows, numbers[k]) for k in (_HOME, _AWAY))
        found = [(0, self._costs(sram)), (-1, self._costs(rram))]
        for at, count in enumerate(self.counts.tolist()):
            both = [
                part.rates(np.full(len(pairs), at), numbers[k])
                for k, part in enumerate(self._parts)
            ]
            found.append((count, self._mixed(both[_AWAY], both[_HOME])))
        levels = self.copies.shape[1]
        costs: dict[str, list[Floats]] = {name: [] for name in found[0][1]}
        counts, level = [], []
        for b in range(BLOCKS):
            mine = [k for k, (n, _) in enumerate(found) if n < 1 or self.known[b, n - 1]]
            for name, columns in costs.items():
                columns.append(np.concatenate([found[k][1][name][b] for k in mine], axis=-1))
            counts.append(np.repeat([found[k][0] for k in mine], levels))
            level.append(np.tile(np.arange(levels), len(mine)))
        return costs, counts, level

    def _costs(self, rates: Rates) -> dict[str, Floats]:
        """Quantities [4, P, R] of parts at every level of replicas."""
        table = {**rates.at(self.copies[:, None]), "sigma_rel": rates.sigma_rel[..., None]}
        if self._budget is not None:
            table[LOST] = self._budget.parts(rates.sigma_rel)[..., None]
        shape = (BLOCKS, rates.array_mb.shape[1], self.copies.shape[1])
        return {name: np.broadcast_to(value, shape) for name, value in table.items()}

    def _mixed(self, away: Rates, home: Rates) -> dict[str, Floats]:
        """Both parts together; of their experts the slower ones set the time."""
        sides = [replace(r, expert_us=np.zeros_like(_known(r.expert_us))) for r in (away, home)]
        first, second = (self._costs(rates) for rates in sides)
        out = {name: first[name] + second[name] for name in QUANTITIES}
        times = [
            _known(r.expert_us)[..., None]
            * np.ceil(_known(r.expert_tokens)[..., None] / self.copies[:, None])
            for r in (away, home)
        ]
        out["latency_us"] = out["latency_us"] + np.maximum(*times)
        for name in ("sigma_rel", LOST):  # SRAM has no error
            if name in first:
                out[name] = first[name]
        return out


class SplitBlock:
    """Blocks in two parts on the macros that are best for each, as `LowerBounds` ask sides: nothing
    is quicker than on SRAM alone, whose time is part of theirs."""

    def __init__(self, splits: Splits, sram: BlockBounds) -> None:
        self._splits, self._sram = splits, sram
        self.fastest_us, self.root, self.root_mm2 = sram.fastest_us, sram.root, sram.root_mm2
        self.fixed_mm2, self.points = sram.fixed_mm2, sram.points

    def floor(self, multiplier: Multiplier, rest_us: Floats) -> Floats:
        """[4, 1] least cost of each block, a bound."""
        away, home = self._splits.floors(multiplier, rest_us)
        both = away[1:-1].min(axis=2) + home[1:-1].min(axis=2)
        least = both.min(axis=0) if len(both) else np.full(BLOCKS, np.inf)
        return np.asarray(least[:, None])


def _known(value: Floats | None) -> Floats:
    assert value is not None  # portions always state the time of their experts
    return value
