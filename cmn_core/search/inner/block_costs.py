"""Costs of architectures on the macros of one technology, from counts instead of whole chips.

Sums built here equal the simulator's but for rounding; whatever is chosen by them is priced by the
simulator in the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.array_counts import Tally, tally
from cmn_core.cim.portion import Portion
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.grid import Grid, routed
from cmn_core.search.inner.macros import Catalogue


@dataclass(frozen=True, eq=False)
class Rates:
    """Costs of the four blocks with their shares of other as functions of copies: [4, K] each.

    tokens, kv_tokens: [4, 1]; latency = fixed_us + steps_us x rounds + max(scores_us x rounds,
    keys_us x kv_rounds) + expert_us x expert_rounds, the last where experts get some of the tokens
    alone; active energy = fixed_uj + wire_uj x sqrt(copies) + array_uj x copies,
    of which the last is what arrays take while the chip waits.
    """

    tokens: Floats
    kv_tokens: Floats
    fixed_us: Floats
    steps_us: Floats
    scores_us: Floats
    keys_us: Floats
    fixed_uj: Floats
    wire_uj: Floats
    array_mb: Floats
    core_mm2: Floats
    fixed_mm2: Floats
    array_w: Floats
    array_uj: Floats
    fixed_w: Floats
    sigma_rel: Floats
    expert_tokens: Floats | None = None
    expert_us: Floats | None = None

    @property
    def work_us(self) -> Floats:
        """[4, K] array time of one copy, which r copies cannot bring below its r-th part."""
        most = np.maximum(self.scores_us * self.tokens, self.keys_us * self.kv_tokens)
        work = self.steps_us * self.tokens + most
        if self.expert_us is None or self.expert_tokens is None:
            return work
        return np.asarray(work + self.expert_us * self.expert_tokens)

    def some(self, columns: Ints) -> Rates:
        """The rates of some of the K."""
        return Rates(**{n: v[:, columns] if v.shape[1] > 1 else v for n, v in self._known()})

    def _known(self) -> list[tuple[str, Floats]]:
        return [(n, v) for n, v in vars(self).items() if v is not None]

    def mixed(self, other: Rates, mine: Bools) -> Rates:
        """These where mine [4, K], else the other's."""
        theirs = vars(other)
        return Rates(**{n: np.where(mine, v, theirs[n]) for n, v in self._known()})

    def at(self, copies: Floats) -> dict[str, Floats]:
        """Quantities of block_options.QUANTITIES [4, K, ...] with copies [4, K or 1, ...]."""
        shape = (slice(None),) * 2 + (None,) * (copies.ndim - 2)
        rounds = np.ceil(self.tokens[shape] / copies)
        kv_rounds = np.ceil(self.kv_tokens[shape] / copies)
        first = np.maximum(self.scores_us[shape] * rounds, self.keys_us[shape] * kv_rounds)
        if self.expert_us is not None and self.expert_tokens is not None:
            expert_rounds = np.ceil(self.expert_tokens[shape] / copies)
            first = first + self.expert_us[shape] * expert_rounds
        return {
            "active_uj": self.fixed_uj[shape]
            + self.wire_uj[shape] * np.sqrt(copies)
            + self.array_uj[shape] * copies,
            "latency_us": self.fixed_us[shape] + (self.steps_us[shape] * rounds + first),
            "area_mm2": self.fixed_mm2[shape] + self.core_mm2[shape] * copies,
            "array_mb": self.array_mb[shape] * copies,
            "standby_w": self.fixed_w[shape] + self.array_w[shape] * copies,
        }


