""""""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.reading import Wish
from cmn_core.runs.store.record import RunRow
from cmn_core.runs.store.store import Store
from cmn_core.search.generation import Generation, Points

Made = Callable[[int], Generation]


def test_generations_come_back_exactly(store: Store, settings: dict[str, Any], made: Made) -> None:
    run_id = store.begin(settings).run_id
    assert store.latest(run_id) is None
    assert store.checkpoint(run_id) is None
    for index in (1, 2, 3):
        store.append(run_id, made(index), seconds=0.5)
    assert store.checkpoint(run_id) == made(3)
    latest = store.latest(run_id)
    assert latest is not None
    assert latest.state is None, "what only resuming needs is kept once"
    assert latest.to_json() == {**made(3).to_json(), "state": {}}
    second = store.generation(run_id, 2)
    assert second is not None
    assert second.points == made(2).points
    assert store.generation(run_id, 4) is None
    assert store.history(run_id) == [made(i).history for i in (1, 2, 3)]
    row = store.get(run_id)
    assert (row.generation, row.generations, row.seconds) == (3, 4, 1.5)


def test_generation_is_kept_whole_or_not_at_all(
    store: Store, settings: dict[str, Any], made: Made
) -> None:
    run_id = store.begin(settings).run_id
    store.append(run_id, made(1), seconds=1.0)
    bad = replace(made(2), points=Points(miou=[float("nan")]))
    with pytest.raises(ValueError, match="NaN"):
        store.append(run_id, bad, seconds=1.0)
    assert store.checkpoint(run_id) == made(1)
    assert store.get(run_id).seconds == 1.0


def test_listing_is_newest_first_with_the_fields_of_the_interface(
    store: Store, settings: dict[str, Any]
) -> None:
    first = store.create(settings)
    second = store.create({**settings, "seed": 5}, batch="b1", label="energy on SRAM")
    rows = store.list_runs()
    assert [row.run_id for row in rows] == [second, first]
    assert [row.run_id for row in store.list_runs(batch="b1")] == [second]
    assert [row.run_id for row in store.list_runs(limit=1)] == [second]
    entry = json.loads(json.dumps(rows[0].to_json()))
    wanted = {
        "run_id": second,
        "state": "queued",
        "scenario": "energy",
        "memory": "sram",
        "seed": 5,
        "generation": 0,
        "generations": 4,
    }
    assert {key: entry[key] for key in wanted} == wanted
    assert entry["created"] <= entry["updated"]
    assert entry["created"].endswith("+00:00")


def test_ids_can_be_typed_and_not_guessed(store: Store, settings: dict[str, Any]) -> None:
    ids = {store.create(settings) for _ in range(40)}
    assert len(ids) == 40
    assert all(len(name) == 22 and name[0].isalnum() for name in ids)


def test_oldest_queued_run_is_claimed_first_and_only_once(
    store: Store, settings: dict[str, Any]
) -> None:
    ids = [store.create(settings) for _ in range(3)]
    claims = [store.claim() for _ in range(4)]
    assert [None if c is None else c.run_id for c in claims] == [*ids, None]


def test_two_workers_never_claim_the_same_run(store: Store, settings: dict[str, Any]) -> None:
    ids = {store.create(settings) for _ in range(40)}
    code = (
        "import sys; sys.stdin.readline()\n"
        "from cmn_core.runs.store.store import Store\n"
        "held = []\n"
        "while (claim := Store().claim()) is not None:\n"
        "    held.append(claim); print(claim.run_id)"
    )
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    got = [process.communicate(timeout=60)[0].split() for process in both]
    assert sorted(got[0] + got[1]) == sorted(ids)
    assert {row.state for row in store.list_runs()} == {"interrupted"}, "both have ended"


def test_free_lock_makes_a_running_run_interrupted(store: Store, settings: dict[str, Any]) -> None:
    claim = store.begin(settings)
    assert store.get(claim.run_id).state == "running"
    assert store.claim(claim.run_id) is None
    claim.lock.release()
    assert store.get(claim.run_id).state == "interrupted"
    assert store.claim() is None, "nobody asked for it to go on"
    again = store.claim(claim.run_id)
    assert again is not None
    assert store.get(claim.run_id).state == "running"


