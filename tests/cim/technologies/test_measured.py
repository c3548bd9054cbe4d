"""Draws, given a measured figure: by hand for normal draws, and what a file may not say."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from cmn_core.cim.technologies.draws import array_groups
from cmn_core.cim.technologies.measured import (
    SCATTER,
    MeasuredFigure,
    given,
    parse_measured,
    spread_of,
)
from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.errors import FieldError

ENTRY: dict[str, Any] = {
    "quantity": "energy",
    "noise": 0.1,
    "other_rows": 0.3,
    "shares": {"adc_energy_factor": 0.5, "cell_energy_factor": 0.5, SCATTER: 1.0},
}
KNOWN = ("adc_energy_factor", "cell_energy_factor")


def own(**changes: Any) -> Any:
    head = {"schema": "cmn.technology/1", "base": "rram", "title": "Mine"}
    return own_technology({**head, "measured": [{**ENTRY, **changes}]})


def test_normal_draws_meet_the_figure_but_for_its_noise() -> None:
    """Of a + s with variances 4 and 1 and noise 0.5: 5 * 0.25 / 5.25 is left of the sum."""
    rng = np.random.default_rng(7)
    a, s, noise = rng.standard_normal((3, 200_000))
    figure = MeasuredFigure("energy", 0.5, 0.0, {"a": 1.0, SCATTER: 1.0})
    moved = given([figure], {"a": 2.0 * a, SCATTER: s}, [noise])
    left = moved["a"] + moved[SCATTER]
    assert np.var(left) == pytest.approx(5.0 * 0.25 / 5.25, rel=0.02)
    assert np.var(moved["a"]) == pytest.approx(4.0 - 16.0 / 5.25, rel=0.02)
    assert np.var(moved[SCATTER]) == pytest.approx(1.0 - 1.0 / 5.25, rel=0.02)


def test_what_the_figure_has_no_part_of_stays_open() -> None:
    rng = np.random.default_rng(8)
    a, b, s, noise = rng.standard_normal((4, 100_000))
    figure = MeasuredFigure("energy", 0.1, 0.0, {"a": 1.0, SCATTER: 1.0})
    moved = given([figure], {"a": a, "b": b, SCATTER: s}, [noise])
    assert np.std(moved["b"]) == pytest.approx(1.0, abs=0.02)


def test_arrays_of_a_measured_chip_are_off_by_its_noise_and_other_rows() -> None:
    """The figure of a macro of the same shares: noise 0.1, and 0.3 as rows of one chip differ."""
    _, factors = array_groups("rram", own(), "energy")
    figure = 0.5 * (factors["rram.adc_energy_factor"] + factors["rram.cell_energy_factor"])
    assert np.std(figure) == pytest.approx(math.hypot(0.1, 0.3), rel=0.15)
    _, wide = array_groups("rram", own(noise=1.0, other_rows=0.0), "energy")
    alone = wide["rram.adc_energy_factor"]
    assert np.std(alone) > np.std(factors["rram.adc_energy_factor"])


def test_only_what_was_measured_is_known_better() -> None:
    before = array_groups("rram", own_technology({**_head(), "measured": []}), "area")[1]
    after = array_groups("rram", own(), "area")[1]
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_another_row_of_the_chip_is_as_far_off_as_rows_are() -> None:
    found = parse_measured([ENTRY], KNOWN, "m")
    assert spread_of(found, "energy") == pytest.approx(math.hypot(0.1, 0.3))
    assert spread_of(found, "area") is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"quantity": "speed"}, "allowed are energy, delay, area"),
        ({"noise": 0.0}, "a number from 0.001 to 1 is allowed"),
        ({"noise": True}, "a number from 0.001 to 1 is allowed"),
        ({"noise": math.nan}, "a number from 0.001 to 1 is allowed"),
        ({"other_rows": -1.0}, "a number from 0 to 4 is allowed"),
        ({"shares": {}}, "a table of shares is expected"),
        ({"shares": {"adc_energy_facto": 1.0}}, "adc_energy_factor"),
        ({"shares": {SCATTER: 3.0}}, "a number from -2 to 2 is allowed"),
        ({"share": 1.0}, "shares"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(FieldError) as caught:
        own(**changes)
    assert words in str(caught.value) and "\n" not in str(caught.value)
    assert caught.value.field.startswith("technology.measured[0]")


def test_measured_is_a_list_of_tables() -> None:
    for wrong in ("energy", {"quantity": "energy"}, [ENTRY] * 33, [1]):
        with pytest.raises(FieldError, match=r"table is expected|tables are expected"):
            parse_measured(wrong, KNOWN, "technology.measured")


def _head() -> dict[str, Any]:
    return {"schema": "cmn.technology/1", "base": "rram", "title": "Mine"}
