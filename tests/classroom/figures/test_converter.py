from __future__ import annotations

import pytest

from cmn_core.classroom.figures.converter import measured, measured_miou, resolutions
from cmn_core.classroom.specimen import specimen
from cmn_core.quantities import MAX_SIGMA_REL
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed, with_knob


@pytest.mark.parametrize("bits", [3, 7])
def test_a_resolution_is_what_evaluate_says(bits: int) -> None:
    design = with_knob(completed(specimen("rram")), "rram", "adc_bits", bits)
    found = answer(with_knob(design, "rram", "active_rows", 32))
    ours = {r.adc_bits: r for r in resolutions(32)}[bits]
    assert ours.sigma_rel == pytest.approx(found.sigma, rel=1e-12)
    assert ours.energy_uj == pytest.approx(found.metrics["energy_uj"], rel=1e-9)
    assert ours.latency_us == pytest.approx(found.metrics["latency_us"], rel=1e-9)


def test_more_rows_per_read_need_more_bits() -> None:
    least = [
        min(r.adc_bits for r in resolutions(rows) if r.sigma_rel <= MAX_SIGMA_REL)
        for rows in (16, 32, 64, 128)
    ]
    assert least == sorted(least) and least[0] < least[-1]


def test_measured_points_are_met_and_the_ends_hold() -> None:
    table = measured()
    for sigma, miou in zip(table["sigma_rel"], table["miou"], strict=True):
        assert measured_miou(sigma) == miou
    assert measured_miou(9.0) == table["miou"][-1]
    at = dict(zip(table["sigma_rel"], table["miou"], strict=True))
    assert measured_miou(0.25) == pytest.approx((at[0.2] + at[0.3]) / 2)
