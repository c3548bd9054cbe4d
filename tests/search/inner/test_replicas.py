"""Replicas of given macros, against a loop over every combination."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.design import Workload
from cmn_core.search.constraints import Limits
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.inner.replicas import _ascending, _dominated, _no_faster, allocate
from cmn_core.search.objective import score

SPACE, WORKLOAD = SPACES["b0"], Workload((120, 160))


@pytest.mark.parametrize("memory", ["sram", "hybrid"])
@pytest.mark.parametrize("objective", ["latency", "edap"])
def test_allocation_equals_a_loop_over_every_combination(memory, objective):
    grid = make_grid(SPACE, WORKLOAD, memory, replica_levels=(1, 2, 6))
    generator = np.random.default_rng(4)
    experts = generator.integers(1, 6, (2, 4))
    hidden = generator.integers(16, np.array(SPACE.max_hidden) + 1, (2, 4))
    limits = Limits(max_array_mb=9.0)
    index = allocate(
        grid,
        experts,
        hidden,
        np.repeat(grid.start()[None], 2, axis=0),
        objective=objective,
        limits=limits,
    )
    options = [range(s) for s in grid.sizes[grid.knob_count :]]
    every = np.repeat(grid.start()[None], np.prod([len(o) for o in options]), axis=0)
    every[:, grid.knob_count :] = list(itertools.product(*options))
    for row in range(2):
        pair = experts[row : row + 1], hidden[row : row + 1]
        scores = score(grid.chip(*pair, every[None]), objective=objective, limits=limits)
        chosen = score(grid.chip(*pair, index[row][None, None]), objective=objective, limits=limits)
        assert chosen.feasible.all()
        assert chosen.value[0, 0] == pytest.approx(scores.value.min(), rel=1e-12)


def test_options_that_are_copies_are_told_apart_as_any_others():
    generator = np.random.default_rng(14)
    rooms = np.cumsum(generator.integers(0, 3, (40, 12)), axis=1).astype(np.float64)
    same = np.diff(rooms, axis=1, prepend=-1.0) == 0.0
    values = {name: np.where(same, 0.0, generator.random(rooms.shape)) for name in ("uj", "w")}
    values = {name: np.cumsum(v, axis=1) for name, v in values.items()}
    latency = np.round(10.0 / (1.0 + rooms), 1)  # several capacities are equally fast
    costs = {"latency_us": latency, "array_mb": rooms, **values}
    keep = generator.random(rooms.shape) < 0.8
    assert _ascending(costs)
    assert (
        keep & ~_no_faster(latency, keep) == keep & ~_dominated(list(costs.values()), keep)
    ).all()
    costs["uj"] = costs["uj"][:, ::-1]
    assert not _ascending(costs)
