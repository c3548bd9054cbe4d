from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.cim.technologies.draws import DRAWS
from cmn_core.cim.uncertainty import Z90, Composition
from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.predictor import load_predictor
from cmn_core.predictor.estimate import OutputLoss
from cmn_core.search.accuracy import Predicted
from cmn_core.search.inner.grid import make_grid
from cmn_core.search.robust.judgement import (
    Judgement,
    judgement_of,
)
from cmn_core.search.scenario import Scenario

LOSS = OutputLoss(slope=80.0, half_width=20.0, largest=0.15)
PLAIN = Judgement("nominal", 0.9, (0.0,) * 4, 0.0, False, None)
RRAM, SRAM = np.ones(4, dtype=bool), np.zeros(4, dtype=bool)
EXACT = np.zeros(4)


class Aware:
    """An accuracy source that knows what output errors cost."""

    source = "of the tests"

    def __init__(self, loss: OutputLoss | None = LOSS) -> None:
        self.output_loss = loss


def noisy(**fields):
    found = judgement_of(Scenario(memory="hybrid", **fields), Aware())
    assert found is not None
    return found


def test_noise_acts_like_an_output_error_by_hand():
    # 0.02 of the largest weight acts like an output error of 0.054 in every block, at a factor 2.7.
    assert LOSS.write_noise == LOSS.read_noise == 2.7
    assert noisy(write_noise=0.02).noise_loss(RRAM) == pytest.approx(80 * 0.054**2)
    # Writing and reading err independently: 0.03 and 0.04 together are 0.05.
    both = noisy(write_noise=0.03, read_noise=0.04)
    assert both.noise_loss(RRAM) == pytest.approx(80 * 0.135**2)
    # Reading that costs half as much: 0.03 x 2.7 and 0.04 x 1.35.
    milder = replace(LOSS, read_noise=1.35)
    apart = judgement_of(
        Scenario(memory="hybrid", write_noise=0.03, read_noise=0.04), Aware(milder)
    )
    assert apart is not None
    assert apart.noise_loss(RRAM) == pytest.approx(80 * (0.081**2 + 0.054**2))
    assert apart.stated == pytest.approx(0.05)
    # Factors 0, 1, 1, 2; the third block is SRAM: 0, 0.054, 0 and 0.108. Blocks after the first
    # have a share of 0.04 each in what the same error of all costs.
    uneven = noisy(write_noise=0.02, noise_per_block=(0, 1, 1, 2))
    mixed = np.array([True, True, False, True])
    assert uneven.noise_loss(mixed) == pytest.approx(80 * 0.04 * (0.054**2 + 0.108**2))
    assert uneven.noise_loss(SRAM) == 0.0


def test_noise_is_unknown_beyond_the_largest_error_measured():
    assert noisy(write_noise=0.2).noise_loss(RRAM) == math.inf
    assert noisy(write_noise=0.2).miou(np.array([15.0, 14.0, 16.0]), RRAM, EXACT) == 0.0
    for name in ("write_noise", "read_noise"):
        with pytest.raises(FieldError, match=f"^{name}: .*0.15 is known, .* noise of 0.056$"):
            judgement_of(Scenario(memory="rram", **{name: 0.1}), Aware())
    # On SRAM there is no such noise.
    assert judgement_of(Scenario(memory="sram", write_noise=0.2), Aware()) is not None


def test_miou_by_hand():
    predicted = np.array([15.0, 14.4, 15.6])
    upper = replace(PLAIN, at="quantile", quantile=0.95)
    assert upper.z == pytest.approx(Z90)
    assert upper.miou(predicted, RRAM, EXACT) == pytest.approx(14.4)
    # One output error of 0.1 in all blocks: loss 80 x 0.01 = 0.8, give or take 20 x 0.01 = 0.2.
    chip = replace(upper, chip=True, loss=LOSS)
    sigma = np.full(4, 0.1)
    assert chip.miou(predicted, RRAM, sigma) == pytest.approx(15.0 - 0.8 - math.hypot(0.6, 0.2))
    assert replace(chip, at="worst").miou(predicted, RRAM, sigma) == pytest.approx(15 - 0.8 - 0.8)
    assert replace(chip, at="nominal").miou(predicted, RRAM, sigma) == pytest.approx(14.2)
    # Noise comes on top of the chip's own error: 0.05^2 + 0.1^2 in every block.
    more = replace(chip, at="nominal", noise=(0.05,) * 4)
    assert more.miou(predicted, RRAM, sigma) == pytest.approx(15 - 80 * 0.0125)
    assert replace(more, chip=False).miou(predicted, RRAM, sigma) == pytest.approx(14.8)


def test_a_chips_own_error_costs_what_the_predictor_says():
    predictor = load_predictor("b0", "nyuv2")
    assert predictor is not None
    source = Predicted(predictor, Workload())
    experts, hidden = np.array([[3, 3, 3, 3]]), np.array([[64, 128, 320, 512]])
    sigma = np.array([[0.02, 0.05, 0.08, 0.03]])
    exact, there = source(experts, hidden), source.on_chip(experts, hidden, sigma)
    predicted = np.stack([exact.miou, exact.low, exact.high], axis=-1)
    chip = judgement_of(Scenario(memory="rram", chip_miou=True), source)
    assert chip is not None
    assert chip.miou(predicted, RRAM[None], sigma) == pytest.approx(there.miou, abs=1e-12)
    lower = replace(chip, at="quantile", quantile=0.95)
    assert lower.miou(predicted, RRAM[None], sigma) == pytest.approx(there.low, abs=1e-9)


