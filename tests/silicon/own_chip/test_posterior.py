"""What one chip says about its class: all of it where nothing is noise, nothing where all is."""

from __future__ import annotations

import math

import pytest

from cmn_core.cim.technologies.technology import load_technology
from cmn_core.silicon.chips import PublishedChip, parse_chips
from cmn_core.silicon.own_chip.posterior import own_posteriors
from cmn_core.silicon.predict import predict

NONE = {"energy": 0.0, "delay": 0.0, "area": 0.0}


def chip(**cells: str) -> list[PublishedChip]:
    row = {
        "chip_id": "mine",
        "device": "RRAM",
        "node_nm": "28",
        "rows": "128",
        "cols": "128",
        "input_bits": "8",
        "weight_bits": "8",
        "clock_MHz": "100",
        **cells,
    }
    return parse_chips(",".join(row) + "\n" + ",".join(row.values()) + "\n")


def test_a_chip_at_the_median_of_its_class_moves_nothing() -> None:
    """Its energy is the class's own figure, so every constant stays, and so does the whole."""
    figure = predict(chip()[0]).tops_per_w
    found = own_posteriors(chip(tops_per_W=f"{figure:.9g}"), 0.1, NONE)["energy"]
    built_in = load_technology("rram")
    for name, value in found.constants.items():
        assert value == pytest.approx(built_in.value(name), rel=2e-3), name


def test_a_figure_that_is_all_noise_says_little() -> None:
    figure = (predict(chip()[0]).tops_per_w or 0.0) * math.e
    sharp, blunt = (
        own_posteriors(chip(tops_per_W=f"{figure:.9g}"), noise, NONE)["energy"]
        for noise in (0.01, 100.0)
    )
    assert blunt.constants["array_energy_factor"] == pytest.approx(1.0, abs=1e-3)
    assert sharp.constants["array_energy_factor"] < 0.75


def test_shares_of_parts_and_of_the_whole() -> None:
    """Corrections scale the parts of the figure, so their shares add up to at most one."""
    found = own_posteriors(chip(tops_per_W="5", area_mm2="0.1"), 0.1, NONE)
    assert set(found) == {"delay", "energy", "area"}
    for own in found.values():
        shares = dict(own.measured[0].shares)
        assert shares.pop("scatter") == pytest.approx(1.0, abs=1e-3)
        assert 0.3 < sum(shares.values()) <= 1.001
        assert all(value > 0.0 for value in shares.values())


def test_two_rows_that_disagree_are_met_halfway() -> None:
    """Two clocks of the same macro: their geometric mean, as both are as sure."""
    rows = chip(clock_MHz="100") + chip(clock_MHz="400")
    slow, fast, both = (
        own_posteriors(r, 0.05, NONE)["delay"].constants["array_delay_factor"]
        for r in (rows[:1], rows[1:], rows)
    )
    assert fast < both < slow
    assert math.log(both) == pytest.approx(0.5 * math.log(slow * fast), abs=0.05)
