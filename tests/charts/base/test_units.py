"""Units that suit the size of a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.charts.base.units import amount, counted, figures, log_ticks, unit_for
from cmn_core.quantities import COSTS


@pytest.mark.parametrize(
    ("quantity", "value", "text"),
    [
        ("energy_uj", 2_537_816.0, "2.54 J"),
        ("energy_uj", 39_200.0, "39.2 mJ"),
        ("energy_uj", 5_241.5, "5,242 µJ"),
        ("energy_uj", 0.0471, "47.1 nJ"),
        ("energy_uj", 0.0, "0 µJ"),
        ("latency_us", 12_948_000_604.0, "12,948 s"),
        ("area_mm2", 13_300.0, "133 cm²"),
        ("area_mm2", 82.4, "82.4 mm²"),
        ("area_mm2", 0.001, "0.00100 mm²"),
    ],
)
def test_an_amount_has_the_unit_of_its_size(quantity: str, value: float, text: str) -> None:
    assert amount(quantity, value) == text


@given(st.sampled_from(COSTS), st.floats(1e-9, 1e15))
def test_units_are_only_another_way_to_write_a_value(quantity: str, value: float) -> None:
    unit = unit_for(quantity, value)
    assert unit.of(value) * unit.size == pytest.approx(value)
    assert unit.name in unit.title


@given(st.floats(1e-6, 1e6), st.floats(1.3, 1e6))
def test_ticks_lie_inside(low: float, span: float) -> None:
    ticks = log_ticks(low, low * span)
    assert ticks == sorted(set(ticks))
    assert all(low <= tick <= low * span for tick in ticks)


def test_counts_and_figures() -> None:
    assert [counted(n) for n in (46.7e9, 9_838_000.0, 64_622.0, 512.0)] == [
        "46.7 G",
        "9.838 M",
        "64.62 k",
        "512",
    ]
    assert [figures(v) for v in (0.0, 1.0, 999.6, 12_345.6)] == ["0", "1.00", "1,000", "12,346"]
