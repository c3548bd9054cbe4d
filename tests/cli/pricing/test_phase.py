"""The map over rate and die from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Refused = Callable[..., str]
Call = Callable[..., Any]
SPANS = ("--images-per-second", "0.02:5", "--max-area-mm2", "50:200", "--points", "3")


@pytest.fixture
def file(home: Path, design: dict[str, Any]) -> Path:
    path = home.parent / "design.json"
    path.write_text(json.dumps({**design, "workload": {"image": [240, 320]}}))
    return path


def test_a_point_is_a_chip_that_evaluate_prices_the_same(call: Call, file: Path) -> None:
    found = call("phase", file, *SPANS, "--json").json
    rates, dies = [0.02, 0.3162, 5.0], [50.0, 100.0, 200.0]
    ends = [(p["images_per_second"], p["max_area_mm2"]) for p in found]
    assert ends == [(rate, die) for rate in rates for die in dies]
    for point in found:
        assert {"memory", "energy_uj", "all_rram_uj", "all_sram_uj"} < set(point)
        if point["max_area_mm2"] == 50.0:
            assert point["memory"] is point["energy_uj"] is point["probability_best"] is None
            continue
        assert 0.0 < point["probability_best"] <= 1.0
        uniform = [v for v in (point["all_rram_uj"], point["all_sram_uj"]) if v is not None]
        assert point["energy_uj"] <= min(uniform)
    best = found[4]
    assert set(best["memory"]) == {"rram", "sram"}
    design = json.loads(file.read_text())
    design["workload"]["images_per_second"] = best["images_per_second"]
    design["hardware"] = best["hardware"]
    file.write_text(json.dumps(design))
    priced = call("evaluate", file, "--json").json
    assert priced["energy_uj"] == pytest.approx(best["energy_uj"], rel=1e-12)
    assert priced["area_mm2"] <= best["max_area_mm2"]
    lines = call("phase", file, *SPANS).out.splitlines()
    assert len(lines) == 2 + 9
    assert lines[0].split()[2] == "blocks"


def test_spans_that_cannot_be_are_refused(refused: Refused, file: Path) -> None:
    line = refused("phase", file, "--images-per-second", "3:1")
    assert line.startswith("images_per_second: found 3:1; ")
    assert refused("phase", file, "--max-area-mm2", "0:9").startswith("max_area_mm2: found 0; ")
    assert refused("phase", file, "--points", "1").startswith("points: found 1; ")
    assert refused("phase", file, "--objective", "size").startswith("objective: found 'size'; ")
