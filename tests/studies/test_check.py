"""A stored study beside a re-run: what differs, and what is older."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cmn_core.studies.check import check, differences, stale
from cmn_core.studies.result import Result, stored
from cmn_core.studies.study import study_of

ROW = {"level": 0.1, "miou": 15.0, "blocks": [1, 2], "seconds": 3.0}


def silicon() -> Result:
    found = stored("silicon")
    assert found is not None
    return found


def test_equal_rows_agree_and_loose_columns_may_differ() -> None:
    again = {**ROW, "miou": 15.0 * (1.0 + 1e-9), "seconds": 99.0}
    assert differences([ROW], [again], loose=("seconds",), slack=1e-6) == []


@pytest.mark.parametrize(
    "change",
    [{"miou": 15.1}, {"miou": None}, {"blocks": [1, 3]}, {"blocks": [1]}, {"level": "0.1"}],
)
def test_what_differs_is_named(change: dict[str, object]) -> None:
    (text,) = differences([ROW], [{**ROW, **change}], loose=(), slack=1e-6)
    assert text.startswith(f"row 1, {next(iter(change))}: ")


def test_missing_rows_are_a_difference() -> None:
    assert differences([ROW], [], loose=(), slack=1e-6) == ["1 rows stored, 0 now"]


def test_the_stored_silicon_study_agrees_and_a_changed_one_does_not() -> None:
    result = silicon()
    assert check(study_of("silicon"), result).agrees
    rows = [dict(row) for row in result.quick_rows]
    rows[3]["ours"] *= 1.01
    found = check(study_of("silicon"), replace(result, quick_rows=rows))
    assert len(found.differences) == 1
    assert "row 4, ours" in found.differences[0]


def test_another_version_is_named() -> None:
    result = replace(silicon(), versions={"simulator": "cmn-cim/0"})
    (text,) = stale(result)
    assert text.startswith("simulator: cmn-cim/0, now ")
