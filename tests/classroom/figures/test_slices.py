from __future__ import annotations

import pytest

from cmn_core.classroom.figures.slices import CELL_BITS, MOST, slice_weight, sliced_chip
from cmn_core.classroom.specimen import specimen
from cmn_core.errors import FieldError
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import completed, with_knob


def test_ninety_three_by_hand() -> None:
    found = slice_weight(-93, 2)
    assert found.digits == (1, 1, 3, 1)  # 1 x 64 + 1 x 16 + 3 x 4 + 1
    assert found.pairs == ((0, 0, 0, 0), (1, 1, 3, 1))
    assert slice_weight(93, 1).digits == (1, 0, 1, 1, 1, 0, 1)


@pytest.mark.parametrize(("bits", "columns"), [(1, 7), (2, 4), (3, 3)])
def test_every_weight_comes_back(bits: int, columns: int) -> None:
    for weight in range(-MOST, MOST + 1):
        found = slice_weight(weight, bits)
        assert found.value == weight
        assert found.columns == columns
        assert all(0 in pair for pair in zip(*found.pairs, strict=True)), "one of a pair rests"


@pytest.mark.parametrize("bits", CELL_BITS)
def test_the_chip_is_that_of_evaluate(bits: int) -> None:
    found = answer(with_knob(completed(specimen("rram")), "rram", "cell_bits", bits))
    area, energy, sigma = sliced_chip(bits)
    assert area == pytest.approx(found.metrics["area_mm2"], rel=1e-9)
    assert energy == pytest.approx(found.metrics["energy_uj"], rel=1e-9)
    assert sigma == pytest.approx(found.sigma, rel=1e-9)


@pytest.mark.parametrize(("weight", "bits", "field"), [(128, 1, "weight"), (1, 4, "cell_bits")])
def test_what_does_not_fit_is_refused(weight: int, bits: int, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        slice_weight(weight, bits)
    assert refused.value.field == field
