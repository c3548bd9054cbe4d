import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.supernet.nonideal.quantise import (
    Range,
    full_range,
    least_error_range,
    matrices,
    percentile_range,
    quantise,
    quantised,
)


def test_rounding_by_hand():
    weight = torch.tensor([[0.7, -0.3, 0.1], [2.0, 1.0, -2.0]])
    # 3 bits: levels -3..3; scales 0.7 / 3 and 2 / 3
    expected = torch.tensor([[0.7, -0.7 / 3, 0.0], [2.0, 4 / 3, -2.0]])
    assert torch.allclose(quantised(weight, 3, 1), expected)
    assert torch.allclose(quantised(weight, 1, 1)[0], torch.tensor([1.1, -1.1, 1.1]) / 3)


@pytest.mark.parametrize("bits", [2, 4, 8, 16])
@pytest.mark.parametrize("fit_scales", [False, True])
def test_quantise_gives_at_most_that_many_levels_per_channel(supernet, bits, fit_scales):
    before = {n: w.detach().clone() for n, w in matrices(supernet)}
    quantise(supernet, bits, fit_scales=fit_scales)
    for name, weight in matrices(supernet):
        channel = weight[0, :, 0] if name.endswith(".w2") else weight.flatten(1)[0]
        if name.endswith(".w1"):
            channel = weight[0, 0]
        assert len(torch.unique(channel)) <= 2**bits
        limit = before[name].abs().max() / (2 ** (bits - 1) - 1) / 2
        assert fit_scales or (weight - before[name]).abs().max() <= limit * 1.001 + 1e-6


def test_a_fitted_scale_never_errs_more():
    weight = torch.randn(16, 200, generator=torch.Generator().manual_seed(0))
    weight[:, 0] *= 10.0  # an outlier that eats the range
    for bits in (2, 3, 4, 8):
        plain, fitted = (quantised(weight, bits, 1, fit_scales=f) for f in (False, True))
        errors = [(w - weight).square().sum(1) for w in (plain, fitted)]
        assert (errors[1] <= errors[0]).all()
    assert errors[1].sum() < errors[0].sum() * 1.0001


def test_range_by_hand():
    x = torch.tensor([-1.0, -0.4, 0.0, 0.4, 0.9, 2.0, 3.0])
    # 2 bits on -1..2: step 1, codes for -1, 0, 1, 2
    expected = torch.tensor([-1.0, 0.0, 0.0, 0.0, 1.0, 2.0, 2.0])
    assert torch.equal(Range(-1.0, 2.0).round(x, 2), expected)
    assert full_range(torch.tensor([1.0, 2.0])) == Range(0.0, 2.0)
    assert percentile_range(torch.arange(101.0) - 50.0, 0.9) == Range(-45.0, 45.0)
    assert percentile_range(torch.arange(101.0), 0.9) == Range(0.0, 95.0)


@given(
    st.lists(st.floats(-100, 100, width=32), min_size=2, max_size=50),
    st.integers(1, 8),
)
def test_rounding_keeps_zero_and_has_few_levels(values, bits):
    x = torch.tensor([*values, 0.0])
    rounded = full_range(x).round(x, bits)
    assert rounded[-1] == 0.0
    assert len(torch.unique(rounded)) <= 2**bits
    step = (float(x.max()) - float(x.min())) / (2**bits - 1)
    assert (rounded - x).abs().max() <= step * 1.01 + 1e-4


def test_least_error_clips_an_outlier():
    x = torch.randn(4000, generator=torch.Generator().manual_seed(1))
    x[7] = 50.0
    found = least_error_range(x, 3)
    assert found.high < 25.0
    errors = [(r.round(x, 3) - x).square().sum() for r in (found, full_range(x))]
    assert errors[0] <= errors[1]
    assert least_error_range(torch.zeros(10), 4).round(torch.zeros(10), 4).abs().sum() == 0.0
