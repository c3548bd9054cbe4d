"""Real worker processes, really killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.models.assigning.steps import searched_hardware
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.file import parse_model
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.record import outcome
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers import launch
from cmn_core.search.accuracy import predicted
from cmn_core.search.codesign import codesign
from cmn_core.search.scenario import Scenario

Until = Callable[..., None]
Workers = Callable[[], list[int]]


def without_times(result: dict[str, Any] | None) -> dict[str, Any]:
    """A result without what may differ: its id and times."""
    assert result is not None
    rows = [{k: v for k, v in row.items() if k != "seconds"} for row in result["history"]]
    kept = {k: v for k, v in result.items() if k not in ("run_id", "seconds")}
    return {**kept, "history": rows}


def uninterrupted(store: Store, settings: dict[str, Any]) -> dict[str, Any]:
    """The result of the same search in this process, without worker or store."""
    scenario = Scenario.from_json(settings)
    generations = list(codesign(scenario, accuracy=predicted(scenario)))
    row = store.get(store.create(settings))
    store.request(row.run_id, "cancel")
    return without_times(outcome(row, [g.history for g in generations], generations[-1]))


def test_killed_again_and_again_ends_as_if_nothing_had_happened(
    store: Store, settings: dict[str, Any], until: Until, workers: Workers
) -> None:
    settings = {**settings, "generations": 8}
    expected = uninterrupted(store, settings)
    run_id = store.create(settings)
    launch.top_up(store.home)
    for reached in (1, 3):
        until(lambda n=reached: store.get(run_id).generation >= n, f"generation {reached}")
        (pid,) = workers()
        os.kill(pid, signal.SIGKILL)
        until(lambda: store.get(run_id).state != "running", "the worker's end")
        if store.get(run_id).state == "done":
            break
        assert store.get(run_id).state == "interrupted"
        kept = store.checkpoint(run_id)
        assert kept is not None
        assert kept.index >= reached
        assert store.request(run_id, "run").state == "queued"
        assert launch.top_up(store.home) == 1
    until(lambda: store.get(run_id).finished, "the end")
    assert store.get(run_id).state == "done"
    assert without_times(store.result(run_id)) == expected
    assert [row.generation for row in store.history(run_id)] == list(range(1, 9))


def test_a_killed_search_for_a_chip_ends_as_if_nothing_had_happened(
    store: Store, chip_order: dict[str, Any], until: Until, workers: Workers
) -> None:
    task = HardwareTask.from_json(chip_order["scenario"])
    expected = searched_hardware(task, [parse_model(data) for data in chip_order["networks"]])
    run_id = store.create(**chip_order)
    launch.top_up(store.home)
    until(lambda: store.get(run_id).generation >= 1, "the first step")
    (pid,) = workers()
    os.kill(pid, signal.SIGKILL)
    until(lambda: store.get(run_id).state != "running", "the worker's end")
    if store.get(run_id).state != "done":
        assert store.get(run_id).state == "interrupted"
        assert store.resume(run_id).state == "queued"
        assert launch.top_up(store.home) == 1
    until(lambda: store.get(run_id).finished, "the end")
    found = without_times(store.result(run_id))
    assert {**found, "settings": None} == {**without_times(expected), "settings": None}
    rows = [row["step"] for row in store.history_rows(run_id)]
    assert rows == list(range(1, len(rows) + 1))


@pytest.mark.skipif(sys.platform != "linux", reason="a limit of its memory is Linux's")
def test_a_search_that_needs_more_memory_than_a_worker_may_have_fails_with_a_sentence(
    store: Store,
    settings: dict[str, Any],
    until: Until,
    workers: Workers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Of data: the small one takes 140; the tables of both memories alone make it over 180, however
    # work is cut, which depends on how fast the machine is.
    monkeypatch.setenv("CMN_WORKER_MB", "160")
    large = store.create({**settings, "memory": "hybrid", "inner": "both"})
    small = store.create(settings)
    launch.top_up(store.home)
    until(lambda: store.get(large).finished, "the end")
    row = store.get(large)
    assert row.state == "failed" and row.error is not None
    assert row.error.startswith("the search needed more memory than it may have here")
    assert "\n" not in row.error
    until(lambda: store.get(small).finished, "the next one's end")
    assert store.get(small).state == "done", "the same worker goes on with what does fit"


@pytest.mark.parametrize("found", ["100", "149", "-1", "1e3", "much"])
def test_a_limit_that_no_worker_lives_with_is_told(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch, found: str
) -> None:
    """Below some 140 MB OpenBLAS asks for its buffers for ever, and nobody would hear of it."""
    monkeypatch.setenv("CMN_WORKER_MB", found)
    store.create(settings)
    with pytest.raises(StoreError, match=f"CMN_WORKER_MB is '{found}'; .* at least 150"):
        launch.top_up(store.home)
    for none in ("", "0"):
        monkeypatch.setenv("CMN_WORKER_MB", none)
        assert launch.memory_limit() is None


def test_pause_frees_the_worker_and_cancel_keeps_the_best(
    store: Store, settings: dict[str, Any], until: Until, workers: Workers
) -> None:
    long = {**settings, "generations": 500}
    first, second = store.create(long), store.create(settings)
    launch.top_up(store.home)
    until(lambda: store.get(first).generation >= 1, "the first generation")
    store.request(first, "pause")
    until(lambda: store.get(first).state == "paused", "the pause")
    until(lambda: store.get(second).state == "done", "the next run")
    paused_at = store.get(first).generation
    assert store.result(first) is None

    store.request(first, "run")
    until(lambda: store.get(first).generation > paused_at, "one more generation")
    store.request(first, "cancel")
    until(lambda: store.get(first).finished, "the cancellation")
    result, last = store.result(first), store.latest(first)
    assert result is not None
    assert last is not None
    assert store.get(first).state == "cancelled"
    assert last.best is not None
    assert result["best"] == last.best.to_json()
    assert len(result["history"]) == last.index < 500
    assert len(workers()) == 1, "one warm worker did it all"


def test_pause_does_not_wait_for_a_long_generation(
    store: Store, settings: dict[str, Any], until: Until, workers: Workers
) -> None:
    """The first generation of this one takes many seconds; a pause or a cancellation in its midst
    leaves nothing stored."""
    run_id = store.create(
        {**settings, "scenario": "performance", "memory": "hybrid", "population": 1000}
    )
    launch.top_up(store.home)
    for wish, state in (("pause", "paused"), ("cancel", "cancelled")):
        until(lambda: store.get(run_id).state == "running", "its begin")
        store.request(run_id, wish)  # type: ignore[arg-type]
        until(lambda s=state: store.get(run_id).state == s, f"the {wish}")
        assert store.get(run_id).generation == 0
        if wish == "pause":
            store.request(run_id, "run")
            launch.top_up(store.home)


def test_run_cancelled_while_it_is_paused_keeps_its_best(
    store: Store, settings: dict[str, Any], until: Until, workers: Workers
) -> None:
    run_id = store.create({**settings, "generations": 500})
    launch.top_up(store.home)
    until(lambda: store.get(run_id).generation >= 1, "the first generation")
    (pid,) = workers()
    os.kill(pid, signal.SIGTERM)
    until(lambda: store.get(run_id).state == "interrupted", "the worker's end")
    assert store.request(run_id, "cancel").state == "cancelled"
    result, last = store.result(run_id), store.latest(run_id)
    assert result is not None
    assert last is not None
    assert last.best is not None
    assert result["best"] == last.best.to_json()


def test_failing_run_says_why_and_the_next_one_is_served(
    store: Store, settings: dict[str, Any], until: Until, workers: Workers
) -> None:
    missing = str(store.home / "nowhere.npz")
    bad = store.create({**settings, "accuracy": "supernet", "data": missing})
    good = store.create(settings)
    launch.top_up(store.home)
    until(lambda: store.get(good).state == "done", "the good run")
    row = store.get(bad)
    assert row.state == "failed"
    assert row.error is not None
    assert row.error.startswith("data: nowhere.npz: no such file or directory; ")
    log = (store.home / "logs" / "worker-0.log").read_text()
    assert "Traceback" in log
    assert bad in log


def test_outlives_the_process_that_started_it(
    store: Store, settings: dict[str, Any], until: Until, workers: Workers
) -> None:
    run_id = store.create({**settings, "generations": 8})
    code = (
        "import sys; from cmn_core.runs.workers.launch import top_up\n"
        "top_up(); print('started', flush=True); sys.stdin.read()"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert server.stdout is not None
    assert server.stdout.readline() == b"started\n"
    (pid,) = workers()
    assert os.getsid(pid) == pid, "a session of its own"
    handles = {os.path.realpath(path) for path in Path(f"/proc/{pid}/fd").iterdir()}
    assert not any(name.startswith("pipe:") for name in map(os.path.basename, handles))
    os.killpg(server.pid, signal.SIGKILL)
    server.wait()
    server.communicate()
    until(lambda: store.get(run_id).state == "done", "the run")
    assert workers() == [pid]


def test_no_more_workers_than_slots_and_idle_ones_leave_without_a_trace(
    store: Store, until: Until, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CMN_WORKER_IDLE_S", "5")  # looked at while it is still there
    assert launch.top_up(store.home) == 1
    assert launch.top_up(store.home) == 0
    (pid,) = workers()
    until(lambda: not Path(f"/proc/{pid}").exists(), "the idle worker to leave and be reaped")
    assert "idle for long enough" in (store.home / "logs" / "worker-0.log").read_text()


def test_worker_leaves_when_its_home_is_deleted(
    store: Store, until: Until, workers: Workers
) -> None:
    launch.top_up(store.home)
    log = store.home / "logs" / "worker-0.log"
    until(lambda: "ready" in log.read_text(), "the worker")
    (store.home / "locks" / "worker-0.lock").unlink()
    until(lambda: not workers(), "the worker's end")


def test_slots_follow_the_cores(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMN_WORKERS", "3")
    assert [path.name for path in launch.slot_paths(store.home)] == [
        f"worker-{i}.lock" for i in range(3)
    ]
    monkeypatch.delenv("CMN_WORKERS")
    cores = len(os.sched_getaffinity(0))
    assert launch.slot_count() == max(1, cores - 1)