def test_totals_by_hand():
    # Draws of ln evenly from -1 to 1, so that nine of ten stay below 0.8.
    amounts, ln = {"a": np.array(3.0), "b": np.array(1.0)}, np.linspace(-1.0, 1.0, DRAWS)
    spreads = dict.fromkeys(amounts, 0.6)
    together = Composition(amounts, spreads, {"a": ln, "b": ln})
    quantile = replace(PLAIN, at="quantile", quantile=0.9)
    worst = replace(quantile, at="worst")
    assert quantile.total(together) == pytest.approx(4.0 * math.exp(0.8), rel=1e-9)
    assert worst.total(together) == pytest.approx(4.0 * math.exp(0.8), rel=1e-9)
    # One is off upwards where the other is off downwards, which happens to no chip at once.
    apart = Composition(amounts, spreads, {"a": ln, "b": -ln})
    drawn = np.log(3.0 * np.exp(ln) + np.exp(-ln))
    assert quantile.total(apart) == pytest.approx(math.exp(np.quantile(drawn, 0.9)), rel=1e-9)
    assert worst.total(apart) == pytest.approx(4.0 * math.exp(0.8), rel=1e-9)
    assert replace(PLAIN, at="nominal").total(apart) == 4.0
    # At 0.95 the quantile is the upper end of the interval that is shown.
    upper = replace(quantile, quantile=0.95)
    assert upper.total(apart) == apart.interval[1]


@given(
    parts=st.lists(st.tuples(st.floats(1e-3, 1e3), st.floats(0, 2)), min_size=1, max_size=6),
    quantile=st.floats(0.5, 0.999),
    more=st.floats(0, 0.4),
)
def test_worst_is_no_less_than_the_quantile_which_is_no_less_than_nominal(parts, quantile, more):
    amounts = {str(k): np.array(amount) for k, (amount, _) in enumerate(parts)}
    known = Composition(amounts, {str(k): spread for k, (_, spread) in enumerate(parts)})
    at = replace(PLAIN, at="quantile", quantile=quantile)
    slack = 1.0 + 1e-12
    assert at.total(known) * slack >= known.total
    assert replace(at, at="worst").total(known) * slack >= at.total(known)
    higher = replace(at, quantile=min(0.999, quantile + more))
    assert higher.total(known) * slack >= at.total(known)


@pytest.mark.parametrize("memory", ["rram", "sram", "hybrid"])
def test_chips_are_judged_one_by_one_as_in_a_batch(memory):
    scenario = Scenario(memory=memory)
    grid = make_grid(scenario.search_space, scenario.workload, memory)
    rng = np.random.default_rng(1)
    index = np.stack([rng.integers(0, n, (3, 7)) for n in grid.sizes], axis=-1)
    index = np.where(grid.buildable(index)[..., None], index, grid.start())
    experts = rng.integers(1, 6, (3, 4))
    hidden = rng.integers(16, 128, (3, 4))
    plain = grid.chip(experts, hidden, index)
    before = [plain.energy_uj, plain.latency_us, plain.area_mm2]
    for at in ("nominal", "quantile", "worst"):
        judged = replace(PLAIN, at=at).chips(grid, experts, hidden, index)
        now = [judged.energy_uj, judged.latency_us, judged.area_mm2]
        assert all((a >= b * (1 - 1e-12)).all() for a, b in zip(now, before, strict=True))
        assert np.array_equal(judged.array_mb, plain.array_mb)
        one = replace(PLAIN, at=at).chips(grid, experts[1:2], hidden[1:2], index[1:2, 4:5])
        assert one.energy_uj[0, 0] == judged.energy_uj[1, 4]
        assert one.latency_us[0, 0] == judged.latency_us[1, 4]
        before = now


def test_nothing_is_judged_unless_asked_for():
    assert judgement_of(Scenario(), Aware(None)) is None
    assert judgement_of(Scenario(write_noise=0.0, read_noise=0.0), Aware(None)) is None
    assert judgement_of(Scenario(robust="worst"), Aware(None)) is not None


@pytest.mark.parametrize("fields", [{"chip_miou": True}, {"write_noise": 0.01}])
def test_output_errors_must_have_been_measured(fields):
    with pytest.raises(FieldError, match=f"^{next(iter(fields))}: .*measured output errors"):
        judgement_of(Scenario(**fields), Aware(None))


def test_the_memory_that_suffers_less_sets_the_floor():
    for memory, loss in (("rram", 80 * 0.054**2), ("sram", 0.0), ("hybrid", 0.0)):
        scenario = Scenario(memory=memory, write_noise=0.02)
        judgement = judgement_of(scenario, Aware())
        assert judgement is not None
        assert judgement.least_noise_loss(scenario.technologies) == pytest.approx(loss)
