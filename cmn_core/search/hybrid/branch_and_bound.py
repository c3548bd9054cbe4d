"""Chips of two technologies, proven best: pairs of macros, and the technology of every block.

Active energy, latency, area and capacity of a chip are sums over its blocks. At given
multipliers the least cost of a chip is therefore the sum of the least costs of its blocks, each on
the macro of its technology, and a chip that beats the best one so far lies below a threshold
(lagrangian.py). Few macros can, then few pairs and assignments; their replicas are set exactly,
until no other pair can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.hybrid.lagrangian import CUT, PIECES, LowerBounds, multipliers
from cmn_core.search.hybrid.pruning import first_cut, geometries, kept, side
from cmn_core.search.inner.block_costs import CostTables, Rates
from cmn_core.search.inner.proof.branch_and_bound import attempt, closest, eased
from cmn_core.search.objective import RANKS, Merit

# Which assignment of technologies, RRAM macro, SRAM macro; macros by place among the worthy ones.
Mixed = tuple[int, int, int]

_TURN, _MOST = 16, 256  # chips tried before the threshold is drawn anew, first and later
_REACH = 64  # macros of each technology that are paired with each other, twice as many if too few
_FURTHEST, _PATIENCE = 512, 300  # reach, and chips tried, after which a proof is given up


@dataclass(frozen=True)
class Mixture:
    """Best mixed chips of A architectures.

    rram [A, 4]: which blocks are on RRAM; macros [A, 2]: numbers of the RRAM and the SRAM macro;
    level [A, 4] of replicas; won [A]: whether a mixed chip beats what was known; tried [A] chips
    whose replicas were set; proven [A]: whether no other mixed chip within the limits is better.
    """

    rram: Bools
    macros: Ints
    level: Ints
    won: Bools
    tried: Ints
    proven: Bools


def best_mixed(
    tables: tuple[CostTables, CostTables],
    assignments: Sequence[tuple[bool, ...]],
    *,
    objective: str,
    limits: Limits,
    known: Merit,
) -> Mixture:
    """The best chip for each architecture that beats the merit `known` [A] of another.

    tables: of RRAM and of SRAM; assignments: which blocks may be on RRAM together, some but not
    all. Where nothing known meets the limits and no chip that is good at one thing does either,
    the nearest of these is the result, without a proof.
    """
    limits = eased(limits)
    masks = np.array(assignments, dtype=bool)
    merits = np.column_stack([known.missing, known.value]).tolist()
    searches = [
        _MixtureSearch(tables, row, masks, objective, limits, tuple(merit))
        for row, merit in enumerate(merits)
    ]
    count = len(searches)
    out = Mixture(
        np.zeros((count, BLOCKS), dtype=bool),
        np.zeros((count, 2), dtype=np.int64),
        np.zeros((count, BLOCKS), dtype=np.int64),
        np.zeros(count, dtype=bool),
        np.zeros(count, dtype=np.int64),
        np.zeros(count, dtype=bool),
    )
    alive = searches
    while alive:
        asked = [(search, search.ask()) for search in alive]
        _answer(tables, masks, asked, objective, limits)
        alive = [search for search in alive if not search.over]
    for row, search in enumerate(searches):
        out.tried[row] = len(search.tried)
        out.proven[row] = search.proven and search.feasible
        if search.chip is not None:
            which, *pair = search.chip
            out.rram[row], out.level[row] = masks[which], search.level
            out.macros[row] = [t.catalogue.worthy[k] for t, k in zip(tables, pair, strict=True)]
            out.won[row] = True
    return out


class _MixtureSearch:
    """The search for one architecture by ask and tell; best: excess by rank, then objective."""

    def __init__(
        self,
        tables: tuple[CostTables, CostTables],
        row: int,
        masks: Bools,
        objective: str,
        limits: Limits,
        known: tuple[float, ...],
    ) -> None:
        self.row, self.best, self.over = row, known, False
        self.chip: Mixed | None = None
        self.proven = True
        self.level = np.zeros(BLOCKS, dtype=np.int64)
        self.tried: set[Mixed] = set()
        self._masks, self._objective, self._limits = masks, objective, limits
        self._places = [np.arange(len(table.catalogue.worthy)) for table in tables]
        quick = self.feasible and objective in CUT
        if quick:  # most macros serve no better chip, which is soon seen
            self._places = geometries(tables, row, objective, limits, known[-1])
        self._hopeless = min(len(places) for places in self._places) == 0
        if not self._hopeless:
            self._bounds = [
                side(table, row, table.catalogue.worthy[places], limits)
                for table, places in zip(tables, self._places, strict=True)
            ]
            if quick:
                self._keep(first_cut(self._bounds, objective, limits, known[-1]))
                self._hopeless = min(side.count for side in self._bounds) == 0
        if not self._hopeless:
            self._least = LowerBounds.of(self._bounds, limits)
            self._hopeless = not np.isfinite(self._least.latency_us)  # all outputs are spoilt
        self._begun, self._turn, self._reach, self._cut = False, _TURN, _REACH, False
        self._listed: list[Mixed] | None = None
        self._listed_at = np.inf

    @property
    def feasible(self) -> bool:
        """Whether the best chip so far keeps the limits."""
        return bool(np.isfinite(self.best[-1]))

    def ask(self) -> list[Mixed]:
        """Chips to try next, none of them tried before; afterwards `over` may be set."""
        if self._hopeless:
            fresh, self.over = [], True
        elif not self.feasible:
            fresh = [] if self._begun else self._promising()
            self.over = self._begun
        else:
            if self._listed is None or self.best[-1] < self._listed_at:
                self._cut, self._listed_at = False, self.best[-1]
                self._listed = self._hopeful()
            fresh = [chip for chip in self._listed if chip not in self.tried]
            if len(fresh) > self._turn and not self._begun:
                fresh = [chip for chip in self._promising() if chip not in self.tried]
            else:
                self.over = len(fresh) <= self._turn and not self._cut
                if len(fresh) <= self._turn:
                    self._reach, self._listed = 2 * self._reach, None
                fresh, self._turn = fresh[: self._turn], min(4 * self._turn, _MOST)
        self._begun = True
        self.tried.update(fresh)
        if not self.over and (len(self.tried) >= _PATIENCE or self._reach > _FURTHEST):
            self.over, self.proven = True, False
        return fresh

    def tell(self, chip: Mixed, level: Ints, merit: tuple[float, ...]) -> None:
        if merit < self.best or (merit == self.best and self.chip is not None and chip < self.chip):
            self.best, self.chip, self.level = merit, chip, level

    def _promising(self) -> list[Mixed]:
        """Of every assignment the pairs that are best at one multiplier."""
        least = self._least
        wanted = {
            "latency": [Multiplier(0.0, per_us=1.0)],
            "energy": [Multiplier(0.0, energy=1.0, least_us=least.latency_us)],
            "edp": [least.balanced(1.0, 0.0)],
            "edap": [least.balanced(1.0, 1.0)],
            "tops_per_mm2": [least.balanced(0.0, 1.0)],
        }[self._objective]
        if not self.feasible:
            wanted = [*wanted, least.balanced(1.0, 0.0), Multiplier(0.0, per_us=1.0)]
            wanted += [Multiplier(0.0, energy=1.0, least_us=least.latency_us)]
            wanted += [Multiplier(0.0, per_mm2=1.0), Multiplier(0.0, per_mb=1.0)]
        out = []
        for multiplier in wanted:
            rare = least.rare(multiplier)
            costs = [s.floor(rare[len(rare) // 2], least.rest_us) for s in self._bounds]
            sums = self._sums(costs)
            places = [
                known[v.argmin(axis=1)].tolist()
                for known, v in zip(self._places, sums, strict=True)
            ]
            good = np.isfinite(sums[0].min(axis=1) + sums[1].min(axis=1))
            out += [(k, places[0][k], places[1][k]) for k in np.flatnonzero(good).tolist()]
        return list(dict.fromkeys(out))

    def _hopeful(self) -> list[Mixed]:
        """Chips that may beat the best one, the most hopeful first."""
        found: dict[Mixed, float] = {}
        for pieces in (1, PIECES):
            found.clear()
            reached = [np.zeros(side.count, dtype=bool) for side in self._bounds]
            args = self._objective, self.best[-1], self._least, self._limits
            for bundle in multipliers(*args, pieces=pieces):
                good = kept(self._bounds, bundle, self._least.rest_us)
                if min(len(places) for places in good) == 0:
                    continue
                for mask, places in zip(reached, good, strict=True):
                    mask[places] = True
                if pieces > 1:
                    for chip, share in self._pairs(bundle, good):
                        found[chip] = min(share, found.get(chip, np.inf))
            self._keep([np.flatnonzero(mask) for mask in reached])
        return sorted(found, key=lambda chip: (found[chip], chip))

    def _keep(self, left: Sequence[Ints]) -> None:
        """What is left out once stays out: the best score only falls."""
        self._places = [old[new] for old, new in zip(self._places, left, strict=True)]
        self._bounds = [side.some(new) for side, new in zip(self._bounds, left, strict=True)]

    def _sums(self, costs: Sequence[Floats]) -> tuple[Floats, Floats]:
        """Costs [4, N] of each side to sums over its blocks [assignments, N]."""
        out = []
        for values, mine in zip(costs, (self._masks, ~self._masks), strict=True):
            total = np.zeros((len(mine), values.shape[1]))
            for b in range(BLOCKS):
                total = total + np.where(mine[:, b, None], values[b], 0.0)
            out.append(total)
        return out[0], out[1]

    def _pairs(self, bundle: list[Multiplier], places: list[Ints]) -> list[tuple[Mixed, float]]:
        """Chips that keep all of the list, with the share of the dearest that they take."""
        tables = [s.costs(k) for s, k in zip(self._bounds, places, strict=True)]
        sums = []
        for multiplier in bundle:
            costs = [
                s.exactly(multiplier, self._least.rest_us, table)
                for s, table in zip(self._bounds, tables, strict=True)
            ]
            sums.append(self._sums(costs))
        known = [old[k] for old, k in zip(self._places, places, strict=True)]
        out: list[tuple[Mixed, float]] = []
        for which in range(len(self._masks)):
            shares = [np.zeros(len(k)) for k in places]
            for multiplier, pair in zip(bundle, sums, strict=True):
                mine = [side[which] for side in pair]
                for k in range(2):
                    best = (mine[k] + mine[1 - k].min()) / multiplier.below
                    shares[k] = np.maximum(shares[k], best)
            rows, columns = (self._nearest(v) for v in shares)
            if len(rows) == 0 or len(columns) == 0:
                continue
            share = np.zeros((len(rows), len(columns)))
            for multiplier, (first, second) in zip(bundle, sums, strict=True):
                total = first[which, rows][:, None] + second[which, columns][None]
                share = np.maximum(share, total / multiplier.below)
            flat = self._nearest(share.ravel())
            for place in flat.tolist():
                i, j = divmod(place, len(columns))
                chip = which, int(known[0][rows[i]]), int(known[1][columns[j]])
                out.append((chip, float(share[i, j])))
        return out

    def _nearest(self, shares: Floats) -> Ints:
        """Places of shares [N] below 1, the least `reach` of them; `cut` when there are more."""
        places = np.flatnonzero(shares < 1.0)
        if len(places) <= self._reach:
            return places
        self._cut = True
        return places[np.argsort(shares[places], kind="stable")[: self._reach]]


def _answer(
    tables: tuple[CostTables, CostTables],
    masks: Bools,
    asked: list[tuple[_MixtureSearch, list[Mixed]]],
    objective: str,
    limits: Limits,
) -> None:
    """Set the replicas of all chips that were asked for, and tell."""
    flat = [(search, chip) for search, chips in asked for chip in chips]
    if not flat:
        return
    rows = np.array([search.row for search, _ in flat])
    chips = np.array([chip for _, chip in flat])
    parts = [t.rates(rows, t.catalogue.worthy[chips[:, k + 1]]) for k, t in enumerate(tables)]
    rates: Rates = parts[0].mixed(parts[1], masks[chips[:, 0]].T)
    copies = tables[0].copies
    known = np.array([search.best[-1] for search, _ in flat])
    level, score = attempt(rates, copies, objective, limits, known)
    missing = np.zeros((len(flat), RANKS))
    some = np.flatnonzero(np.isinf(known) & np.isinf(score))
    if len(some):
        level[some], missing[some] = closest(rates.some(some), copies, limits)
    merits = np.column_stack([missing, score]).tolist()
    for (search, chip), its_level, merit in zip(flat, level, merits, strict=True):
        search.tell(chip, its_level, tuple(merit))
