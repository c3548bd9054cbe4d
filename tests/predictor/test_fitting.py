"""The fit: its likelihood, its posterior mean, and the small statistics beside it."""

import numpy as np
import pytest
from scipy.optimize import check_grad

from cmn_core.architecture import SPACES
from cmn_core.predictor.fitting import (
    Shape,
    _conformal,
    _kendall,
    _misfit,
    _sample,
    steepness,
    surface,
)
from cmn_core.predictor.surface import Surface, features

B0 = SPACES["b0"]


def subnets(count, seed=0):
    return np.random.default_rng(seed).integers(B0.lower, B0.upper + 1, (count, 8))


def test_the_gradient_of_the_likelihood_is_that_of_finite_differences():
    rng = np.random.default_rng(3)
    z, target = rng.normal(size=(30, 4)), rng.normal(size=30)
    logs = rng.normal(0.0, 0.5, 7)

    def value(p):
        return _misfit(p, z, target)[0]

    def slope(p):
        return _misfit(p, z, target)[1]

    assert check_grad(value, slope, logs) < 1e-3 * np.abs(slope(logs)).max()


def test_a_length_that_its_bound_holds_is_not_steep():
    x = np.random.default_rng(4).random((150, 2))
    y = np.sin(30.0 * x[:, 0])  # quicker than the shortest length, exp(-1), allows
    for least, held in ((-1.0, True), (-0.9, False)):
        shape = Shape.from_logs(np.array([least, 3.0, 0.0, -3.0, -4.0]))
        slopes = _misfit(shape.logs, *_sample(x, y))[1]
        assert slopes[0] > np.abs(slopes[1:]).max()  # a shorter one would be likelier
        assert steepness(shape, x, y) == np.abs(slopes[held:]).max()


def test_with_little_noise_the_surface_goes_through_the_data():
    genes = subnets(60)
    y = 12.0 + np.log2(genes[:, 4:]).sum(1) * 0.1
    shape = Shape(np.full(16, 3.0), 0.5, 0.1, 1e-7)
    found = surface(B0, genes, y, shape)(features(B0, genes[:, :4], genes[:, 4:]))
    assert np.abs(found - y).max() < 0.02


def test_the_surface_is_the_posterior_mean_of_the_full_process():
    """With every subnet a centre, the sparse fit is the textbook mean K (K + noise)^-1 y."""
    genes, rng = subnets(40), np.random.default_rng(4)
    y = 10.0 + rng.normal(size=40)
    shape = Shape(rng.uniform(1.0, 4.0, 16), 0.6, 0.05, 0.2)
    fitted = surface(B0, genes, y, shape)
    x = features(B0, genes[:, :4], genes[:, 4:])
    z = (x - x.mean(0)) / x.std(0)
    kernel = shape.bumps(z, z) + shape.line(z, z)
    spread = y.std()
    weights = np.linalg.solve(kernel + shape.noise * np.eye(40), (y - y.mean()) / spread)
    assert fitted(x) == pytest.approx(y.mean() + kernel @ weights * spread, abs=2e-3)


def test_a_surface_survives_its_document():
    fitted = surface(B0, subnets(30), np.arange(30.0), Shape(np.full(16, 2.0), 0.5, 0.1, 0.1))
    again = Surface.from_json(B0, fitted.to_json())
    x = features(B0, [[1, 2, 3, 4]], [[16, 100, 600, 1000]])
    assert np.array_equal(fitted(x), again(x))


def test_features_by_hand():
    found = features(B0, [1, 2, 4, 5], [128, 64, 160, 1024])
    logs, step = [0.0, 1.0, 2.0, np.log2(5.0)], [0.0, 1.0, 1.0, 1.0]
    share = np.array([1.0, 0.25, 0.25, 1.0])
    assert found == pytest.approx([*logs, *step, *np.log2(share), *np.sqrt(share)])


def test_kendall_and_conformal_by_hand():
    assert _kendall(np.array([1.0, 2, 3]), np.array([1.0, 3, 2])) == pytest.approx(1 / 3)
    # 9 errors: ceil(10 * 0.9) = 9th smallest is the largest one
    assert _conformal(np.arange(1.0, 10.0)) == 9.0
    assert _conformal(np.arange(1.0, 20.0)) == 18.0
