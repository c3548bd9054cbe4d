"""Which macros a proof need not look at: what no better chip of two technologies can be made of.

At given multipliers a chip costs at least the sum over its blocks, those on RRAM on one macro and
those on SRAM on another one. So every assignment of technologies keeps macros of its own. Whole
geometries may be left out first: there are five to twenty times fewer of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import BlockBounds, Multiplier
from cmn_core.search.inner.block_costs import CostTables

# Which assignment of technologies, RRAM macro, SRAM macro; macros by number.
Mixed = tuple[int, int, int]

_SUBSETS = 2 ** np.arange(BLOCKS)  # number of a set of blocks: the sum of these
_FEW = 3  # sets of blocks that are quicker to add up one by one
_SLIMMER = 0.7  # share of the macros from which on what is left is copied out


@dataclass(frozen=True, eq=False)
class Sieve:
    """Assignments and macros of one architecture that have not been left out.

    which: numbers of the assignments [M] of which `masks` [N, 4] say which blocks are on RRAM;
    sides, macros: of RRAM and of SRAM, the latter by number [W]; left: [M, W] of each.
    """

    masks: Bools
    which: Ints
    sides: tuple[BlockBounds, BlockBounds]
    macros: tuple[Ints, Ints]
    left: tuple[Bools, Bools]

    @classmethod
    def whole(
        cls,
        tables: Sequence[CostTables],
        row: int,
        masks: Bools,
        limits: Limits,
        *,
        energy: bool = True,
    ) -> Sieve:
        """All worthy macros of an architecture; energy: whether it counts."""
        macros = tables[0].catalogue.worthy, tables[1].catalogue.worthy
        left = [np.ones((len(masks), len(some)), dtype=bool) for some in macros]
        which = np.arange(len(masks))
        return cls._of(tables, row, masks, limits, which, macros, left, energy=energy)

    @classmethod
    def _of(
        cls,
        tables: Sequence[CostTables],
        row: int,
        masks: Bools,
        limits: Limits,
        which: Ints,
        macros: Sequence[Ints],
        left: Sequence[Bools],
        *,
        energy: bool = True,
    ) -> Sieve:
        rram, sram = (
            _side(table, row, some, limits, energy)
            for table, some in zip(tables, macros, strict=True)
        )
        return cls(masks, which, (rram, sram), (macros[0], macros[1]), (left[0], left[1]))

    def finer(self, tables: Sequence[CostTables], row: int, limits: Limits) -> Sieve:
        """Of this sieve of geometries (of `CostTables.outline`) the macros."""
        macros, left = [], []
        for table, outlines, mine in zip(tables, self.macros, self.left, strict=True):
            worthy = table.catalogue.worthy
            shapes = table.outline.catalogue.shape[outlines]
            own = table.catalogue.shape[worthy]
            at = np.minimum(np.searchsorted(shapes, own), len(shapes) - 1)
            there = shapes[at] == own
            macros.append(worthy[there])
            left.append(mine[:, at[there]])
        return self._of(tables, row, self.masks, limits, self.which, macros, left)

    @property
    def counts(self) -> tuple[int, int]:
        """Macros of either memory."""
        return len(self.macros[0]), len(self.macros[1])

    @property
    def empty(self) -> bool:
        """Whether no chip is left."""
        return min(self.counts) == 0

    @property
    def chips(self) -> int:
        """Assignments with a macro of either memory."""
        first, second = (some.sum(axis=1) for some in self.left)
        return int((first * second).sum())

    def sums(self, multiplier: Multiplier, rest_us: Floats) -> tuple[Floats, Floats]:
        """[M, W] least costs of the blocks of either memory, infinite where left out already;
        rest_us: [4] what all other blocks take at the least."""
        first, second = self.added([one.floor(multiplier, rest_us) for one in self.sides])
        return first, second

    def added(self, costs: Sequence[Floats]) -> list[Floats]:
        """Costs [4, W] of blocks to sums over the blocks of either memory [M, W]."""
        mine = self.masks[self.which]
        return [
            np.where(some, _sums(values, rows), np.inf)
            for values, rows, some in zip(costs, (mine, ~mine), self.left, strict=True)
        ]

    def least(self, multiplier: Multiplier, rest_us: Floats) -> float:
        """What any chip costs at least."""
        first, second = self.sums(multiplier, rest_us)
        return float((first.min(axis=1) + second.min(axis=1)).min())

    def passing(self, bundle: Sequence[Multiplier], rest_us: Floats) -> Sieve:
        """What may keep every multiplier of the list."""
        out = self
        for multiplier in reversed(bundle):  # the limits come last, and are the quickest
            if out.empty:
                break
            first, second = out.sums(multiplier, rest_us)
            most = multiplier.below
            good = (
                first + second.min(axis=1)[:, None] < most,
                second + first.min(axis=1)[:, None] < most,
            )
            out = replace(out, left=good)._slim(_SLIMMER)
        return out._slim(1.0)

    def loosely(self, bundle: Sequence[Multiplier], rest_us: Floats) -> Sieve:
        """What may keep every multiplier of the list if blocks need not share a macro, nor go with
        any assignment: less is left out than by `passing`, in a fifth of the time."""
        out = self
        for multiplier in reversed(bundle):
            if out.empty:
                break
            floors = [one.floor(multiplier, rest_us) for one in out.sides]
            least = [values.min(axis=1, keepdims=True) for values in floors]
            left = list(out.left)
            for k, own in enumerate(floors):
                other = least[1 - k]  # every block may go to the other side, but one
                cheapest = np.minimum(own, other).sum(axis=0)
                dearer = np.subtract(own, other, out=np.full_like(own, np.inf), where=own < np.inf)
                good = cheapest + np.maximum(dearer.min(axis=0), 0.0) < multiplier.below
                left[k] = left[k] & good
            out = replace(out, left=(left[0], left[1]))._slim(_SLIMMER)
        return out._slim(1.0)

    def pairs(
        self, bundle: Sequence[Multiplier], rest_us: Floats, reach: int
    ) -> tuple[list[tuple[Mixed, float]], bool]:
        """Chips that keep all of the list, with the share of the dearest that they take, and
        whether there are more: of each assignment the `reach` nearest macros and chips count."""
        tables = [one.costs(np.arange(one.count)) for one in self.sides]
        sums = []
        for multiplier in bundle:
            costs = [
                one.exactly(multiplier, rest_us, table)
                for one, table in zip(self.sides, tables, strict=True)
            ]
            sums.append(self.added(costs))
        out: list[tuple[Mixed, float]] = []
        more = False
        for at, which in enumerate(self.which.tolist()):
            shares = [np.zeros(count) for count in self.counts]
            for multiplier, pair in zip(bundle, sums, strict=True):
                mine = [one[at] for one in pair]
                for k in range(2):
                    best = (mine[k] + mine[1 - k].min()) / multiplier.below
                    shares[k] = np.maximum(shares[k], best)
            (rows, cut), (columns, cut_too) = (_nearest(v, reach) for v in shares)
            more |= cut or cut_too
            if len(rows) == 0 or len(columns) == 0:
                continue
            share = np.zeros((len(rows), len(columns)))
            for multiplier, (first, second) in zip(bundle, sums, strict=True):
                total = first[at, rows][:, None] + second[at, columns][None]
                share = np.maximum(share, total / multiplier.below)
            flat, cut = _nearest(share.ravel(), reach)
            more |= cut
            for place in flat.tolist():
                i, j = divmod(place, len(columns))
                chip = which, int(self.macros[0][rows[i]]), int(self.macros[1][columns[j]])
                out.append((chip, float(share[i, j])))
        return out, more

    def _slim(self, share: float) -> Sieve:
        """Without what is left out everywhere, where no more than a share of macros is left."""
        columns = [np.flatnonzero(some.any(axis=0)) for some in self.left]
        counts = zip(columns, self.counts, strict=True)
        if all(len(some) > share * count or len(some) == count for some, count in counts):
            return self
        rows = np.flatnonzero(self.left[0].any(axis=1) & self.left[1].any(axis=1))
        return self._among(rows, columns)

    def _among(self, rows: Ints, columns: Sequence[Ints]) -> Sieve:
        rram, sram = (one.some(k) for one, k in zip(self.sides, columns, strict=True))
        macros = [own[k] for own, k in zip(self.macros, columns, strict=True)]
        left = [some[np.ix_(rows, k)] for some, k in zip(self.left, columns, strict=True)]
        return Sieve(
            self.masks, self.which[rows], (rram, sram), (macros[0], macros[1]), (left[0], left[1])
        )

    def union(self, parts: Sequence[Sieve]) -> Sieve:
        """What is left in any of the parts of this one."""
        if len(parts) == 1:
            return parts[0]
        left = [np.zeros_like(some) for some in self.left]
        for part in parts:
            rows = np.searchsorted(self.which, part.which)
            for k, own in enumerate(left):
                columns = np.searchsorted(self.macros[k], part.macros[k])
                own[np.ix_(rows, columns)] |= part.left[k]
        return replace(self, left=(left[0], left[1]))._slim(1.0)


def _side(table: CostTables, row: int, macros: Ints, limits: Limits, energy: bool) -> BlockBounds:
    """An architecture on macros by number."""
    rates = table.rates(np.full(len(macros), row), macros, energy=energy)
    budget = None if table.budget is None else table.budget.some(np.array([row]))
    return BlockBounds(rates, table.copies, limits, budget)


def _sums(costs: Floats, sets: Bools) -> Floats:
    """Costs [4, W] of blocks to sums [M, W] over sets [M, 4] of them."""
    if len(sets) <= _FEW:
        return np.stack([costs[one].sum(axis=0) for one in sets])
    out = np.empty((2**BLOCKS, costs.shape[1]))
    out[0] = 0.0
    for b in range(BLOCKS):
        np.add(out[: 2**b], costs[b], out=out[2**b : 2 ** (b + 1)])
    return out[sets @ _SUBSETS]


def _nearest(shares: Floats, reach: int) -> tuple[Ints, bool]:
    """Places of shares [N] below 1, the least `reach` of them; whether there are more."""
    places = np.flatnonzero(shares < 1.0)
    if len(places) <= reach:
        return places, False
    return places[np.argsort(shares[places], kind="stable")[:reach]], True
