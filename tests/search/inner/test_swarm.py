from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cmn_core.search.inner.swarm import minimise
from cmn_core.search.objective import Merit

DIMS = 6
ROOT = Path(__file__).resolve().parents[3]


def bowl(centre, offset=0.0):
    """A ripple on a bowl whose lowest point (value 0) is `centre`, in a box moved by `offset`."""

    def cost(rows, position):
        away = position - offset - centre
        ripple = 0.1 * (1.0 - np.cos(12.0 * np.pi * away))
        return (away * away + ripple * 0.05).sum(axis=-1)

    return cost


def run(cost, *, count=8, lower=0.0, width=1.0, particles=30, iterations=50, first=0, **more):
    low = np.full(DIMS, lower)

    def merit(rows, position):
        found = cost(rows, position)
        return found if isinstance(found, Merit) else Merit.plain(found)

    return minimise(
        merit,
        lower=low,
        upper=low + width,
        streams=[[7, first + s] for s in range(count)],
        particles=particles,
        iterations=iterations,
        **more,
    )


CENTRE = np.array([0.21, 0.77, 0.5, 0.03, 0.9, 0.4])


def test_same_streams_give_the_same_bits_and_other_streams_do_not():
    a, b, c = run(bowl(CENTRE)), run(bowl(CENTRE)), run(bowl(CENTRE), first=100)
    assert (a.position == b.position).all()
    assert (a.cost.value == b.cost.value).all()
    assert (a.cost.value != c.cost.value).all()


def test_numpys_global_state_is_neither_used_nor_touched():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    run(bowl(CENTRE))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize("part", [1, 4])
def test_a_swarm_does_not_depend_on_its_company(part):
    centres = np.random.default_rng(1).random((8, 1, DIMS))
    together = run(lambda rows, x: bowl(centres[rows])(rows, x))
    for start in range(0, 8, part):
        alone = run(
            lambda rows, x, start=start: bowl(centres[rows + start])(rows, x),
            count=part,
            first=start,
        )
        for name in ("position", "evaluations"):
            expected = getattr(together, name)[start : start + part]
            assert (getattr(alone, name) == expected).all()
        assert (alone.cost.value == together.cost.value[start : start + part]).all()


def test_moving_the_box_moves_the_answer_along():
    # Steps of 1/4 and a box of width 1 keep the arithmetic exact enough to follow one another.
    here = run(bowl(CENTRE), stall=1000)
    for offset in (-0.5, 4.0):
        there = run(bowl(CENTRE, offset), lower=offset, stall=1000)
        assert np.median(np.log10(there.cost.value)) == pytest.approx(
            np.median(np.log10(here.cost.value)), abs=0.7
        )
        assert there.position - offset == pytest.approx(here.position, abs=0.2)


def test_every_position_stays_inside_the_box_and_reaches_its_bounds():
    seen = []

    def cost(rows, position):
        seen.append(position.copy())
        return -position[..., 0] + position[..., 1]

    found = run(cost, lower=-2.0, width=3.0)
    assert all(((p >= -2.0) & (p <= 1.0)).all() for p in seen)
    assert (found.position[:, 0] == 1.0).all()
    assert (found.position[:, 1] == -2.0).all()


def test_a_start_without_a_single_feasible_point_ends_normally():
    found = run(lambda rows, x: np.full(x.shape[:2], np.inf))
    assert np.isinf(found.cost.value).all()
    assert np.isfinite(found.position).all()


def test_feasible_points_are_found_from_an_infeasible_start():
    def cost(rows, x):
        missing = np.maximum(0.9 - x[..., 0], 0) + np.maximum(0.9 - x[..., 1], 0)
        nothing = np.zeros_like(missing)
        return Merit.of(x[..., 2], np.stack([nothing, nothing, nothing, missing], axis=-1))

    start = np.full((8, 30, DIMS), 0.5)
    assert (run(cost, start=start).cost.value < 0.1).all()


def test_the_first_rank_that_differs_decides_on_the_way_and_at_the_end():
    def cost(rows, x):
        nothing = np.zeros(x.shape[:2])
        # Less of the second rank is more of the third one: only the second one may count.
        missing = np.stack([nothing, 1.0 + x[..., 0], 2.0 - x[..., 0], nothing], axis=-1)
        return Merit.of(nothing, missing)

    found = run(cost)
    assert (found.position[:, 0] == 0.0).all()
    assert (found.cost.missing == [0.0, 1.0, 2.0, 0.0]).all()
    assert not found.cost.feasible.any()


def test_nan_is_refused_at_once():
    with pytest.raises(ValueError, match="NaN"):
        run(lambda rows, x: np.full(x.shape[:2], np.nan))


def test_beats_random_search_at_equal_evaluations():
    found = run(bowl(CENTRE), count=30)
    random = np.random.default_rng(0).random((30, int(found.evaluations.max()), DIMS))
    lucky = bowl(CENTRE)(None, random).min(axis=1)
    assert np.median(found.cost.value) < 0.1 * np.median(lucky)


def test_evaluations_are_counted_and_a_converged_swarm_stops():
    calls = []

    def cost(rows, x):
        calls.append(len(rows))
        return np.where(rows[:, None] == 0, 1.0, x.sum(axis=-1))

    found = run(cost, count=3, stall=5)
    assert found.evaluations[0] == 30 * 6  # the start and five iterations without improvement
    assert found.evaluations.sum() == 30 * sum(calls)


def test_known_points_are_never_lost():
    found = run(bowl(CENTRE), start=np.tile(CENTRE, (8, 1, 1)), iterations=1)
    assert (found.cost.value == 0.0).all()


def test_pyswarms_writes_no_report_and_leaves_logging_alone(tmp_path):
    code = (
        "import logging, os; before = list(logging.getLogger().handlers)\n"
        "from cmn_core.search.inner.swarm import ManySwarms; ManySwarms(3)\n"
        "assert logging.getLogger().handlers == before, logging.getLogger().handlers\n"
        "assert 'LOG_CFG' not in os.environ"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment.pop("LOG_CFG", None)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
    assert logging.getLogger("pyswarms").level == logging.NOTSET