@dataclass(frozen=True, eq=False)
class CostTables:
    """Architectures [A] on every macro of a catalogue; budget: of their error, where that counts
    beyond the limit on it."""

    grid: Grid
    catalogue: Catalogue
    counts: Tally
    budget: ErrorBudget | None = None

    @classmethod
    def of(
        cls,
        grid: Grid,
        catalogue: Catalogue,
        experts: Ints,
        hidden: Ints,
        budget: ErrorBudget | None = None,
        portion: Portion | None = None,
    ) -> CostTables:
        """portion: [A, 4] what of the blocks is on these macros, None for all of them."""
        counts = tally(
            grid.space,
            grid.workload,
            catalogue.technology,
            **routed(grid, experts),
            hidden=hidden,
            shapes=catalogue.shapes,
            scope=grid.scope,
            portion=portion,
        )
        return cls(grid, catalogue, counts, budget)

    @cached_property
    def outline(self) -> CostTables:
        """The same architectures on a macro per geometry that none of its macros is better than."""
        return CostTables(self.grid, self.catalogue.outline, self.counts, self.budget)

    @cached_property
    def fastest(self) -> CostTables:
        """The same architectures on the macros that count where energy does not."""
        return replace(self, catalogue=self.catalogue.fastest)

    def some(self, rows: Ints) -> CostTables:
        """Some of the architectures on the same macros."""
        budget = None if self.budget is None else self.budget.some(rows)
        return replace(self, counts=self.counts.some(rows), budget=budget)

    @property
    def size(self) -> tuple[int, int]:
        """Architectures and geometries."""
        return self.counts.fixed_ns.shape[1], len(self.catalogue.mb)

    @cached_property
    def copies(self) -> Floats:
        """[4, R] replica levels of each block, the last one repeated where a block has fewer."""
        levels = self.grid.arrays[self.grid.replica_slice]
        most = max(len(v) for v in levels)
        return np.stack([np.pad(v, (0, most - len(v)), mode="edge") for v in levels])

    @cached_property
    def _stack(self) -> tuple[Floats, list[str]]:
        """Counts that differ between architectures and geometries, [Q x 4, A x S], and names."""
        counts = self.counts
        by_name = {"steps": counts.steps, "own": counts.arrays[0]}
        if counts.expert_steps is not None:
            by_name["experts"] = counts.expert_steps
        by_name |= {"reads_per_row": counts.reads_per_row} if self.draws else {}
        by_name |= {n: counts.use[n] for n, used in zip(counts.use, self.used, strict=True) if used}
        full = [np.broadcast_to(v, (BLOCKS, *self.size)) for v in by_name.values()]
        return np.stack(full).reshape(len(full) * BLOCKS, -1), list(by_name)

    def lost(self, macros: Ints) -> Floats:
        """[A, W] points of mIoU that uniform chips with these macros cost by their error."""
        assert self.budget is not None
        if not self.draws:
            return np.zeros((self.size[0], len(macros)))
        known, loss = self.catalogue, self.budget.loss
        reads = np.broadcast_to(self.counts.reads_per_row, (BLOCKS, *self.size))
        a, b, c, d = (reads[k] * share for k, share in enumerate(loss.shares))
        weighed = np.take(((a + b) + c) + d, known.shape[macros], axis=1)
        most = np.take(reads.max(axis=0), known.shape[macros], axis=1)
        error, disturbed = known.error[macros], known.disturbed[macros]
        points = loss.slope * (weighed * error + sum(loss.shares) * disturbed)
        fine = most * error + disturbed <= loss.largest**2 * (1.0 + 1e-9)
        return np.where(fine, points, np.inf)

    @property
    def least_lost(self) -> Floats:
        """[A] the least points of mIoU that any one block loses on these macros."""
        assert self.budget is not None
        if not self.draws:
            return np.zeros(self.size[0])
        known, loss = self.catalogue, self.budget.loss
        macros = known.worthy
        reads = np.broadcast_to(self.counts.reads_per_row, (BLOCKS, *self.size))
        least = [
            share
            * (reads[k][:, known.shape[macros]] * known.error[macros] + known.disturbed[macros])
            for k, share in enumerate(loss.shares)
        ]
        return np.asarray(loss.slope * np.min(least, axis=(0, 2)))

    @property
    def draws(self) -> bool:
        """Whether outputs have an error."""
        return self.catalogue.shapes.draws

    @cached_property
    def used(self) -> list[bool]:
        """Which of tally.USES cost anything."""
        return [bool(v.any()) for v in self.catalogue.use_uj]

    def rates(self, rows: Ints, macros: Ints, *, energy: bool = True) -> Rates:
        """Of architectures `rows` [K] on macros [K] by number; without energy that counts for
        nothing, and is 0."""
        catalogue, counts = self.catalogue, self.counts
        shape = catalogue.shape[macros]
        stack, names = self._stack
        taken = np.take(stack, rows * self.size[1] + shape, axis=1)
        here = dict(zip(names, taken.reshape(-1, BLOCKS, len(rows)), strict=True))

        def fixed(value: Floats) -> Floats:
            """[4, A or 1, 1] -> [4, K or 1]"""
            return value[:, rows, 0] if value.shape[1] > 1 else value[:, :, 0]

        def shaped(value: Floats) -> Floats:
            """[4, 1, S or 1] -> [4, K or 1]"""
            return np.take(value[:, 0], shape, axis=1) if value.shape[2] > 1 else value[:, 0]

        read_us, mm2 = catalogue.read_us[macros], catalogue.macro_mm2[macros]
        other = shaped(counts.arrays[1])
        own_mm2 = here["own"] * mm2 + fixed(counts.matrices[0]) * (1e-6 * counts.tile_um2)
        other_mm2 = other * mm2 + fixed(counts.matrices[1]) * (1e-6 * counts.tile_um2)
        arrays = here["own"] + other
        nothing = np.zeros((BLOCKS, 1))
        power = dict.fromkeys(("fixed_uj", "wire_uj", "array_w", "array_uj", "fixed_w"), nothing)
        if energy:
            moved, reach_mm2 = fixed(counts.moved[0]), own_mm2
            if (wires := counts.wires) is not None:
                spanned = np.broadcast_to(wires.arrays, (BLOCKS, *self.size))[:, rows, shape]
                moved = moved + fixed(wires.passing)
                reach_mm2 = spanned * mm2 + fixed(wires.matrices) * (1e-6 * counts.tile_um2)
            wire = 1e-3 * counts.wire_pj  # per um: pJ to uJ and the root of um2 to that of mm2
            wire_uj = moved * np.sqrt(reach_mm2) + fixed(counts.moved[1]) * np.sqrt(other_mm2)
            active = 1e-6 * fixed(counts.fixed_pj)
            for name, uj in zip(counts.use, catalogue.use_uj, strict=True):
                if name in here:
                    active = active + here[name] * uj[macros]
            power = {
                "fixed_uj": active,
                "wire_uj": wire * wire_uj,
                "array_w": arrays * catalogue.standby_w[macros],
                "array_uj": arrays * catalogue.hold_uj[macros],
                "fixed_w": 1e-6 * counts.standby_uw[:, :, 0],
            }
        experts: dict[str, Floats] = {}
        if counts.expert_tokens is not None:
            experts["expert_tokens"] = fixed(counts.expert_tokens)
            experts["expert_us"] = here["experts"] * read_us
        sigma = np.zeros((BLOCKS, 1))
        if self.draws:
            disturbed = catalogue.disturbed[macros]
            if counts.products is not None:
                disturbed = fixed(counts.products) * disturbed
            sigma = here["reads_per_row"] * catalogue.error[macros] + disturbed
        return Rates(
            tokens=counts.tokens[:, :, 0],
            kv_tokens=counts.kv_tokens[:, :, 0],
            fixed_us=1e-3 * fixed(counts.fixed_ns),
            steps_us=here["steps"] * read_us,
            scores_us=shaped(counts.scores) * read_us,
            keys_us=shaped(counts.keys) * read_us,
            array_mb=arrays * catalogue.mb[shape],
            core_mm2=own_mm2 + other_mm2,
            fixed_mm2=1e-6 * counts.area_um2[:, :, 0],
            sigma_rel=np.sqrt(sigma),
            **power,
            **experts,
        )


def options(rates: Rates, copies: Floats) -> dict[str, list[Floats]]:
    """Quantity -> per block [K, R] with copies [4, R], as replicas.best_options wants them."""
    costs = {**rates.at(copies[:, None]), "sigma_rel": rates.sigma_rel[..., None]}
    shape = (rates.array_mb.shape[1], copies.shape[1])
    return {
        name: [np.broadcast_to(value[b], shape) for b in range(BLOCKS)]
        for name, value in costs.items()
    }
