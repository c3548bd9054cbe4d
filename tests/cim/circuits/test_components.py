"""Components against numbers worked out by hand (docs/simulator.md repeats them)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cmn_core.cim.circuits import components as part
from cmn_core.cim.technologies.technology import load_technology

RRAM, SRAM = load_technology("rram"), load_technology("sram")


def of(value: float) -> np.ndarray:
    return np.asarray(float(value))


@pytest.mark.parametrize(
    ("bits", "pj", "um2"), [(4, 0.32, 183), (6, 0.49, 618), (8, 0.70, 2085), (10, 1.66, 7036)]
)
def test_adc_is_the_table_of_model_parameters(bits: int, pj: float, um2: float) -> None:
    assert float(part.adc_pj(RRAM, of(bits), of(0.9))) == pytest.approx(pj, rel=0.03)
    assert float(part.adc_um2(RRAM, of(bits))) == pytest.approx(um2, rel=0.01)


def test_time_of_a_read_by_hand() -> None:
    v = RRAM.value
    per_bit = 0.64 * v("adc_delay_factor") + 0.00653 * v("line_delay_factor") * 128
    read = 1.4 * 8 * per_bit + 1.0 * v("timing_delay_factor")
    assert float(part.read_ns(RRAM, of(8), of(128), of(1))) == pytest.approx(read)
    wide = read + 4 * 1.0 * v("input_delay_factor")
    assert float(part.read_ns(RRAM, of(8), of(128), of(4))) == pytest.approx(wide)


def test_supply_scaling() -> None:
    assert float(part.supply_energy(RRAM, of(0.45))) == pytest.approx(0.25)
    assert float(part.supply_energy(SRAM, of(0.6))) == pytest.approx((0.6 / 0.9) ** 2)
    assert float(part.supply_delay(SRAM, of(0.9))) == pytest.approx(1.0)
    # V / (V - 0.35)^1.5 at 0.6 V against 0.9 V
    slow = (0.6 / 0.25**1.5) / (0.9 / 0.55**1.5)
    assert float(part.supply_delay(SRAM, of(0.6))) == pytest.approx(slow)
    # below twice the threshold an analog read slows down as V^-2
    knee = (0.7 / 0.35**1.5) / (0.9 / 0.55**1.5)
    assert float(part.read_delay(RRAM, of(0.5))) == pytest.approx(knee * (0.7 / 0.5) ** 2)


@pytest.mark.parametrize(
    ("bits", "period_ns", "pj"),
    [
        (7, 4.7, 0.30),  # 212 MS/s, audited at 34 fJ before
        (8, 5.4, 1.1),  # 185 MS/s
        (6, 10.0, 0.15),
        (9, 10.0, 2.2),
        (7, 40.0, 0.15),  # 25 MS/s: half of what 50 MS/s takes
        (10, 1e6, 0.35e-3 * 1024),  # slow: the best figure of merit ever
    ],
)
def test_no_conversion_is_better_than_the_survey(bits: int, period_ns: float, pj: float) -> None:
    """F4: Murmann's envelope at the rate of the converter, at any supply."""
    floor = float(part.adc_floor_pj(RRAM, of(bits), of(period_ns)))
    assert floor == pytest.approx(pj)
    for volts in (0.3, 0.9):
        assert float(part.conversion_pj(RRAM, of(bits), of(volts), of(period_ns))) >= floor


@pytest.mark.parametrize(("inputs", "levels"), [(1, 0), (2, 1), (3, 2), (4, 2), (5, 3), (128, 7)])
def test_tree_levels(inputs: int, levels: int) -> None:
    assert float(part.tree_levels(of(inputs))) == levels == math.ceil(math.log2(inputs))


def test_tree_adders_count_a_tree_built_pair_by_pair() -> None:
    """Two inputs of b bits meet in a b-bit ripple adder; the formula of [ZZ] for powers of two."""
    for n in (2, 4, 8, 64):
        for bits in (1, 2, 4):
            adders, inputs, width = 0, n, bits
            while inputs > 1:
                inputs //= 2
                adders += inputs * width
                width += 1
            assert float(part.tree_adders(of(n), of(bits))) == adders


def test_a_lower_supply_is_never_faster() -> None:
    """Near the threshold the alpha-power law ends; below it the delay stays what it is there."""
    supplies = np.arange(0.2, 1.01, 0.02)
    delays = part.supply_delay(SRAM, supplies)
    assert (np.diff(delays) <= 0.0).all()
    assert delays[0] == delays[4] > 10.0 * delays[-1]
