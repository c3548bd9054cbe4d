from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.home import prepare
from cmn_core.runs.lock import FileLock
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.launch import slot_paths
from cmn_core.search.scenario import Scenario

Call = Callable[..., Any]
TINY = Scenario(
    goal="energy", memory="sram", population=4, generations=1, particles=4, iterations=3
)


@pytest.fixture
def slot(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileLock]:
    """The only slot of this home, taken: no worker can be started until it is released."""
    monkeypatch.setenv("CMN_WORKERS", "1")
    monkeypatch.setenv("CMN_WORKER_IDLE_S", "0")
    taken = FileLock.take(slot_paths(prepare(home))[0])
    assert taken is not None
    with taken:
        yield taken


def test_pause_and_resume_go_through_the_queue(call: Call, slot: FileLock) -> None:
    store = Store()
    run_id = store.create(TINY.to_json())
    assert call("runs", "pause", run_id, "--json").json["state"] == "paused"
    assert call("runs", "pause", run_id).code == 0, "asking twice changes nothing"
    assert store.claim() is None, "a paused run waits for nobody"
    assert call("runs", "resume", run_id, "--json").json["state"] == "queued"
    claim = store.claim()
    assert claim is not None
    assert call("runs", "pause", run_id, "--json").json["state"] == "running"
    assert store.wish(run_id) == "pause"
    assert call("runs", "resume", run_id, "--json").json["state"] == "running"
    assert store.wish(run_id) == "run", "the pause is taken back"
    claim.lock.release()
    slot.release()
    assert call("runs", "resume", run_id, "--json").json["state"] == "queued"
    deadline = time.monotonic() + 100
    while store.get(run_id).state != "done":
        assert time.monotonic() < deadline, "a worker was started for it"
        time.sleep(0.02)


@pytest.mark.parametrize("state", ["done", "cancelled"])
def test_what_has_ended_is_not_paused(
    call: Call, refused: Callable[..., str], slot: FileLock, state: str
) -> None:
    store = Store()
    claim = store.begin(TINY.to_json())
    with claim:
        store.finish(claim.run_id, {"best": None}, state=state)
    line = refused("runs", "pause", claim.run_id)
    assert line == (
        f"run_id: run {claim.run_id} is {state};"
        " a run that waits or is being worked on can be paused"
    )
    if state == "done":
        assert refused("runs", "resume", claim.run_id).startswith(
            f"run_id: run {claim.run_id} is done; "
        )
    else:
        assert call("runs", "resume", claim.run_id, "--json").json["state"] == "queued"


def test_unknown_run_is_neither_paused_nor_resumed(refused: Callable[..., str]) -> None:
    for verb in ("pause", "resume"):
        assert refused("runs", verb, "nobody").startswith("run_id: there is no run 'nobody'; ")


def test_an_operator_sees_whose_runs_they_are_and_cancels_them_together(
    call: Call, refused: Callable[..., str], slot: FileLock
) -> None:
    store = Store()
    flood = [Visitor(f"cookie {i}", most=9, address="203.0.113.7/32") for i in range(3)]
    theirs = [store.create(TINY.to_json(), visitor=who) for who in flood for _ in range(2)]
    mine = store.create(TINY.to_json())
    listed = {row["run_id"]: row for row in call("runs", "list", "--json").json}
    address = listed[theirs[0]]["address"]
    assert listed[mine]["owner"] is None
    assert listed[theirs[0]]["owner"] == flood[0].owner[:12]
    assert address in call("runs", "list").out
    owner = listed[theirs[0]]["owner"]
    few = call("runs", "list", "--owner", owner, "--json").json
    assert {row["run_id"] for row in few} == set(theirs[:2])
    many = ("runs", "cancel", "--address", address, "--state", "queued")
    assert set(call(*many, "--dry-run", "--json").json["cancelled"]) == set(theirs)
    assert len(store.waiting()) == 7
    assert set(call(*many, "--json").json["cancelled"]) == set(theirs)
    assert store.waiting() == [mine]
    gone = call("runs", "prune", "--address", address, "--json").json["deleted"]
    assert set(gone) == set(theirs)
    assert [row.run_id for row in store.list_runs()] == [mine]
    assert refused("runs", "cancel").startswith("run_id: missing; either a run or some of")
    assert refused("runs", "cancel", mine, "--owner", "x").startswith("run_id: named together")
    assert refused("runs", "list", "--state", "lost").startswith("state: ")
