"""Chips of two technologies, proven best: pairs of macros, and the technology of every block.

Active energy, latency, area and capacity of a chip are sums over its blocks. At given
multipliers the least cost of a chip is therefore the sum of the least costs of its blocks, each on
the macro of its technology, and a chip that beats the best one so far lies below a threshold
(lagrangian.py). Few macros can, then few pairs and assignments; their replicas are set exactly,
until no other pair can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Ints
from cmn_core.search.constraints import Limits
from cmn_core.search.hybrid.block_bounds import Multiplier
from cmn_core.search.hybrid.lagrangian import CUT, PIECES, LowerBounds, limiting, multipliers
from cmn_core.search.hybrid.mixture import Mixture
from cmn_core.search.hybrid.pruning import Mixed, Sieve
from cmn_core.search.hybrid.tightening import tightened
from cmn_core.search.inner.block_costs import CostTables, Rates
from cmn_core.search.inner.proof.branch_and_bound import attempt, closest, contenders, eased
from cmn_core.search.objective import RANKS, Merit, energy_counts

_MANY = 256  # chips that are worth a tighter multiplier
_TURN, _MOST = 16, 256  # chips tried before the threshold is drawn anew, first and later
_REACH = 64  # macros of each technology that are paired with each other, twice as many if too few
_FURTHEST, _PATIENCE = 512, 300  # reach, and chips tried, after which a proof is given up
_THOROUGH = 4_000  # the same of a proof that is to be thorough


def best_mixed(
    tables: tuple[CostTables, CostTables],
    assignments: Sequence[tuple[bool, ...]],
    *,
    objective: str,
    limits: Limits,
    known: Merit,
    thorough: bool = False,
) -> Mixture:
    """The best chip for each architecture that beats the merit `known` [A] of another.

    tables: of RRAM and of SRAM; assignments: which blocks may be on RRAM together, some but not
    all. Where nothing known meets the limits and no chip that is good at one thing does either,
    the nearest of these is the result, without a proof. thorough: hardly any proof is given up, and
    a chip within the limits is looked for as long.
    """
    limits = eased(limits)
    masks = np.array(assignments, dtype=bool)
    merits = np.column_stack([known.missing, known.value]).tolist()
    searches = [
        _MixtureSearch(tables, row, masks, objective, limits, tuple(merit), thorough)
        for row, merit in enumerate(merits)
    ]
    out = Mixture.none(len(searches))
    alive = searches
    while alive:
        asked = [(search, search.ask()) for search in alive]
        _answer(tables, masks, asked, objective, limits)
        alive = [search for search in alive if not search.over]
    for row, search in enumerate(searches):
        out.tried[row] = len(search.tried)
        out.proven[row] = search.proven and (search.feasible or thorough)
        if search.chip is not None:
            which, *pair = search.chip
            out.rram[row], out.level[row] = masks[which], search.level
            out.macros[row] = pair
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
        thorough: bool,
    ) -> None:
        self.row, self.best, self.over, self.thorough = row, known, False, thorough
        self.chip: Mixed | None = None
        self.proven = True
        self.level = np.zeros(BLOCKS, dtype=np.int64)
        self.tried: set[Mixed] = set()
        self._masks, self._objective, self._limits = masks, objective, limits
        self._sieve = self._begin(tables)
        self._hopeless = self._sieve.empty
        if not self._hopeless:
            self._least = self._bounds()
            self._hopeless = not np.isfinite(self._least.latency_us)  # all outputs are spoilt
        self._tight: Multiplier | None = None
        self._begun, self._turn, self._reach, self._cut = False, _TURN, _REACH, False
        self._listed: list[Mixed] | None = None
        self._listed_at = np.inf

    def _begin(self, tables: Sequence[CostTables]) -> Sieve:
        """The macros that may serve a better chip, as far as is soon seen."""
        limits = self._limits
        if not (self.feasible and self._objective in CUT):
            return Sieve.whole(tables, self.row, self._masks, limits)
        tables = [contenders(table, self._objective, limits) for table in tables]
        if energy_counts(self._objective, limits):  # else geometries tell little
            outlines = [table.outline for table in tables]
            sieve = self._soon(Sieve.whole(outlines, self.row, self._masks, limits))
            if sieve.empty:
                return sieve
            return self._soon(sieve.finer(tables, self.row, limits))
        whole = Sieve.whole(tables, self.row, self._masks, limits, energy=False)
        return self._soon(whole)

    def _bounds(self) -> LowerBounds:
        """What multipliers are made from."""
        plain = self.feasible and not energy_counts(self._objective, self._limits)
        make = LowerBounds.begun if plain and self._objective in CUT else LowerBounds.of
        return make(self._sieve.sides, self._limits)

    def _soon(self, sieve: Sieve) -> Sieve:
        """What a few multipliers leave."""
        least = LowerBounds.begun(sieve.sides, self._limits)
        return sieve.loosely(least.wanted(self._objective, self.best[-1]), least.rest_us)

    @property
    def feasible(self) -> bool:
        """Whether the best chip so far keeps the limits."""
        return bool(np.isfinite(self.best[-1]))

    def ask(self) -> list[Mixed]:
        """Chips to try next, none of them tried before; afterwards `over` may be set."""
        if self._hopeless:
            fresh, self.over = [], True
        elif not (self.feasible or self.thorough):
            fresh = [] if self._begun else self._promising()
            self.over = self._begun
        else:
            if self._listed is None or self.best[-1] < self._listed_at:
                self._cut, self._listed_at = False, self.best[-1]
                self._listed = self._hopeful()
            fresh = [chip for chip in self._listed if chip not in self.tried]
            good = len(fresh) <= self._turn and self.feasible  # to begin with
            if fresh and not (good or self._begun):
                fresh = [chip for chip in self._promising() if chip not in self.tried]
            else:
                self.over = len(fresh) <= self._turn and not self._cut
                if len(fresh) <= self._turn:
                    self._reach, self._listed = 2 * self._reach, None
                fresh, self._turn = fresh[: self._turn], min(4 * self._turn, _MOST)
        self._begun = True
        self.tried.update(fresh)
        late = len(self.tried) >= (_THOROUGH if self.thorough and self.feasible else _PATIENCE)
        late |= self._reach > _FURTHEST and not self.thorough
        if late and not self.over:
            self.over, self.proven = True, False
        return fresh

    def tell(self, chip: Mixed, level: Ints, merit: tuple[float, ...]) -> None:
        if merit < self.best or (merit == self.best and self.chip is not None and chip < self.chip):
            self.best, self.chip, self.level = merit, chip, level

    def _promising(self) -> list[Mixed]:
        """Of every assignment the pairs that are best at one multiplier."""
        least = self._least
        wanted = [least.plain(self._objective)]
        if not self.feasible:
            wanted = [*wanted, least.balanced(1.0, 0.0), Multiplier(0.0, per_us=1.0)]
            wanted += [Multiplier(0.0, energy=1.0, least_us=least.latency_us)]
            wanted += [Multiplier(0.0, per_mm2=1.0), Multiplier(0.0, per_mb=1.0)]
        out = []
        chosen = []
        for multiplier in wanted:
            rare = least.rare(multiplier)
            chosen += [rare[len(rare) // 2], *least.crowded(multiplier)[1:2]]
        if least.points is not None and not self.feasible:
            chosen.append(Multiplier(0.0, per_point=1.0))
        if self._tight is not None:
            chosen.append(self._tight)
        macros = self._sieve.macros
        for multiplier in chosen:
            sums = self._sieve.sums(multiplier, least.rest_us)
            good = np.isfinite(sums[0].min(axis=1) + sums[1].min(axis=1))
            picked = [k[v[good].argmin(axis=1)] for k, v in zip(macros, sums, strict=True)]
            chips = np.column_stack([self._sieve.which[good], *picked])
            out += [(which, rram, sram) for which, rram, sram in chips.tolist()]
        return list(dict.fromkeys(out))

    def _hopeful(self) -> list[Mixed]:
        """Chips that may beat the best one, the most hopeful first."""
        found: dict[Mixed, float] = {}
        if self._sieve.empty:
            return []
        for pieces in (PIECES,) if self._objective in CUT else (1, PIECES):
            found.clear()
            parts = []
            for bundle in self._bundles(pieces):
                part = self._sieve.passing(bundle, self._least.rest_us)
                if not part.empty and self._tighten(part):
                    self._tight = self._tightest(bundle, part)
                    bundle = [*bundle, self._tight]
                    part = part.passing([self._tight], self._least.rest_us)
                if part.empty:
                    continue
                parts.append(part)
                if pieces > 1:
                    pairs, more = part.pairs(bundle, self._least.rest_us, self._reach)
                    self._cut |= more
                    for chip, share in pairs:
                        found[chip] = min(share, found.get(chip, np.inf))
            if not parts:
                return []
            self._sieve = self._sieve.union(parts)
        return sorted(found, key=lambda chip: (found[chip], chip))

    def _tighten(self, part: Sieve) -> bool:
        """Whether one more multiplier is worth what it takes to find."""
        return self.thorough or (self._objective in CUT and part.chips > _MANY)

    def _bundles(self, pieces: int) -> Iterable[list[Multiplier]]:
        """Lists of multipliers: a chip that is wanted keeps all of one of them."""
        if not self.feasible:
            return [list(limiting(self._least, self._limits))]
        args = self._objective, self.best[-1], self._least, self._limits
        return multipliers(*args, pieces=pieces)

    def _tightest(self, bundle: Sequence[Multiplier], part: Sieve) -> Multiplier:
        """One more multiplier of the list, for what is left."""
        own = bundle[0] if self.feasible else Multiplier(0.0)
        if (most := self._limits.max_array_mb) is not None:  # it says itself what a MB is worth
            own = replace(own, per_mb=0.0, below=own.below - own.per_mb * most)
        return tightened(own, lambda m: part.least(m, self._least.rest_us), self._limits)


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
    parts = [t.rates(rows, chips[:, k + 1]) for k, t in enumerate(tables)]
    rates: Rates = parts[0].mixed(parts[1], masks[chips[:, 0]].T)
    copies = tables[0].copies
    known = np.array([search.best[-1] for search, _ in flat])
    level, score = attempt(rates, copies, objective, limits, known)
    over = np.zeros(len(flat))
    if (budget := tables[0].budget) is not None:
        lost = budget.lost(rates.sigma_rel) - budget.allowed[rows]
        score[lost > 0.0] = np.inf
        over = np.maximum(lost, 0.0) / (limits.min_miou or np.inf)
    missing = np.where(np.isinf(score)[:, None], np.inf, np.zeros((len(flat), RANKS)))
    found = np.isin(rows, rows[np.isfinite(score)])  # what is within the limits comes first
    some = np.flatnonzero(np.isinf(known) & ~found)
    if len(some) and not flat[0][0].thorough:  # nothing near is asked for
        level[some], missing[some] = closest(rates.some(some), copies, limits)
        missing[some, 0] = over[some]
    merits = np.column_stack([missing, score]).tolist()
    for (search, chip), its_level, merit in zip(flat, level, merits, strict=True):
        search.tell(chip, its_level, tuple(merit))
