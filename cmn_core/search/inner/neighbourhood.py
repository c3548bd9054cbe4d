"""Architectures to find hardware for, and what counts: the questions that the inner search asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.cim.costs import BlockCosts, ChipCost
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.grid import Grid
from cmn_core.search.inner.replicas import allocate
from cmn_core.search.inner.water_filling import pack
from cmn_core.search.objective import Merit, score

_PROMISING = 6  # changes whose replicas are set exactly
_SHARES = (1.0, 0.5, 0.2)  # of the capacity, tried for every change of a knob


@dataclass(frozen=True)
class GridNeighbourhood:
    """experts, hidden: [A, 4]. `rows` of the methods are indices into them.

    thorough: whether a descent also tries pairs of knobs.
    """

    grid: Grid
    experts: Ints
    hidden: Ints
    objective: str
    limits: Limits
    thorough: bool = True

    @property
    def variables(self) -> list[int]:
        """Knobs that can vary."""
        return [int(v) for v in np.flatnonzero(self.grid.sizes[: self.grid.knob_count] > 1)]

    def evaluate(self, rows: Ints, index: Ints) -> Merit:
        """Merit [A, M] of the points [A, M, D] for architectures `rows`."""
        good = self.grid.buildable(index)
        chip = self.grid.chip(self.experts[rows], self.hidden[rows], self._safe(index))
        value = score(chip, objective=self.objective, limits=self.limits)
        return value.where(good, Merit.nowhere())

    def settle(self, rows: Ints, index: Ints) -> Ints:
        """Points [A, D] with exact replicas and technologies; unbuildable ones stay."""
        better = allocate(
            self.grid,
            self.experts[rows],
            self.hidden[rows],
            self._safe(index),
            objective=self.objective,
            limits=self.limits,
        )
        return np.where(self.grid.buildable(index)[:, None], better, index)

    def exact(self, rows: Ints, index: Ints) -> Ints:
        """[A, 1, D] the point itself, settled."""
        return self.settle(rows, index)[:, None]

    def packed(self, rows: Ints, index: Ints, share: Floats) -> Ints:
        """Points [A, M, D] with replicas that use about that share [A, M] of the capacity."""
        levels = self.grid.arrays[self.grid.replica_slice]
        if max(len(v) for v in levels) == 1:
            return index
        safe = self._safe(index)
        single = safe.copy()
        single[..., self.grid.replica_slice] = 0
        latency, capacity = self._singles(rows, single)
        lowest = np.array([v[0] for v in levels])
        work = np.maximum((latency - self._fixed(rows, single)) * lowest, 1e-9)
        capacity = capacity / lowest
        least = (capacity * lowest).sum(axis=-1)
        most = self.limits.max_array_mb
        if most is None:
            most = (capacity * np.array([v[-1] for v in levels])).sum(axis=-1)
        budget = least + share * np.maximum(most - least, 0.0)
        out = index.copy()
        out[..., self.grid.replica_slice] = pack(work, capacity, budget, levels)
        return out

    def moves(self, rows: Ints, index: Ints, variable: int) -> Ints:
        """[A, M, D] every level of one knob of index [A, D], with the replicas as they are and
        with others, because a macro that packs less leaves room for fewer."""
        plain = self._varied(index, [(variable,)])
        return np.concatenate([plain, self._repacked(rows, plain, _SHARES)], axis=1)

    def neighbours(self, rows: Ints, index: Ints) -> Ints:
        """[A, M, D] all pairs of knobs of one technology, single replicas and technologies, and
        the best single changes of a knob with exact replicas."""
        rest = np.flatnonzero(self.grid.sizes > 1)[len(self.variables) :]
        tried = [self._promising(rows, index), self._varied(index, [(int(v),) for v in rest])]
        if self.thorough:
            pairs = self._varied(index, self._knob_pairs())
            tried += [pairs, self._repacked(rows, pairs, _SHARES[:1])]
        return np.concatenate(tried, axis=1)

    def _knob_pairs(self) -> list[tuple[int, int]]:
        """Pairs of knobs of one technology that both can vary."""
        free = self.grid.sizes > 1
        spans = [self.grid.knob_slice(t) for t in self.grid.technologies]
        return [
            (a, b)
            for span in spans
            for a, b in combinations(range(span.start, span.stop), 2)
            if free[a] and free[b]
        ]

    def _promising(self, rows: Ints, index: Ints) -> Ints:
        """[A, K, D]: a change that loses with replicas by rule may win with the best ones."""
        plain = self._varied(index, [(v,) for v in self.variables])
        if plain.shape[1] == 0:
            return plain
        tried = np.concatenate([plain, self._repacked(rows, plain, _SHARES)], axis=1)
        merit = self.evaluate(rows, tried).reshape(len(rows), -1, plain.shape[1])
        best = merit[:, 0]
        for k in range(1, merit.value.shape[1]):
            best = merit[:, k].where(merit[:, k].less(best), best)
        knobs = slice(0, self.grid.knob_count)
        changed = (plain[..., knobs] != index[:, None, knobs]).any(axis=-1)
        order = best.where(changed, Merit.nowhere()).order()[:, :_PROMISING]
        return self.settled(rows, np.take_along_axis(plain, order[..., None], axis=1))

    def _varied(self, index: Ints, groups: Sequence[tuple[int, ...]]) -> Ints:
        """[A, M, D] every combination of levels of the variables of each group in turn."""
        parts = [np.empty((len(index), 0, index.shape[1]), dtype=np.int64)]
        for group in groups:
            levels = np.indices([int(self.grid.sizes[v]) for v in group]).reshape(len(group), -1)
            part = np.repeat(index[:, None], levels.shape[1], axis=1)
            part[..., list(group)] = levels.T
            parts.append(part)
        return np.concatenate(parts, axis=1)

    def _repacked(self, rows: Ints, points: Ints, shares: Sequence[float]) -> Ints:
        """[A, len(shares) * M, D] the points, replicas by rule for each share of the capacity."""
        wanted = np.repeat(shares, points.shape[1])
        again = np.tile(points, (1, len(shares), 1))
        return self.packed(rows, again, np.broadcast_to(wanted, again.shape[:2]))

    def settled(self, rows: Ints, index: Ints) -> Ints:
        """Points [A, M, D] with exact replicas and technologies."""
        again = np.repeat(rows, index.shape[1])
        return self.settle(again, index.reshape(len(again), -1)).reshape(index.shape)

    def chip(self, index: Ints) -> ChipCost:
        """Costs [A] of one buildable point [A, D] per architecture."""
        return first(self.grid.chip(self.experts, self.hidden, self._safe(index)[:, None]))

    def _safe(self, index: Ints) -> Ints:
        """An unbuildable point has no price; a buildable one stands in for it and is overruled."""
        good = self.grid.buildable(index)
        return index if good.all() else np.where(good[..., None], index, self.grid.start())

    def _singles(self, rows: Ints, index: Ints) -> tuple[Floats, Floats]:
        """Latency (ns) and capacity (MB) of each block with its share of other: [A, M, 4]."""
        tables = {
            t.name: _latency_capacity(
                self.grid.block_costs(t, self.experts[rows], self.hidden[rows], index)
            )
            for t in self.grid.technologies
        }
        if len(tables) == 1:
            return next(iter(tables.values()))
        rram = self.grid.memory_is_rram(index)
        return (
            np.where(rram, tables["rram"][0], tables["sram"][0]),
            np.where(rram, tables["rram"][1], tables["sram"][1]),
        )

    def _fixed(self, rows: Ints, index: Ints) -> Floats:
        """[A, M, 4] latency that copies do not shorten, as it is on the default macro."""
        tables = self._fixed_tables
        if len(tables) == 1:
            return next(iter(tables.values()))[rows][:, None]
        rram = self.grid.memory_is_rram(index)
        return np.where(rram, tables["rram"][rows][:, None], tables["sram"][rows][:, None])

    @cached_property
    def _fixed_tables(self) -> dict[str, Floats]:
        """Per technology [A, 4]: latency is fixed + work / r at the fewest and the most copies."""
        levels = self.grid.arrays[self.grid.replica_slice]
        few = np.repeat(self.grid.start()[None, None], len(self.experts), axis=0)
        many = few.copy()
        many[..., self.grid.replica_slice] = [len(v) - 1 for v in levels]
        low, high = (np.array([v[k] for v in levels]) for k in (0, -1))
        out = {}
        for technology in self.grid.technologies:
            slow, fast = (
                _latency_capacity(
                    self.grid.block_costs(technology, self.experts, self.hidden, point)
                )[0][:, 0]
                for point in (few, many)
            )
            span = np.maximum(1.0 / low - 1.0 / high, 1e-9)
            out[technology.name] = np.maximum(slow - (slow - fast) / span / low, 0.0)
        return out


def first(chip: ChipCost) -> ChipCost:
    """Costs [A, 1] -> [A]."""
    return ChipCost(**{name: np.asarray(value)[:, 0] for name, value in vars(chip).items()})


def _latency_capacity(costs: BlockCosts) -> tuple[Floats, Floats]:
    return (
        np.asarray(costs.latency_ns + costs.other_latency_ns),
        np.asarray(costs.array_mb + costs.other_array_mb),
    )
