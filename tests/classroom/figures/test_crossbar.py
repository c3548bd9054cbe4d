from __future__ import annotations

from itertools import product

import pytest

from cmn_core.classroom.figures.crossbar import ROWS, read_array
from cmn_core.errors import FieldError


def test_sums_are_the_driven_weights_and_four_bits_read_them_all_rightly() -> None:
    for driven in product((False, True), repeat=ROWS):
        found = read_array(driven, adc_bits=4)
        chosen = [row for row, on in zip(found.weights.tolist(), driven, strict=True) if on]
        assert found.sums.tolist() == [sum(c) for c in zip(*chosen, strict=True)] or not chosen
        assert (found.step, found.wrong) == (1, 0)


@pytest.mark.parametrize(("bits", "step"), [(2, 4), (3, 2)])
def test_coarse_steps_err_by_half_a_step_at_most(bits: int, step: int) -> None:
    for driven in product((False, True), repeat=ROWS):
        found = read_array(driven, adc_bits=bits)
        assert found.step == step
        assert abs(found.read - found.sums).max() <= step / 2
        assert found.wrong == int((found.sums % step != 0).sum())


def test_what_cannot_be_read_is_refused() -> None:
    with pytest.raises(FieldError, match="adc_bits"):
        read_array((True,) * ROWS, adc_bits=5)
    with pytest.raises(FieldError, match="driven"):
        read_array((True,), adc_bits=4)
