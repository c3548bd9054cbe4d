import math

import pytest

from cmn_core.errors import FieldError
from cmn_core.nonideal import IDEAL, NonIdeal


def test_the_default_is_ideal():
    assert not (IDEAL.in_cells or IDEAL.in_products or IDEAL.random or IDEAL.reads)


@pytest.mark.parametrize(
    ("settings", "cells", "products"),
    [
        ({"write_noise": 0.1}, True, False),
        ({"read_noise": 0.1}, True, False),
        ({"stuck_high": 0.1}, True, False),
        ({"drift": 0.1}, True, False),
        ({"activation_bits": 4}, False, True),
        ({"output_sigma": (0.0, 0.0, 0.0, 0.1)}, False, True),
        ({"weight_bits": 4}, False, False),
        ({"per_column": 0.5}, False, False),  # a spread of nothing
    ],
)
def test_what_it_touches(settings, cells, products):
    made = NonIdeal(**settings)
    assert (made.in_cells, made.in_products) == (cells, products)


def test_one_output_error_stands_for_all_blocks():
    assert NonIdeal(output_sigma=0.2).sigmas == (0.2,) * 4
    assert NonIdeal(output_sigma=(0.1, 0.2, 0.3, 0.4)).sigmas == (0.1, 0.2, 0.3, 0.4)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("weight_bits", 0),
        ("activation_bits", 17),
        ("write_noise", -0.1),
        ("read_noise", math.nan),
        ("per_block", (1.0, 1.0)),
        ("per_block", (1.0, 1.0, -1.0, 1.0)),
        ("per_column", 3.0),
        ("stuck_low", 1.5),
        ("drift_s", 0.5),
        ("output_sigma", math.inf),
    ],
)
def test_refusals_name_the_field(field, value):
    with pytest.raises(FieldError) as refusal:
        NonIdeal(**{field: value})
    assert refusal.value.field == field


def test_both_stuck_shares_together_are_at_most_all_cells():
    with pytest.raises(FieldError, match="stuck_high"):
        NonIdeal(stuck_low=0.6, stuck_high=0.6)
