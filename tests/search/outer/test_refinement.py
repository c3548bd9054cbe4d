from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from pymoo.core.population import Population
from pymoo.core.problem import Problem

from cmn_core.architecture import SPACES
from cmn_core.search.outer.refinement import refined
from cmn_core.search.outer.survival import (
    FitnessSurvival,
    FocusSurvival,
    chosen,
    order,
    tournament,
)

SPACE = SPACES["b0"]
BOX = SPACE.lower, SPACE.upper


def population(rows):
    """Individuals of (experts, loss, energy, latency, excess); all hidden sizes are 100."""
    pop = Population.new("X", np.array([[*r[0], *[100] * 4] for r in rows]))
    for individual, (_, loss, energy, latency, excess) in zip(pop, rows, strict=True):
        individual.F, individual.G = np.array([loss, energy, latency]), np.array([excess])
    return pop


ROWS = [
    ((1, 1, 1, 1), 5.0, 4.0, 9.0, 0.0),
    ((1, 1, 1, 1), 6.0, 3.0, 8.0, 0.0),
    ((1, 1, 1, 1), 1.0, 9.0, 2.0, 0.0),
    ((2, 1, 1, 1), 7.0, 8.0, 7.0, 0.0),
    ((2, 1, 1, 1), 8.0, 1.0, 1.0, 0.5),
    ((3, 1, 1, 1), 9.0, np.inf, np.inf, 0.2),
]


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("energy", [1, 0, 3, 2, 5, 4]),
        ("latency", [2, 3, 1, 0, 5, 4]),
        ("performance", [2, 0, 1, 3, 5, 4]),
    ],
)
def test_limits_come_first_and_then_what_the_scenario_asks_for(goal, expected):
    pop = population(ROWS)
    assert order(pop.get("F"), pop.get("G"), goal).tolist() == expected


def test_the_best_and_the_best_of_each_combination_of_experts_are_chosen():
    best, kinds = chosen(population(ROWS), "energy", 18)
    assert best.tolist() == [1, 0, 3]  # one in five
    assert kinds.tolist() == [1, 3, 5]  # one in six, each with experts of its own


def test_the_best_of_the_scenario_survives_what_crowding_would_drop():
    rng = np.random.default_rng(0)
    loss = np.sort(rng.random(40))
    rows = [((1, 1, 1, 1), x, 1.0 - x, 1.0, 0.0) for x in loss]
    pop = population(rows)
    problem = Problem(n_var=8, n_obj=3, n_ieq_constr=1, xl=SPACE.lower, xu=SPACE.upper)
    kept = FocusSurvival("energy").do(
        problem, pop, n_survive=10, random_state=np.random.default_rng(0)
    )
    assert len(kept) == 10
    left = kept.get("F")[:, 1]
    assert set(np.sort(1.0 - loss)[:2]) <= set(left)  # one in five
    assert left.max() == (1.0 - loss).max()  # the other end of the front is held, too


def test_a_single_fitness_keeps_the_best_only():
    pop = population(ROWS)
    kept = FitnessSurvival("latency").do(None, pop, n_survive=3)
    assert kept.get("F")[:, 2].tolist() == [2.0, 7.0, 8.0]
    assert kept.get("rank").tolist() == [0, 1, 2]


# Sums would put the second of these first, and the first one last.
RANKED = np.array([[0.0, 9.0], [1.0, 0.0], [0.0, 8.0], [-1.0, 0.0], [1.0, 0.5]])


def ranked():
    pop = Population.new("X", np.ones((5, 8), dtype=np.int64) * np.arange(1, 6)[:, None])
    for individual, violations in zip(pop, RANKED, strict=True):
        individual.F, individual.G = np.ones(3), violations
    return pop


@pytest.mark.parametrize("count", [5, 4])
def test_the_first_violation_that_differs_decides_who_survives(count):
    problem = Problem(n_var=8, n_obj=3, n_ieq_constr=2, xl=SPACE.lower, xu=SPACE.upper)
    kept = FocusSurvival("energy").do(
        problem, ranked(), n_survive=count, random_state=np.random.default_rng(0)
    )
    survivors = kept.get("X")[:, 0].tolist()
    expected = [4, 3, 1, 2, 5]
    assert survivors == expected if count == 5 else set(survivors) >= set(expected[:3])
    assert order(ranked().get("F"), RANKED, "energy").tolist() == [3, 2, 0, 1, 4]


def test_the_first_violation_that_differs_decides_tournaments():
    algorithm = SimpleNamespace(
        tournament_type="comp_by_rank_and_crowding", random_state=np.random.default_rng(0)
    )
    pairs = np.array([[0, 1], [1, 0], [0, 2], [4, 1], [3, 0], [4, 0]])
    won = tournament(ranked(), pairs, algorithm=algorithm)
    assert won.ravel().tolist() == [0, 0, 2, 1, 3, 0]


def test_refinements_lie_in_the_space_and_mostly_near_their_parents():
    parent = np.array([[2, 1, 5, 1, 30, 60, 200, 400]])
    children = refined(parent, parent, parent, BOX, 4000, np.random.default_rng(1))
    assert (children >= SPACE.lower).all() and (children <= SPACE.upper).all()
    # Between equal parents a difference is nothing: that quarter stays where it is (and a duplicate
    # is refused later); everything else moves at least by one.
    same = (children == parent).all(axis=1).mean()
    assert 0.2 < same < 0.33
    moved = children[(children != parent).any(axis=1)]
    factor = np.abs(np.log2(moved[:, 4:] / parent[:, 4:])).max(axis=1)
    assert np.median(factor) < 0.5
    assert (np.abs(moved[:, :4] - parent[:, :4]).sum(axis=1) <= 1).all()


def test_trades_make_one_block_smaller_and_another_one_larger():
    parent = np.array([[1, 1, 1, 1, 60, 120, 300, 500]])
    children = refined(parent, parent, parent, BOX, 2000, np.random.default_rng(2))
    signs = np.sign(children[:, 4:] - parent[:, 4:])
    trades = (signs == 1).any(axis=1) & (signs == -1).any(axis=1)
    assert 0.2 < trades.mean() < 0.3


def test_a_change_of_the_number_of_experts_can_keep_the_total_size():
    parent = np.array([[2, 2, 2, 2, 64, 128, 320, 512]])
    children = refined(parent, parent, parent, BOX, 4000, np.random.default_rng(3))
    block = np.argmax(children[:, :4] != 2, axis=1)
    rows = np.flatnonzero((children[:, :4] != 2).any(axis=1))
    e, h = children[rows, block[rows]], children[rows, 4 + block[rows]]
    total = e * h / (2 * parent[0, 4 + block[rows]])
    assert (np.abs(total - 1.0) < 0.05).mean() > 0.25
