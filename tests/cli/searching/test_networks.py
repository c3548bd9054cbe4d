from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.store.store import Store

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
    [row] = call("runs", "list", "--json").json
    assert (row["run_id"], row["state"], row["kind"]) == (answer["run_id"], "done", "chip")
    assert call("runs", "show", row["run_id"], "--json").json == answer
    assert call("search", "--resume", row["run_id"], "--json").json == answer
    assert "second" in call("search", "--resume", row["run_id"]).out
    assert "chip" in call("runs", "list").out


def test_two_networks_share_a_chip(call: Call, path: Path) -> None:
    words = ("search", "--model", path, "--model", path, "--memory", "sram")
    answer = call(*words, "--scenario", "latency", "--max-area-mm2", "none", "--json").json
    assert answer["models"] == ["small", "small"]
    assert answer["limits"]["max_area_mm2"] is None
    one, other = answer["networks"]
    assert one["latency_us"] == pytest.approx(other["latency_us"])
    assert one["alone"]["latency_us"] == pytest.approx(one["latency_us"])
    weighed = call(
        *words, "--weight", "3", "--weight", "1", "--max-area-mm2", "none", "--json"
    ).json
    assert weighed["weights"] == [3.0, 1.0]
    rows, pair = weighed["networks"], weighed["sharing"]["energy_uj"]
    assert pair["shared"] == pytest.approx((3 * rows[0]["energy_uj"] + rows[1]["energy_uj"]) / 4)


def test_a_search_that_was_cut_off_goes_on(call: Call, path: Path) -> None:
    answer = call("search", "--model", path, "--memory", "sram", "--json").json
    store = Store()
    with sqlite3.connect(store.path) as db:
        db.execute("DELETE FROM generations WHERE number > 2")
        db.execute("UPDATE runs SET state = 'running', result = NULL, generation = 2")
    assert call("runs", "show", answer["run_id"], "--json").json["history"][-1]["step"] == 2
    refused = call("search", "--resume", answer["run_id"], "--memory", "rram")
    assert refused.err.startswith("error: memory: found rram")
    again = call("search", "--resume", answer["run_id"], "--json").json
    for name in ("best", "groups", "larger_die"):
        assert again[name] == answer[name]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--population", "5"), "population: given beside a model"),
        (("--workers", "2"), "workers: given beside a model"),
        (("--paper",), "paper: given beside a model"),
        (("--scenario", "performance"), "scenario: found 'performance'"),
        (("--memory", "dram"), "memory: found 'dram'"),
        (("--weight", "0"), "weight: found 0"),
        (("--weight", "1", "--weight", "2"), "weight: found 2 for 1 networks"),
        (("--weight", "much"), "weight: found 'much'"),
        (("--max-energy-uj", "5"), "max_energy_uj: given beside a model"),
    ],
)
def test_what_is_about_architectures_is_refused(
    call: Call, path: Path, words: tuple[str, ...], said: str
) -> None:
    refused = call("search", "--model", path, *words)
    assert refused.code == 2
    assert refused.err.startswith(f"error: {said}")
    assert call("runs", "list", "--json").json == []


def test_a_size_without_a_model_is_refused(call: Call) -> None:
    refused = call("search", "--scenario", "energy", "--memory", "sram", "--dim", "n=1")
    assert (refused.code, refused.err.partition(";")[0]) == (2, "error: dim: found 'n=1'")
