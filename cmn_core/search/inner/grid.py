"""The discrete hardware space of one chip: what can be varied, in which levels, and its price.

A hardware point is a vector of level numbers: the knobs of each technology in use, the replicas
of the four blocks, and, where both technologies are in use, the technology of each block.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, SearchSpace
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.chip import combine, price
from cmn_core.cim.costs import BlockCosts, ChipCost
from cmn_core.cim.portion import Portion, merged, portions, settled
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import Scope
from cmn_core.design import HYBRID, MEMORIES, Hardware, Workload
from cmn_core.predictor.routing import ExpertLoads, Loads

REPLICA_LEVELS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
BY_EXPERT = (0.0, 0.1, 0.2, 0.3, 0.4, 1.0)  # SRAM, with so many tenths of experts on RRAM, RRAM


@dataclass(frozen=True)
class Grid:
    """Levels of every variable, in the order knobs, replicas, memory.

    levels: ascending, one tuple per variable; memory levels are 1.0 for RRAM and 0.0 for SRAM;
    loads: of the busiest experts where not all of them work, None where one gets every token;
    expert_loads: of every expert, where the idle ones may lie on RRAM while their block is on SRAM:
    a memory level of n tenths says that the n idlest do.

    Experts of architectures are [A, 4] here and in all of the inner search; where a search chooses
    how many of them work on a token they are [A, 8], these numbers after those (`routed`).
    """

    space: SearchSpace
    workload: Workload
    technologies: tuple[Technology, ...]
    levels: tuple[tuple[float, ...], ...]
    scope: Scope = "network"
    loads: Loads | None = None
    expert_loads: ExpertLoads | None = None

    @cached_property
    def by_expert(self) -> bool:
        """Whether the experts of a block may lie on both memories."""
        return any(0.0 < v < 0.5 for levels in self.levels[self.memory_slice] for v in levels)

    def measured(self, experts: Ints) -> Bools:
        """[..., 4] in which blocks the loads of the experts are known; experts [..., 4 or 8]."""
        asked = routed(self, experts)
        own, used = asked["experts"], asked.get("top_k", asked["experts"])
        return np.asarray(self._load[np.arange(BLOCKS), own, used].any(axis=-1))

    @cached_property
    def _load(self) -> Floats:
        """[4, E + 1, E + 1, E] of every expert."""
        return np.array(self.expert_loads)

    @cached_property
    def arrays(self) -> tuple[Floats, ...]:
        """The levels as arrays."""
        return tuple(np.array(v) for v in self.levels)

    @property
    def sizes(self) -> Ints:
        """[D] number of levels of each variable."""
        return np.array([len(v) for v in self.levels], dtype=np.int64)

    @property
    def knob_count(self) -> int:
        return sum(len(t.knobs) for t in self.technologies)

    @property
    def replica_slice(self) -> slice:
        return slice(self.knob_count, self.knob_count + BLOCKS)

    @property
    def memory_slice(self) -> slice:
        return slice(self.knob_count + BLOCKS, self.knob_count + 2 * BLOCKS)

    def knob_slice(self, technology: Technology) -> slice:
        start = 0
        for known in self.technologies:
            if known is technology:
                break
            start += len(known.knobs)
        return slice(start, start + len(technology.knobs))

    def only(self, name: str) -> Grid:
        """The same levels for a uniform chip of that technology."""
        technology = next(t for t in self.technologies if t.name == name)
        memory = ((float(name == "rram"),),) * BLOCKS
        levels = (
            *self.levels[self.knob_slice(technology)],
            *self.levels[self.replica_slice],
            *memory,
        )
        return replace(self, technologies=(technology,), levels=levels)

    def knobs(self, technology: Technology, index: Ints) -> dict[str, Floats]:
        """Knob values [...] of one technology at the points [..., D]."""
        start = self.knob_slice(technology).start
        return {
            name: self.arrays[start + k][index[..., start + k]]
            for k, name in enumerate(technology.knobs)
        }

    def _of_blocks(self, variables: slice, index: Ints) -> Floats:
        """[..., 4] values of one variable of each block at the points [..., D]."""
        numbers = range(variables.start, variables.stop)
        return np.stack([self.arrays[d][index[..., d]] for d in numbers], -1)

    def replicas(self, index: Ints) -> Floats:
        """[..., 4] copies of each block at the points [..., D]."""
        return self._of_blocks(self.replica_slice, index)

    def memory_is_rram(self, index: Ints) -> Bools:
        """[..., 4] technology of each block at the points [..., D]."""
        return self._of_blocks(self.memory_slice, index) > 0.5

    def away(self, experts: Ints, index: Ints) -> Ints:
        """[..., 4] how many experts of blocks on SRAM lie on RRAM at the points [..., D], never all
        of them; experts: [..., 4 or 8]."""
        tenths = self._of_blocks(self.memory_slice, index)
        count = np.where(tenths < 0.5, np.rint(10.0 * tenths), 0.0).astype(np.int64)
        return np.minimum(count, experts[..., :BLOCKS] - 1)

    def on_rram(self, experts: Ints, rram: Bools, away: Ints) -> tuple[Floats, Bools]:
        """Load of every expert and whether it lies on RRAM, both [..., 4, E].

        experts: [..., 4 or 8]; rram, away: [..., 4] of the blocks. Of equal loads the later expert
        is the idler one.
        """
        asked = routed(self, experts)
        own, used = asked["experts"], asked.get("top_k", asked["experts"])
        load = self._load[np.arange(BLOCKS), own, used]
        exists = np.asarray(np.arange(MAX_EXPERTS) < own[..., None])
        even = np.where(exists, (np.minimum(used, own) / own)[..., None], 0.0)
        load = np.where(load.any(axis=-1, keepdims=True), load, even)
        idlest = np.argsort(np.where(exists, load, np.inf)[..., ::-1], axis=-1, kind="stable")
        rank = np.argsort(idlest, axis=-1, kind="stable")[..., ::-1]
        return load, exists & (rram[..., None] | (rank < away[..., None]))

    def buildable(self, index: Ints) -> Bools:
        """[...] whether every macro in question can be built."""
        good = [t.buildable(self.knobs(t, index)) for t in self.technologies]
        return np.logical_and.reduce(good)

    def block_costs(
        self,
        technology: Technology,
        experts: Ints,
        hidden: Ints,
        index: Ints,
        portion: Portion | None = None,
    ) -> BlockCosts:
        """Costs [A, M] of one technology; experts [A, 4 or 8], hidden [A, 4], index [A, M, D]
        buildable; portion: what of the blocks is on it, None for all of them."""
        return price(
            self.space,
            self.workload,
            technology,
            **routed(self, experts[:, None]),
            hidden=hidden[:, None],
            knobs=self.knobs(technology, index),
            replicas=self.replicas(index),
            scope=self.scope,
            portion=portion,
        )

    def chip(self, experts: Ints, hidden: Ints, index: Ints) -> ChipCost:
        """Cost [A, M] of whole chips at buildable points [A, M, D]."""
        costs = {t.name: self.block_costs(t, experts, hidden, index) for t in self.technologies}
        chip = combine(costs, self.memory_is_rram(index))
        if not self.by_expert:
            return chip
        apart = np.asarray((self.away(experts[:, None], index) > 0).any(axis=-1))
        if not apart.any():
            return chip
        mixed = self._apart(experts, hidden, index)
        picked = {
            name: np.where(apart if values.ndim == 2 else apart[..., None], values, plain)
            for (name, values), plain in zip(vars(mixed).items(), vars(chip).values(), strict=True)
        }
        return ChipCost(**picked)

    def _apart(self, experts: Ints, hidden: Ints, index: Ints) -> ChipCost:
        """`chip` of blocks whose experts may lie on both memories."""
        rram = self.memory_is_rram(index)
        load, there = self.on_rram(experts[:, None], rram, self.away(experts[:, None], index))
        load = np.broadcast_to(load, there.shape)
        busiest = routed(self, experts[:, None]).get("busiest", 1.0)
        halves = portions(load, there, rram, busiest)
        first, second = (
            self.block_costs(technology, experts, hidden, index, half)
            for technology, half in zip(self.technologies, halves, strict=True)
        )
        return combine({"rram": merged(*settled(first, second))}, np.ones_like(rram))

    def start(self) -> Ints:
        """[D] the default macro (or the nearest levels to it) with the fewest replicas."""
        point = np.zeros(len(self.levels), dtype=np.int64)
        for technology in self.technologies:
            for d, name in enumerate(technology.knobs, self.knob_slice(technology).start):
                point[d] = np.abs(self.arrays[d] - technology.default[name]).argmin()
        return point

    def hardware(self, index: Ints, experts: Ints | None = None) -> Hardware:
        """The one hardware point [D] as a design states it; macros that serve no block left out.

        experts: [4 or 8] of the network, needed where they may lie on both memories.
        """
        flags = self.memory_is_rram(index)
        memory: list[Any] = ["rram" if f else "sram" for f in flags]
        if self.by_expert:
            assert experts is not None
            _, there = self.on_rram(experts, flags, self.away(experts, index))
            counts = experts[:BLOCKS].tolist()
            memory = [
                ["rram" if f else "sram" for f in row[:count]]
                for row, count in zip(there.tolist(), counts, strict=True)
            ]
        copies = tuple(int(r) for r in self.replicas(index))
        whole = Hardware.placed(memory, replicas=copies)
        macros = {
            t.name: {name: float(v) for name, v in self.knobs(t, index).items()}
            for t in self.technologies
            if t.name in whole.technologies
        }
        return replace(whole, macros=macros)


def routed(grid: Grid, experts: Ints) -> dict[str, Any]:
    """experts [..., 4 or 8] -> experts, experts of a token and load of the busiest, as
    `cim.chip.price` takes them; experts alone where all of them work."""
    used = grid.workload.experts_of_token
    own, chosen = experts[..., :BLOCKS], experts[..., BLOCKS:]
    if chosen.shape[-1] == 0:
        if used is None:
            return {"experts": experts}
        chosen = np.broadcast_to(np.array(used, dtype=np.int64), own.shape)
    chosen = np.minimum(chosen, own)
    out: dict[str, Any] = {"experts": own, "top_k": chosen}
    if grid.loads is not None:
        out["busiest"] = np.array(grid.loads)[np.arange(BLOCKS), own, chosen]
    return out


def make_grid(
    space: SearchSpace,
    workload: Workload,
    memory: str | Sequence[str],
    *,
    macros: Mapping[str, Mapping[str, float]] | None = None,
    replicas: Sequence[int] | None = None,
    levels: Mapping[str, Mapping[str, Sequence[float]]] | None = None,
    replica_levels: Sequence[int] = REPLICA_LEVELS,
    technologies: Mapping[str, Technology] | None = None,
    scope: Scope = "network",
    loads: Loads | None = None,
    expert_loads: ExpertLoads | None = None,
) -> Grid:
    """The space to search for that memory.

    memory: a technology, "hybrid", or the technology of each block; macros, replicas: what is
    given and therefore not searched; levels: per technology and knob, other levels than the
    technology's own; technologies: others than the built-in ones, by memory; scope: as in
    cim.chip.price; loads: `Routing.loads`, None for one expert that gets every token; expert_loads:
    `Routing.expert_loads`, with which experts of a hybrid may lie on both memories. FieldError when
    a given macro is incomplete or cannot be built.
    """
    choices = list(MEMORIES) if memory == HYBRID else None
    blocks = [memory] * BLOCKS if isinstance(memory, str) else list(memory)
    used = [m for m in MEMORIES if choices or m in blocks]
    known = tuple(in_use(name, workload, technologies) for name in used)
    columns: list[tuple[float, ...]] = []
    for technology in known:
        given = (macros or {}).get(technology.name)
        if given is not None:
            given = technology.check_macro(given, f"hardware.macros.{technology.name}")
        other = (levels or {}).get(technology.name, {})
        for name in technology.knobs:
            own = other.get(name, technology.levels[name]) if given is None else [given[name]]
            columns.append(tuple(float(v) for v in own))
    copies = (
        [replica_levels] * BLOCKS if replicas is None else [[replicas[b]] for b in range(BLOCKS)]
    )
    columns += [tuple(float(v) for v in own) for own in copies]
    both = (0.0, 1.0) if expert_loads is None else BY_EXPERT
    columns += [both if choices else (float(name == "rram"),) for name in blocks]
    return Grid(space, workload, known, tuple(columns), scope, loads, expert_loads)
