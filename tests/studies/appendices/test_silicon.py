"""The quick form of the silicon study."""

from __future__ import annotations

from pathlib import Path

from tests.studies.appendices.quick import quick, rows


def test_silicon(tmp_path: Path) -> None:
    result = quick("silicon", tmp_path)
    inside = [r for r in result.rows if r["why_not"] is None]
    assert all(r["low"] < r["ours"] < r["high"] for r in inside)
    assert {r["paper"] for r in result.rows} == {None, "reference 1", "reference 2"}
    assert [r["ratio"] for r in rows(result, chip="stellar")] == [None] * 3
