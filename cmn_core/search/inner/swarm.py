"""Many particle swarms as one array, on pyswarms' backend.

Every swarm has a random stream of its own and no step mixes rows of different swarms, so the
result of a swarm does not depend on which others run beside it. Particles that leave the box are
put on its nearest bound (reference: pyswarms' default strategies are far worse or wrong).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.search.objective import Merit

# cost(swarms[S], position[S, P, D]) -> cost[S, P]; swarms are indices into the streams given
Cost = Callable[[Ints, Floats], Merit]

INERTIA, COGNITIVE, SOCIAL = 0.7, 1.5, 1.5
STALL = 12  # iterations without a better best after which a swarm has converged
_CHUNK = 8  # iterations whose random numbers are drawn at once


@contextmanager
def _quiet_pyswarms() -> Iterator[None]:
    """pyswarms writes report.log into the current directory unless LOG_CFG names a set-up."""
    before = os.environ.get("LOG_CFG")
    os.environ["LOG_CFG"] = str(Path(__file__).with_name("pyswarms_logging.yaml"))
    try:
        yield
    finally:
        if before is None:
            del os.environ["LOG_CFG"]
        else:
            os.environ["LOG_CFG"] = before


with _quiet_pyswarms():
    from pyswarms.backend import operators as steps
    from pyswarms.backend.handlers import BoundaryHandler
    from pyswarms.backend.swarms import Swarm
    from pyswarms.backend.topology.base import Topology


class ManySwarms(Topology):
    """Star topology within each of `particles` consecutive rows; knows no randomness itself."""

    def __init__(self, particles: int) -> None:
        with _quiet_pyswarms():
            super().__init__(static=True)
            self._nearest = BoundaryHandler("nearest")
        self.particles = particles

    def compute_gbest(self, swarm: Swarm) -> tuple[Floats, Merit]:
        """Best position of each swarm repeated for its particles [S*P, D], and its cost [S]."""
        count = len(swarm.position) // self.particles
        best = swarm.pbest_cost.reshape(count, self.particles).argbest()
        winner = best + np.arange(count) * self.particles
        position = np.repeat(swarm.pbest_pos[winner], self.particles, axis=0)
        return position, swarm.pbest_cost[winner]

    def compute_velocity(self, swarm: Swarm, draws: Floats) -> Floats:
        """Velocity step with the given uniform numbers [2, S*P, D] instead of global ones."""
        cognitive = swarm.options["c1"] * draws[0] * (swarm.pbest_pos - swarm.position)
        social = swarm.options["c2"] * draws[1] * (swarm.best_pos - swarm.position)
        return swarm.options["w"] * swarm.velocity + cognitive + social

    def compute_position(self, swarm: Swarm, bounds: tuple[Floats, Floats]) -> Floats:
        return np.asarray(steps.compute_position(swarm, bounds, self._nearest))


@dataclass(frozen=True)
class Swarmed:
    """Best of each swarm: position [S, D], cost [S], and evaluations it took [S]."""

    position: Floats
    cost: Merit
    evaluations: Ints


def minimise(
    cost: Cost,
    *,
    lower: Floats,
    upper: Floats,
    streams: Sequence[Sequence[int]],
    particles: int,
    iterations: int,
    start: Floats | None = None,
    stall: int = STALL,
) -> Swarmed:
    """Minimise one cost per stream over the box lower..upper.

    lower, upper: [D]; streams: one address (integers) of a random stream per swarm; start:
    [S, K, D] positions that the first K <= P particles begin at; stall: iterations without
    improvement that end a swarm. A value may be finite or +inf, never NaN (ValueError).
    """
    count, dims = len(streams), len(lower)
    generators = [np.random.default_rng(list(s)) for s in streams]
    first = np.stack([g.random((2, particles, dims)) for g in generators])
    width = upper - lower
    position = lower + first[:, 0] * width
    if start is not None:
        known = min(start.shape[1], particles)
        position[:, :known] = start[:, :known]
    velocity = (first[:, 1] - 0.5) * width

    alive = np.arange(count)
    topology = ManySwarms(particles)
    swarm = _swarm(position.reshape(-1, dims), velocity.reshape(-1, dims))
    swarm.current_cost = _costs(cost, alive, swarm.position, particles)
    swarm.pbest_cost = swarm.current_cost
    swarm.pbest_pos = swarm.position
    swarm.best_pos, best = topology.compute_gbest(swarm)
    out_position = swarm.best_pos[::particles].copy()
    out_cost = best
    evaluations = np.full(count, particles, dtype=np.int64)
    stalled = np.zeros(count, dtype=np.int64)

    for iteration in range(1, iterations):
        turn = (iteration - 1) % _CHUNK
        if turn == 0:
            drawn = [generators[i].random((_CHUNK, 2, particles, dims)) for i in alive]
            chunk = np.moveaxis(np.stack(drawn), 0, 2)  # [chunk, 2, S, P, D]
        draws = chunk[turn].reshape(2, -1, dims)
        swarm.velocity = topology.compute_velocity(swarm, draws)
        swarm.position = topology.compute_position(swarm, (lower, upper))
        swarm.current_cost = _costs(cost, alive, swarm.position, particles)
        better = swarm.current_cost.less(swarm.pbest_cost)  # pyswarms compares single numbers
        swarm.pbest_pos = np.where(better[:, None], swarm.position, swarm.pbest_pos)
        swarm.pbest_cost = swarm.current_cost.where(better, swarm.pbest_cost)
        swarm.best_pos, now = topology.compute_gbest(swarm)
        evaluations[alive] += particles
        stalled[alive] = np.where(now.less(out_cost[alive]), 0, stalled[alive] + 1)
        out_cost = out_cost.put(alive, now)
        out_position[alive] = swarm.best_pos[::particles]
        going = stalled[alive] < stall
        if not going.any():
            break
        if not going.all():
            rows = np.repeat(going, particles)
            alive, chunk = alive[going], chunk[:, :, going]
            swarm = _kept(swarm, rows)
    return Swarmed(out_position, out_cost, evaluations)


def _swarm(position: Floats, velocity: Floats) -> Swarm:
    options = {"w": INERTIA, "c1": COGNITIVE, "c2": SOCIAL}
    return Swarm(position=position, velocity=velocity, options=options)


def _kept(swarm: Swarm, rows: Bools) -> Swarm:
    """The swarm array without the rows of swarms that have ended."""
    small = _swarm(swarm.position[rows], swarm.velocity[rows])
    small.pbest_pos, small.pbest_cost = swarm.pbest_pos[rows], swarm.pbest_cost[rows]
    small.best_pos = swarm.best_pos[rows]
    return small


def _costs(cost: Cost, alive: Ints, position: Floats, particles: int) -> Merit:
    values = cost(alive, position.reshape(len(alive), particles, -1))
    if np.isnan(values.value).any():
        raise ValueError("the cost of a swarm is NaN")
    return values.reshape(-1)
