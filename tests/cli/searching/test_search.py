"""A search of the command line: its result, its ends, its refusals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmn_core.design import parse_design
from cmn_core.runs.store.store import Store
from cmn_core.search import state
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario
from cmn_core.search.state import STATE_VERSION

Call = Callable[..., Any]
ROOT = Path(__file__).resolve().parents[2]
Refused = Callable[..., str]
TINY = Scenario(
    goal="energy", memory="sram", population=4, generations=2, particles=4, iterations=3
)


def without_times(result: dict[str, Any]) -> dict[str, Any]:
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in result["history"]]
    return {**result, "history": rows, "run_id": None, "seconds": None, "swarm_share": None}


def start(home: Path, *words: str) -> subprocess.Popen[str]:
    """A search in a process that hears Ctrl-C, also where this one was started in the background:
    a shell without job control makes such processes, and all that they start, deaf to it."""
    return subprocess.Popen(
        [sys.executable, "-m", "cmn_core", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "CMN_HOME": str(home)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def wait_for_generation(home: Path, count: int) -> str:
    """The id of the only run, as soon as it has that many generations."""
    deadline = time.monotonic() + 100
    while True:
        rows = Store(home / "runs.sqlite").list_runs()
        if rows and rows[0].generation >= count:
            return rows[0].run_id
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_result_is_the_document_of_the_interface(call: Call, small: tuple[str, ...]) -> None:
    answer = call(*small, "--json", "--out", "run.json")
    assert answer.code == 0
    result = answer.json
    assert result["schema"] == "cmn.run/1"
    assert (result["scenario"], result["memory"], result["seed"]) == ("energy", "sram", 0)
    assert result["limits"]["max_array_mb"] == 10.0
    assert result["limits"]["min_miou"] > 0.0
    assert result["feasible"] is True
    assert result["best"] in result["front"]
    for design in result["front"]:
        parsed = parse_design(design)
        assert parsed.hardware is not None
        assert parsed.hardware.complete
        assert parsed.metrics is not None
        assert None not in parsed.metrics.values()
    assert [row["generation"] for row in result["history"]] == [1, 2, 3]
    assert set(result["history"][0]) >= {
        "generation", "evaluations", "best_objective", "hypervolume", "feasible_share", "seconds"
    }  # fmt: skip
    assert json.loads(Path("run.json").read_text()) == result
    (entry,) = call("runs", "list", "--json").json
    assert entry["run_id"] == result["run_id"]
    assert (entry["state"], entry["generation"], entry["generations"]) == ("done", 3, 3)
    assert call("runs", "show", result["run_id"], "--json").json == result
    assert call("search", "--resume", result["run_id"], "--json").json == result
    assert result["run_id"] in call("runs", "list").out
    assert "best" in call("search", "--resume", result["run_id"]).out


def test_a_chip_at_another_node_is_searched_among_its_supplies(
    call: Call, refused: Refused, small: tuple[str, ...]
) -> None:
    best = call(*small, "--node", "65", "--temperature", "60", "--json").json["best"]
    assert best["workload"]["node_nm"] == 65
    assert best["workload"]["temperature_c"] == 60
    supply = best["hardware"]["macros"]["sram"]["vdd_v"]
    assert supply in (0.667, 0.778, 0.889, 1.0, 1.111)
    Path("best.json").write_text(json.dumps(best))
    again = call("evaluate", "best.json", "--json").json
    assert again["energy_uj"] == pytest.approx(best["metrics"]["energy_uj"], rel=1e-12)
    said = refused("search", "--scenario", "energy", "--memory", "rram", "--node", "7")
    assert said == "workload.node_nm: found 7 beside RRAM; RRAM is known from 12 to 130 nm"
    assert "7 to 130" in refused("search", "--scenario", "energy", "--node", "5")


def test_same_seed_same_result_for_any_number_of_workers(
    call: Call, small: tuple[str, ...]
) -> None:
    one, two = (call(*small, "--workers", n, "--json").json for n in ("1", "2"))
    assert one["run_id"] != two["run_id"]
    assert without_times(one) == without_times(two)
    other = call(*small, "--seed", "1", "--json").json
    assert without_times(other)["history"] != without_times(one)["history"]


def test_a_word_lifts_the_limit_on_the_die_and_conditions_are_options(
    call: Call, small: tuple[str, ...]
) -> None:
    words = ("--image", "240x320", "--images-per-second", "9", "--temperature", "50")
    plain = tuple(word for word in small if word != "--paper")
    usual, lifted, paper = (
        call(*plain, "--json", *more).json
        for more in (words, ("--max-area-mm2", "none"), ("--paper", "--image", "120x160"))
    )
    assert [r["limits"]["max_area_mm2"] for r in (usual, lifted, paper)] == [200.0, None, None]
    workload = usual["settings"]["workload"]
    assert (workload["image"], workload["images_per_second"]) == ([240, 320], 9.0)
    assert workload["temperature_c"] == 50.0
    assert paper["settings"]["workload"]["image"] == [120, 160]
    again = call("search", "--resume", lifted["run_id"], "--max-area-mm2", "none", "--json").json
    assert again == lifted


@pytest.mark.parametrize(
    ("limit", "value", "name"),
    [("--max-energy-uj", "1e-6", "max_energy_uj"), ("--min-miou", "99.5", "min_miou")],
)
def test_limits_nobody_can_meet_end_with_the_nearest_design(
    call: Call, small: tuple[str, ...], limit: str, value: str, name: str
) -> None:
    result = call(*small, limit, value, "--json").json
    assert result["feasible"] is False
    assert result["best"] is None
    nearest = result["nearest"]
    assert nearest["violated"] == name
    assert nearest["amount"] > 0
    assert parse_design(nearest["design"]).metrics is not None
    text = call("search", "--resume", result["run_id"])
    assert text.code == 0
    assert "no design meets the limits" in text.out
    assert name in text.out


def test_killed_search_is_resumed_to_the_same_result(
    call: Call, home: Path, small: tuple[str, ...]
) -> None:
    longer = (*small[:-8], "--population", "6", "--generations", "8", *small[-4:])
    process = start(home, *longer, "--json")
    run_id = wait_for_generation(home, 2)
    busy = call("search", "--resume", run_id)
    assert busy.code == 2
    assert busy.err.startswith(f"error: resume: run {run_id} is being worked on; ")
    process.kill()
    process.communicate()
    assert call("runs", "list", "--json").json[0]["state"] == "interrupted"
    changed = call("search", "--resume", run_id, "--seed", "7")
    assert changed.code == 2
    assert changed.err.startswith("error: seed: found 7; ")
    resumed = call("search", "--resume", run_id, "--json")
    assert resumed.code == 0
    assert resumed.json["run_id"] == run_id
    assert without_times(resumed.json) == without_times(call(*longer, "--json").json)


def test_interrupt_from_the_keyboard_says_how_to_go_on(
    call: Call, home: Path, small: tuple[str, ...]
) -> None:
    process = start(home, *small[:-8], "--population", "6", "--generations", "400", *small[-4:])
    run_id = wait_for_generation(home, 1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert out == ""
    assert "Traceback" not in err
    assert err.splitlines()[-1].endswith(f"python -m cmn_core search --resume {run_id}")
    assert Store().get(run_id).state == "interrupted"
    assert call("runs", "cancel", run_id).code == 0
    assert call("runs", "show", run_id, "--json").json["best"] is not None


def test_person_elsewhere_can_cancel_a_search_of_the_command_line(
    call: Call, home: Path, small: tuple[str, ...]
) -> None:
    words = (*small[:-8], "--population", "6", "--generations", "400", *small[-4:], "--json")
    process = start(home, *words)
    run_id = wait_for_generation(home, 1)
    assert call("runs", "cancel", run_id, "--json").json["state"] == "running"
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    result = json.loads(out)
    assert result["best"] is not None
    assert len(result["history"]) < 400
    assert Store().get(run_id).state == "cancelled"


@pytest.fixture
def nobody() -> Iterator[str]:
    """The address of a scheduler that is not there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"dask://127.0.0.1:{taken.getsockname()[1]}"


