"""Every quick form runs here, without images, within its half minute."""

from __future__ import annotations

import json
import math
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from cmn_core.studies.result import Result
from cmn_core.studies.runner import run
from cmn_core.studies.study import Asked

HALF_A_MINUTE = 30.0


def quick(name: str, folder: Path) -> Result:
    """Processor time is what other work on the machine does not change much."""
    begun = process_time()
    *_, last = run(name, Asked(quick=True), folder / f"{name}.json")
    assert process_time() - begun < HALF_A_MINUTE
    assert last.result is not None
    json.dumps(last.result.to_json(), allow_nan=False)
    return last.result


def rows(result: Result, **wanted: Any) -> list[dict[str, Any]]:
    return [r for r in result.rows if all(r.get(k) == v for k, v in wanted.items())]


def test_silicon(tmp_path: Path) -> None:
    result = quick("silicon", tmp_path)
    inside = [r for r in result.rows if r["why_not"] is None]
    assert all(r["low"] < r["ours"] < r["high"] for r in inside)
    assert {r["paper"] for r in result.rows} == {None, "reference 1", "reference 2"}
    assert [r["ratio"] for r in rows(result, chip="stellar")] == [None] * 3


def test_hybrid(tmp_path: Path) -> None:
    result = quick("hybrid", tmp_path)
    assert [r["memory"] for r in rows(result, network="searched")] == ["rram", "sram", "hybrid"]
    (mixed,) = rows(result, network="searched", memory="hybrid")
    for r in rows(result, network="hybrid's"):
        assert r["blocks"] == [r["memory"]] * 4
        assert (r["experts"], r["hidden"]) == (mixed["experts"], mixed["hidden"])


def test_discrepancy(tmp_path: Path) -> None:
    result = quick("discrepancy", tmp_path)
    assert [r["kind"] for r in result.rows] == ["none", "systematic", "random"] * 2
    for r in rows(result, kind="none"):
        assert (r["blocks_changed"], r["miou_error_percent"], r["macro_changed"]) == (0, 0.0, False)
    for r in rows(result, kind="systematic"):
        claimed = 10.0 if r["seed"] % 2 == 0 else 100.0 / 1.1 - 100.0
        assert r["energy_uj_claimed_percent"] == pytest.approx(claimed, rel=1e-6)


def test_noise(tmp_path: Path) -> None:
    result = quick("noise", tmp_path)
    assert result.settings["data"] == "generated scenes"
    (largest,) = rows(result, who="0", kind="none")
    assert math.isclose(largest["miou"], 100.0)  # it says itself what is right
    clean = result.summary["searched exact"]
    assert result.summary["searched write 0.05"]["miou"]["mean"] < clean


def test_scaling(tmp_path: Path) -> None:
    result = quick("scaling", tmp_path)
    assert {r["how"] for r in result.rows} == {"extrapolated", "simulated"}
    assert result.summary["b1"]["weights"] > 3 * result.summary["b0"]["weights"]
    small, large = (rows(result, part="limit", space="b1", max_array_mb=v) for v in (10.0, 100.0))
    assert not any(r["fits"] for r in small)
    assert all(r["fits"] for r in large)


@pytest.mark.slow
def test_compression(tmp_path: Path) -> None:
    result = quick("compression", tmp_path)
    (exact,) = rows(result, part="exact")
    assert math.isclose(exact["miou"], 100.0)
    eight, two = (rows(result, part="ptq", bits=b)[0]["miou"] for b in (8, 2))
    assert two < eight < 100.0
    (student,) = rows(result, part="kd")
    assert student["hidden"] == [64, 128, 320, 512]
    assert "our choice" in student["note"]
    assert len(result.summary["lines"]) == len(rows(result, part="tables")) == 16
