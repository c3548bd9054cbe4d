from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
MODEL = {
    "schema": "cmn.model/1",
    "name": "small",
    "layers": [
        {"kind": "product", "k": 27, "n": 32, "vectors": 4000, "block": "first"},
        {"kind": "product", "k": 512, "n": 512, "vectors": 60, "block": "second"},
    ],
}


@pytest.fixture
def path(home: Path) -> Path:
    file = home.parent / "model.json"
    file.write_text(json.dumps(MODEL))
    return file


def test_hardware_for_a_given_network(call: Call, path: Path) -> None:
    out = path.with_name("chip.json")
    words = ("search", "--model", path, "--memory", "hybrid", "--images-per-second", "100")
    answer = call(*words, "--out", out, "--json").json
    assert answer == json.loads(out.read_text())
    assert answer["schema"] == "cmn.chip/1" and answer["feasible"]
    assert answer["limits"]["max_area_mm2"] == 200.0
    assert answer["limits"]["max_latency_us"] == 1e4
    assert answer["best"]["area_mm2"] <= 200.0
    assert set(answer["best"]["hardware"]["blocks"]) == {"first", "second"}
    assert "second" in call(*words).out


def test_two_networks_share_a_chip(call: Call, path: Path) -> None:
    words = ("search", "--model", path, "--model", path, "--memory", "sram")
    answer = call(*words, "--scenario", "latency", "--max-area-mm2", "none", "--json").json
    assert answer["models"] == ["small", "small"]
    assert answer["limits"]["max_area_mm2"] is None
    one, other = answer["networks"]
    assert one["latency_us"] == pytest.approx(other["latency_us"])
    assert one["alone"]["latency_us"] == pytest.approx(one["latency_us"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--population", "5"), "population: given beside a model"),
        (("--workers", "2"), "workers: given beside a model"),
        (("--paper",), "paper: given beside a model"),
        (("--scenario", "performance"), "scenario: found 'performance'"),
        (("--memory", "dram"), "memory: found 'dram'"),
        (("--max-energy-uj", "5"), "max_energy_uj: given beside a model"),
    ],
)
def test_what_is_about_architectures_is_refused(
    call: Call, path: Path, words: tuple[str, ...], said: str
) -> None:
    refused = call("search", "--model", path, *words)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {said}")


def test_a_size_without_a_model_is_refused(call: Call) -> None:
    refused = call("search", "--scenario", "energy", "--memory", "sram", "--dim", "n=1")
    assert (refused.code, refused.err.partition(";")[0]) == (2, "error: dim: found 'n=1'")