@pytest.mark.parametrize(
    ("state", "wish", "after"),
    [
        ("queued", "run", "queued"),
        ("queued", "pause", "paused"),
        ("queued", "cancel", "cancelled"),
        ("interrupted", "run", "queued"),
        ("interrupted", "pause", "paused"),
        ("interrupted", "cancel", "cancelled"),
        ("paused", "run", "queued"),
        ("paused", "pause", "paused"),
        ("paused", "cancel", "cancelled"),
        ("cancelled", "run", "queued"),
        ("cancelled", "pause", "cancelled"),
        ("failed", "run", "queued"),
        ("failed", "cancel", "failed"),
        ("done", "run", "done"),
        ("done", "pause", "done"),
        ("done", "cancel", "done"),
    ],
)
def test_wishes_for_runs_that_nobody_works_on(
    store: Store, settings: dict[str, Any], state: str, wish: Wish, after: str
) -> None:
    run_id = into(store, settings, state).run_id
    assert store.get(run_id).state == state
    assert store.request(run_id, wish).state == after
    assert store.request(run_id, wish).state == after, "asking twice changes nothing"


@pytest.mark.parametrize("wish", ["pause", "cancel", "run"])
def test_run_at_work_is_only_asked(store: Store, settings: dict[str, Any], wish: Wish) -> None:
    claim = store.begin(settings)
    assert store.request(claim.run_id, wish).state == "running"
    assert store.wish(claim.run_id) == wish
    store.request(claim.run_id, "run")
    assert store.wish(claim.run_id) == "run", "a wish can be taken back"


def test_wish_does_not_outlive_the_run_at_work(store: Store, settings: dict[str, Any]) -> None:
    claim = store.begin(settings)
    store.request(claim.run_id, "cancel")
    claim.lock.release()
    store.request(claim.run_id, "run")
    taken = store.claim()
    assert taken is not None
    assert store.wish(taken.run_id) == "run"


def test_results_belong_to_ended_runs(store: Store, settings: dict[str, Any]) -> None:
    run_id = store.begin(settings).run_id
    assert store.result(run_id) is None
    store.finish(run_id, {"schema": "cmn.run/1", "front": [1 / 3]})
    assert store.result(run_id) == {"schema": "cmn.run/1", "front": [1 / 3]}
    failed = store.begin(settings).run_id
    store.fail(failed, "the disk\nis full")
    assert store.get(failed).error == "the disk is full"
    assert store.result(failed) is None


def test_unknown_run(store: Store) -> None:
    for call in (store.get, store.wish, store.result):
        with pytest.raises(FieldError, match="there is no run 'nix'"):
            call("nix")


def into(store: Store, settings: dict[str, Any], state: str) -> RunRow:
    """A run in that state."""
    if state == "queued":
        return store.get(store.create(settings))
    claim = store.begin(settings)
    if state == "paused":
        store.lay_down(claim.run_id)
    elif state == "failed":
        store.fail(claim.run_id, "reason")
    elif state in ("done", "cancelled"):
        store.finish(claim.run_id, None, state=state)
    claim.lock.release()
    return store.get(claim.run_id)


def test_a_damaged_generation_is_one_sentence_and_the_others_stay(
    store: Store, settings: dict[str, Any], made: Any
) -> None:
    claim = store.begin(settings)
    for index in (1, 2):
        store.append(claim.run_id, made(index), seconds=1.0)
    with sqlite3.connect(store.path) as db:
        db.execute("UPDATE generations SET payload = X'00FF00FF' WHERE number = 2")
    for call in (store.latest, store.checkpoint):
        with pytest.raises(StoreError, match="what was kept of this run is damaged"):
            call(claim.run_id)
    assert store.generation(claim.run_id, 1) is not None
    assert [row.generation for row in store.list_runs()] == [2]
