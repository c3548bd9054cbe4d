"""The quick form of the study of wrong simulators."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.studies.appendices.quick import quick, rows


def test_discrepancy(tmp_path: Path) -> None:
    result = quick("discrepancy", tmp_path)
    assert [r["kind"] for r in result.rows] == ["none", "systematic", "random"] * 2
    for r in rows(result, kind="none"):
        assert (r["blocks_changed"], r["miou_error_percent"], r["macro_changed"]) == (0, 0.0, False)
    for r in rows(result, kind="systematic"):
        claimed = 10.0 if r["seed"] % 2 == 0 else 100.0 / 1.1 - 100.0
        assert r["energy_uj_claimed_percent"] == pytest.approx(claimed, rel=1e-6)
