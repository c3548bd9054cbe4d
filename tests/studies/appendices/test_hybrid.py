"""The quick form of the study of hybrids."""

from __future__ import annotations

from pathlib import Path

from tests.studies.appendices.quick import quick, rows


def test_hybrid(tmp_path: Path) -> None:
    result = quick("hybrid", tmp_path)
    assert [r["memory"] for r in rows(result, network="searched")] == ["rram", "sram", "hybrid"]
    (mixed,) = rows(result, network="searched", memory="hybrid")
    for r in rows(result, network="hybrid's"):
        assert r["blocks"] == [r["memory"]] * 4
        assert (r["experts"], r["hidden"]) == (mixed["experts"], mixed["hidden"])