def test_scheduler_that_is_not_there_is_one_line_and_no_run(
    refused: Refused, small: tuple[str, ...], nobody: str
) -> None:
    pytest.importorskip("distributed")
    line = refused(*small, "--executor", nobody)
    assert line == (
        f"executor: no Dask scheduler answers at {nobody} (connection refused);"
        " the address of one that runs is expected"
    )


def test_cluster_has_workers_of_its_own(
    refused: Refused, small: tuple[str, ...], nobody: str
) -> None:
    line = refused(*small, "--executor", nobody, "--workers", "2")
    assert line == "workers: found 2 beside an executor; the cluster has workers of its own"


def test_without_dask_the_missing_package_is_named(
    refused: Refused, small: tuple[str, ...], nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "cmn_core.search.dispatch.dask_cluster", raising=False)
    line = refused(*small, "--executor", nobody)
    assert line.startswith("executor: the package 'distributed' is not installed; pip install ")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("--population", "1"), "population: found 1; 2 to 1000 is allowed"),
        (("--generations", "0"), "generations: found 0; 1 to 1000 is allowed"),
        (("--workers", "0"), "workers: found 0; 1 to 256 is allowed"),
        (("--executor", "tcp://a:1"), "executor: found 'tcp://a:1'; dask://HOST:PORT, or "),
        (("--min-miou", "101"), "min_miou: found 101.0; a finite number 0 to 100 is allowed"),
        (("--max-array-mb", "0"), "max_array_mb: found 0.0; a finite number above 0 is allowed"),
        (("--max-energy-uj", "nan"), "max_energy_uj: found nan; "),
    ],
)
def test_effort_and_limits_that_make_no_sense(
    refused: Refused, small: tuple[str, ...], words: tuple[str, ...], line: str
) -> None:
    assert refused(*small, *words).startswith(line)


def test_limits_that_contradict_each_other_end_with_all_that_are_broken(
    call: Call, small: tuple[str, ...]
) -> None:
    result = call(*small, "--min-miou", "15", "--max-energy-uj", "0.01", "--json").json
    assert result["feasible"] is False
    assert result["front"] == []
    assert "max_energy_uj" in result["nearest"]["all"]
    assert [row["feasible_share"] for row in result["history"]] == [0.0] * 3


def test_run_of_another_version_is_left_as_it_is(
    refused: Refused, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    claim = store.begin(TINY.to_json())
    generation = next(codesign(TINY))
    with monkeypatch.context() as patch:
        patch.setattr(state, "STATE_VERSION", STATE_VERSION - 1)
        store.append(claim.run_id, generation, seconds=1.0)
    claim.lock.release()
    line = refused("search", "--resume", claim.run_id)
    assert line == (
        f"run: it was made by version {STATE_VERSION - 1} of the search;"
        f" this program continues version {STATE_VERSION}; start the search anew"
    )
    assert store.get(claim.run_id).state == "interrupted"


def test_result_file_is_no_run_id(refused: Refused, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_text('{"schema": "cmn.run/9"}')
    assert refused("search", "--resume", path).startswith("resume: there is no run '")
