"""The maximum a posteriori: derivatives against differences, one maximum from any rounding."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime

from cmn_core.silicon import posterior
from cmn_core.silicon.posterior import BEND, Prior, Terms, learn

CASES, PARTS = 12, 4
KEEP = np.ones(CASES, dtype=bool)
PRIORS = [Prior(name, 0.0, 0.7) for name in ("a", "b", "exponent", "system")]


@pytest.fixture
def terms() -> Terms:
    """Three parts that follow two corrections, one that follows none; one part at its floor."""
    draw = np.random.default_rng(3)
    amounts = draw.uniform(0.5, 3.0, (CASES, PARTS))
    floor = np.zeros((CASES, PARTS))
    floor[0, 1] = 50.0
    extra = np.zeros((CASES, len(PRIORS)))
    extra[::3, 3] = 1.0
    return Terms(
        amounts=amounts,
        scaled=np.array([1.0, 0.0, 1.0, 1.0]),
        side=np.log(draw.uniform(0.3, 3.0, CASES)),
        floor=floor,
        factor_of=np.array([0, 1, 1, -1]),
        exponent=2,
        extra=extra,
    )


def test_slopes_are_the_derivatives_of_the_logarithms(terms: Terms) -> None:
    theta = np.array([0.3, -0.2, 1.1, 0.4])
    differences = approx_fprime(theta, lambda point: terms.logs(point), 1e-7)
    assert terms.slopes(theta) == pytest.approx(differences, abs=1e-5)
    some = np.arange(CASES) % 2 == 0
    assert np.array_equal(terms.slopes(theta, some), terms.slopes(theta)[some])


def test_a_part_at_its_floor_does_not_move(terms: Terms) -> None:
    whole = np.exp(terms.logs(np.zeros(4)))
    moving = terms.amounts[0, 2]  # of the parts that follow b, the other one
    assert terms.slopes(np.zeros(4))[0, 1] == pytest.approx(moving / whole[0])


def test_the_maximum_does_not_depend_on_the_last_digits_of_the_input(terms: Terms) -> None:
    """What another processor rounds otherwise is some 1e-16; it shall not move a printed digit."""
    truth = np.array([0.5, -0.4, 0.9, 0.2])
    target = terms.logs(truth) + np.random.default_rng(5).normal(0.0, 0.3, CASES)
    votes = np.ones(CASES)
    found = learn(terms, target, votes, PRIORS, KEEP)
    shaken = target * (1.0 + 1e-14 * np.random.default_rng(7).normal(size=CASES))
    again = learn(terms, shaken, votes, PRIORS, KEEP)
    assert again.theta == pytest.approx(found.theta, abs=1e-8)
    assert again.covariance == pytest.approx(found.covariance, abs=1e-8)
    assert again.scatter == pytest.approx(found.scatter, rel=1e-8)


def test_nothing_near_the_maximum_is_more_likely(
    terms: Terms, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = terms.logs(np.array([0.5, -0.4, 0.9, 0.2]))
    found = learn(terms, target, np.ones(CASES), PRIORS, KEEP)
    monkeypatch.setitem(posterior.CONVERGED, "maxiter", 3)
    early = learn(terms, target, np.ones(CASES), PRIORS, KEEP)

    def unlikely(theta: np.ndarray, scatter: float) -> float:
        off = (target - terms.logs(theta)) / scatter
        held = (np.append(theta, np.log(scatter)) - [0, 0, 0, 0, np.log(0.6)]) / [0.7] * 1.0
        held[-1] *= 0.7 / 0.5
        chips = 2.5 * np.log1p(off * off / 4.0) + np.log(scatter)
        return float(chips.sum() + 0.5 * held @ held)

    best = unlikely(found.theta, found.scatter)
    assert best < unlikely(early.theta, early.scatter)
    for way in np.eye(4) * 1e-3:
        assert best < unlikely(found.theta + way, found.scatter)
        assert best < unlikely(found.theta - way, found.scatter)


def test_the_larger_of_part_and_floor_meets_in_a_bend() -> None:
    parts, floor = np.array([[0.5, 2.0, 8.0, 3.0]]), np.array([[2.0, 2.0, 2.0, 0.0]])
    values, moved = posterior._floored(parts, floor)
    assert values[0] == pytest.approx([2.0, 2.0 * (1.0 + BEND / 2.0), 8.0, 3.0], rel=1e-6)
    assert moved[0] == pytest.approx([0.0, 0.5, 1.0, 1.0], abs=1e-6)
    assert posterior._floored(np.zeros((1, 1)), np.zeros((1, 1)))[0] == 0.0
