"""One inner search: what is asked, what is found, and the swarms' random streams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cmn_core.architecture import digest_of
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.design import HYBRID, MEMORIES, Hardware
from cmn_core.predictor.routing import load_routing
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.grid import Grid, make_grid
from cmn_core.search.inner.macros import MAX_MACROS, macro_count
from cmn_core.search.inner.neighbourhood import GridNeighbourhood
from cmn_core.search.objective import Merit
from cmn_core.search.scenario import EXPERT, Scenario

if TYPE_CHECKING:
    from cmn_core.search.inner.swarm import Cost, Swarmed


@dataclass(frozen=True)
class Found:
    """Best hardware of A architectures.

    index [A, D] points of `grid`; merit [A] of them; chip: costs with leading shape [A];
    evaluations [A] designs priced on the way; swarm [A]: objective of the swarm's own best point
    with the best replicas, before polish (None where no swarm ran); proven [A]: whether the point
    is known to be the best of the grid; swarm_s: time of the swarms.
    """

    grid: Grid
    index: Ints
    merit: Merit
    chip: ChipCost
    evaluations: Ints
    swarm: Floats | None = None
    proven: Bools | None = None
    swarm_s: float = 0.0

    @property
    def feasible(self) -> Bools:
        """[A] whether every limit on hardware is kept."""
        return self.merit.feasible

    @property
    def score(self) -> Floats:
        """[A] the objective, infinite where a limit is broken."""
        return self.merit.value

    def hardware(self, row: int, experts: Ints | None = None) -> Hardware:
        """experts: of that architecture, as `Grid.hardware` wants them."""
        return self.grid.hardware(self.index[row], experts)


@dataclass(frozen=True)
class HardwareProblem:
    """Everything of an inner search but the architectures; hashable.

    stream: number of the memory in the addresses of random streams; proof: whether mixtures of
    technologies are proven best, else the likeliest ones alone are tried for energy x latency,
    which is quick; inner: whether uniform chips are proven, found by a swarm, or both.
    """

    grid: Grid
    stream: int
    objective: str
    limits: Limits
    seed: int
    particles: int
    iterations: int
    proof: bool = True
    inner: str = "both"

    @property
    def mixed(self) -> bool:
        """Whether blocks may choose between technologies."""
        return bool((self.grid.sizes[self.grid.memory_slice] > 1).any())

    @property
    def countable(self) -> bool:
        """Whether every macro of the grid can be looked at."""
        counts = [macro_count(self.grid, t) for t in self.grid.technologies]
        return max(counts) <= MAX_MACROS

    def part(self, name: str) -> HardwareProblem:
        """The same search on a uniform chip of that technology."""
        return replace(self, grid=self.grid.only(name), stream=MEMORIES.index(name))

    def neighbourhood(self, experts: Ints, hidden: Ints, *, thorough: bool) -> GridNeighbourhood:
        return GridNeighbourhood(self.grid, experts, hidden, self.objective, self.limits, thorough)


@lru_cache(maxsize=16)
def grid_of(scenario: Scenario) -> Grid:
    """Where the scenario's hardware is searched: the same object wherever this process asks."""
    routing = load_routing(scenario.space, scenario.dataset) if scenario.sparse else None
    by_expert = scenario.placement == EXPERT
    return make_grid(
        scenario.search_space,
        scenario.workload,
        scenario.memory,
        technologies=scenario.library,
        loads=None if routing is None else routing.loads,
        expert_loads=None if routing is None or not by_expert else routing.expert_loads,
    )


@lru_cache(maxsize=16)
def problem_of(scenario: Scenario, limits: Limits) -> HardwareProblem:
    """What the scenario asks of hardware, mixtures not proven: the same object wherever this
    process asks."""
    return HardwareProblem(
        grid_of(scenario),
        stream_of(scenario.memory),
        scenario.objective,
        limits,
        scenario.seed,
        scenario.particles,
        scenario.iterations,
        proof=False,
        inner=scenario.inner,
    )


def minimised(
    problem: HardwareProblem, cost: Cost, top: Floats, begin: Floats, experts: Ints, hidden: Ints
) -> Swarmed:
    """One swarm per architecture in the box 0..top [D]; begin: [K, D] first particles."""
    from cmn_core.search.inner.swarm import minimise  # brings pyswarms: most of a second

    return minimise(
        cost,
        lower=np.zeros(len(top)),
        upper=np.nextafter(top, 0.0),
        streams=[
            [problem.seed, int(digest_of([*e, *h]), 16), problem.stream]
            for e, h in zip(experts.tolist(), hidden.tolist(), strict=True)
        ],
        particles=problem.particles,
        iterations=problem.iterations,
        start=np.repeat(begin[None], len(experts), axis=0),
    )


def carried(grid: Grid, parts: Sequence[Found]) -> Ints:
    """[A, 2, D] uniform chips, RRAM and SRAM, as points of the grid of a mixed one: each carries
    both macros."""
    starts = np.zeros((len(parts[0].index), len(parts), len(grid.levels)), dtype=np.int64)
    for technology, part in zip(grid.technologies, parts, strict=True):
        at = grid.knob_slice(technology)
        starts[:, :, at] = part.index[:, None, : at.stop - at.start]
    for k, part in enumerate(parts):
        starts[:, k, grid.replica_slice] = part.index[:, part.grid.replica_slice]
        starts[:, k, grid.memory_slice] = grid.levels[-1].index(float(MEMORIES[k] == "rram"))
    return starts


def joined(parts: Sequence[Found]) -> Found:
    """The architectures of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    chips = [vars(p.chip) for p in parts]
    swarms = [p.swarm for p in parts if p.swarm is not None]
    proofs = [p.proven for p in parts if p.proven is not None]
    return Found(
        parts[0].grid,
        np.concatenate([p.index for p in parts]),
        Merit.joined([p.merit for p in parts]),
        ChipCost(**{name: np.concatenate([c[name] for c in chips]) for name in chips[0]}),
        np.concatenate([p.evaluations for p in parts]),
        np.concatenate(swarms) if swarms else None,
        np.concatenate(proofs) if proofs else None,
        sum(p.swarm_s for p in parts),
    )


def stream_of(memory: str | Sequence[str]) -> int:
    """Number of a memory: the three names, or 3 + bits of four blocks."""
    if isinstance(memory, str):
        return (*MEMORIES, HYBRID).index(memory)
    return 3 + sum(2**b for b, m in enumerate(memory) if m == "rram")
