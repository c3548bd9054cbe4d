"""Figures of two runs of a study beside each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.studies.beside import beside
from cmn_core.studies.result import stored


def test_numbers_stand_by_name_and_seeds_by_their_median() -> None:
    found = stored("scaling")
    assert found is not None
    spread = {"median": 3.0, "low": 1.0, "high": 9.0, "mean": 4.0, "count": 3}
    first = replace(found, summary={"energy rram": {"energy_uj": spread}, "n": 2, "old": 1.0})
    own = {"energy rram": {"energy_uj": {**spread, "median": 6.0}}, "n": 2, "new": 5, "words": "x"}
    rows = beside(first, replace(found, summary=own))
    assert [(r.name, r.stored, r.own) for r in rows] == [
        ("energy rram, Energy (µJ)", 3.0, 6.0),
        ("n", 2.0, 2.0),
        ("new", None, 5.0),
        ("old", 1.0, None),
    ]
    assert rows[0].change == pytest.approx(1.0)
    assert rows[2].change is None
