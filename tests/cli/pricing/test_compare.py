"""Two designs side by side, under the same draws."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.cim.technologies.technology import load_technology

Refused = Callable[..., str]
Call = Callable[..., Any]
COSTS = ("energy_uj", "latency_us", "area_mm2")


def written(folder: Path, name: str, design: dict[str, Any], **changes: Any) -> Path:
    path = folder / name
    path.write_text(json.dumps({**design, **changes}))
    return path


def on(memory: str) -> dict[str, Any]:
    return {
        "memory": [memory] * 4,
        "macros": {memory: load_technology(memory).default},
        "replicas": [1] * 4,
    }


def test_both_ways_round_tell_the_same(call: Call, home: Path, design: dict[str, Any]) -> None:
    rram = written(home.parent, "a.json", design, hardware=on("rram"))
    sram = written(home.parent, "b.json", design, hardware=on("sram"))
    there, back = (call("compare", *p, "--json").json for p in ((rram, sram), (sram, rram)))
    assert list(there) == [*COSTS, "miou"]
    for name in COSTS:
        one, other = there[name], back[name]
        assert set(one) == {"ratio", "low", "high", "probability_less"}
        assert one["ratio"] * other["ratio"] == pytest.approx(1.0)
        assert one["low"] * other["high"] == pytest.approx(1.0)
        assert one["low"] < one["ratio"] < one["high"]
        assert one["probability_less"] == pytest.approx(1.0 - other["probability_less"])
        assert 0.0 < one["probability_less"] < 1.0, "nobody knows for certain"
    evaluated = [call("evaluate", p, "--json").json["energy_uj"] for p in (rram, sram)]
    assert there["energy_uj"]["ratio"] == pytest.approx(evaluated[0] / evaluated[1])
    assert set(there["miou"]) == {"difference", "low", "high", "probability_more"}
    assert there["miou"]["difference"] == 0.0
    assert there["miou"]["probability_more"] == 0.5


def test_a_design_against_itself(call: Call, home: Path, design: dict[str, Any]) -> None:
    path = written(home.parent, "a.json", design, hardware=on("sram"))
    found = call("compare", path, path, "--json").json
    for name in COSTS:
        assert found[name] == {"ratio": 1.0, "low": 1.0, "high": 1.0, "probability_less": 0.5}
    assert call("compare", path, path).out.splitlines()[0].split()[0] == "metric"


def test_more_of_the_same_is_certain(call: Call, home: Path, design: dict[str, Any]) -> None:
    """One more copy of every array: what both have in common cancels."""
    one = written(home.parent, "a.json", design, hardware=on("rram"))
    hardware = {**on("rram"), "replicas": [2] * 4}
    two = written(home.parent, "b.json", design, hardware=hardware)
    found = call("compare", one, two, "--json").json["area_mm2"]
    assert found["probability_less"] == 1.0
    assert found["high"] < 1.0


def test_the_broken_one_is_refused(refused: Refused, home: Path, design: dict[str, Any]) -> None:
    good = written(home.parent, "a.json", design)
    bad = written(home.parent, "b.json", design, space="b7")
    assert refused("compare", good, bad).startswith("space: found ")
