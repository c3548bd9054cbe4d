"""The fit: its median, one vote per chip, what is stored, what is held out."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from cmn_core.cim.technologies.technology import load_technology
from cmn_core.silicon.calibration import QUANTITIES, cases, tabulate, votes, weighted_median
from cmn_core.silicon.chips import DEVICES
from cmn_core.silicon.predict import predict
from cmn_core.silicon.report import VALIDATION, as_json, fitted, held_out, published, report
from cmn_core.silicon.structure import TECHNOLOGY
from cmn_core.silicon.validation import leave_one_out


def test_weighted_median() -> None:
    values = np.array([5.0, 1.0, 3.0])
    assert float(weighted_median(values, np.ones(3))) == 3.0
    assert float(weighted_median(values, np.array([5.0, 1.0, 1.0]))) == 5.0
    assert float(weighted_median(np.array([1.0, 2.0]), np.ones(2))) == 1.5
    both = weighted_median(np.array([[5.0, 1.0, 3.0], [0.0, 9.0, 9.0]]), np.ones(3))
    assert both.tolist() == [3.0, 9.0]


def test_a_chip_has_one_vote_however_many_rows() -> None:
    found = cases(published(), "SRAM-digital", "energy")
    share = votes(found)
    rows = [case.chip.chip_id == "colonnade" for case in found]
    assert sum(rows) == 24
    assert share[rows].sum() == pytest.approx(1.0)
    assert share.sum() == pytest.approx(len({case.chip.chip_id for case in found}))


@pytest.mark.parametrize("device", DEVICES)
def test_refitting_gives_the_stored_factors(device: str) -> None:
    technology = load_technology(TECHNOLOGY[device])
    for name, value in fitted(device).items():
        assert technology.value(name) == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("device", DEVICES)
def test_the_macro_of_the_search_prints_what_the_fit_saw(device: str) -> None:
    """One model: residuals of the fit are those of the command."""
    table = tabulate(published(), device, "energy")
    factors = table.fit(np.ones(len(table.found), dtype=np.bool_))
    for case, off in zip(table.found, table.residuals(factors), strict=True):
        answer = predict(case.chip)
        ratio = answer.tops_per_w / case.chip.measured("tops_per_W")
        assert math.log(ratio) == pytest.approx(-off, abs=1e-6)


def test_a_held_out_chip_is_not_seen() -> None:
    """Whatever a chip measured, its own held-out prediction stays."""
    table = tabulate(published(), "RRAM", "energy")
    away = np.array([case.chip.chip_id == "neurram" for case in table.found])
    before = table.fit(~away)
    for case in np.array(table.found)[away]:
        object.__setattr__(case, "target", case.target + 3.0)
    assert table.fit(~away) == before


# Medians and shares within 2x, as docs/silicon.md has them.
REACHED = {
    ("RRAM", "energy"): (1.7, 0.7),
    ("RRAM", "area"): (2.0, 0.5),
    ("RRAM", "speed"): (1.5, 0.7),
    ("SRAM-analog", "energy"): (1.8, 0.6),
    ("SRAM-analog", "area"): (1.75, 0.6),
    ("SRAM-analog", "speed"): (1.1, 0.7),
    ("SRAM-digital", "energy"): (1.4, 0.75),
    ("SRAM-digital", "area"): (1.7, 0.65),
    ("SRAM-digital", "speed"): (1.7, 0.6),
}


def test_cross_validation_reaches_what_the_document_says() -> None:
    found = {(s.device, s.quantity): s for s in held_out()}
    for key, (median, share) in REACHED.items():
        assert found[key].median_factor <= median, key
        assert found[key].within_2x >= share, key


def test_the_stored_validation_is_today_s() -> None:
    stored = json.loads(VALIDATION.read_text())
    assert stored["command"] == as_json()["command"]
    for old, new in zip(stored["held_out"], as_json()["held_out"], strict=True):
        assert old["device"] == new["device"] and old["quantity"] == new["quantity"]
        assert old["median_factor"] == pytest.approx(new["median_factor"], rel=1e-5)


def test_report_has_a_line_per_class_and_quantity() -> None:
    lines = report().splitlines()
    assert len(lines) == len(DEVICES) + 2 + len(DEVICES) * (len(QUANTITIES) + 2)


def test_one_class_does_not_move_another() -> None:
    score = leave_one_out([c for c in published() if c.device == "RRAM"], "RRAM", "area")
    same = next(s for s in held_out() if (s.device, s.quantity) == ("RRAM", "area"))
    assert score == same
