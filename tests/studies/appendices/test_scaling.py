"""The quick form of the study of scale."""

from __future__ import annotations

from pathlib import Path

from tests.studies.appendices.quick import quick, rows


def test_scaling(tmp_path: Path) -> None:
    result = quick("scaling", tmp_path)
    assert {r["how"] for r in result.rows} == {"extrapolated", "simulated"}
    assert result.summary["b1"]["weights"] > 3 * result.summary["b0"]["weights"]
    small, large = (rows(result, part="limit", space="b1", max_array_mb=v) for v in (10.0, 100.0))
    assert not any(r["fits"] for r in small)
    assert all(r["fits"] for r in large)
