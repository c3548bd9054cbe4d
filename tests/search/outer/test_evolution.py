from __future__ import annotations

import json

import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.arrays import before
from cmn_core.search.outer.evolution import Evolution
from cmn_core.search.scenario import METHODS
from cmn_core.search.state import EvolutionState

SPACE = SPACES["b0"]
GENERATIONS = 12


def judged(genes):
    """Objectives and violations of a made-up problem that starts with infeasible members."""
    size = (genes[:, :4] * genes[:, 4:]).sum(axis=1).astype(float)
    loss = 100.0 * np.exp(-size / 2000.0)
    objectives = np.stack([loss, 1.5 * size, genes[:, 4:].max(axis=1) * 1.0], axis=1)
    violation = np.stack([(loss - 60.0) / 100.0, size / 3000.0 - 1.0], axis=1)
    objectives[violation[:, 0] > 0, 1:] = np.inf
    return objectives, violation


def evolved(population=12, stop=None, seed=3, method="nsga2", goal="latency"):
    """State texts of all generations; at `stop` the search is thrown away and restored."""

    def fresh():
        return Evolution(
            SPACE, population=population, seed=seed, constraints=2, goal=goal, method=method
        )

    search, states, asked = fresh(), [], []
    for g in range(1, GENERATIONS + 1):
        if g == stop:
            search = fresh()
            search.restore(EvolutionState.from_json(json.loads(states[-1])))
        genes = search.ask(g)
        asked.append(genes)
        search.tell(*judged(genes))
        states.append(json.dumps(search.state().to_json()))
    return states, asked


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("population", [2, 3, 12])
def test_restored_at_any_generation_it_continues_bit_for_bit(population, method):
    states, _ = evolved(population, method=method)
    for stop in range(2, GENERATIONS + 1):
        assert evolved(population, stop, method=method)[0] == states


def test_a_state_with_one_number_for_all_ranks_is_continued():
    nothing = {"X": [[1] * 8] * 6, "F": [[1.0] * 3] * 6, "rank": [], "crowding": [], "seen": b""}
    # What was stored for: all kept; latency 0.5; capacity 0.25 and latency 0.5; output error 0.5;
    # mIoU a tenth below its floor; a hair below it.
    stored = [0.0, 0.5, 1e12 * 1.25 + 0.5, 1e24 * 1.5 + 1e12, 1e36 * 1.1, 1e36]
    read = EvolutionState(G=[[one] for one in stored], **nothing).violations(4)
    expected = np.zeros((6, 4))
    expected[1, 3], expected[2, 2], expected[3, 1], expected[4, 0] = 0.5, 0.25, 0.5, 0.1
    assert read == pytest.approx(expected, abs=1e-11)
    assert (read > 0.0).any(axis=1).tolist() == [False] + [True] * 5
    assert before(read[:4], read[1:5]).all()
    assert before(read[5], read[4])
    assert (EvolutionState(G=expected.tolist(), **nothing).violations(4) == expected).all()


def test_generations_depend_on_the_seed():
    assert evolved(seed=3)[0] != evolved(seed=4)[0]


def test_no_architecture_is_asked_for_twice_and_all_lie_in_the_space():
    _, asked = evolved()
    genes = np.concatenate(asked)
    assert len(np.unique(genes, axis=0)) == len(genes) == 12 * GENERATIONS
    assert (genes >= SPACE.lower).all()
    assert (genes <= SPACE.upper).all()


def test_first_generation_has_both_ends_and_fills_the_space():
    genes = Evolution(SPACE, population=52, seed=0, constraints=1, goal="latency").ask(1)
    assert genes[0].tolist() == SPACE.upper.tolist()
    assert genes[1].tolist() == SPACE.lower.tolist()
    sample = genes[2:]
    for block in range(4):
        counts = np.bincount(sample[:, block], minlength=6)[1:]
        assert counts.tolist() == [10] * 5  # a Latin hypercube meets every count equally often
        hidden = sample[:, 4 + block]
        logarithmic, uniform = np.median(hidden[::2]), np.median(hidden[1::2])
        top = SPACE.max_hidden[block]
        assert logarithmic == pytest.approx(np.sqrt(16 * top), rel=0.6)
        assert uniform == pytest.approx((16 + top) / 2, rel=0.35)


def test_the_front_moves_towards_the_constraint():
    states, _ = evolved(population=30)
    violation = np.array(json.loads(states[-1])["G"])
    assert (violation <= 0).all()
    first = np.array(json.loads(states[0])["G"])
    assert (first > 0).any()
