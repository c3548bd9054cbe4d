"""A run worked on in this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.runs.store.examples import export_example
from cmn_core.runs.store.store import Store


def test_a_clock_that_jumps_changes_no_result(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from cmn_core.runs.workers.job import work

    def run() -> tuple[str, Any]:
        claim = store.begin(settings)
        with claim:
            for _ in work(store, claim):
                pass
        result = store.result(claim.run_id)
        assert result is not None
        for row in result["history"]:
            assert 0 <= row["seconds"] < 60
        return claim.run_id, result["best"]

    _, plain = run()
    jumps = iter([4e9, 0.0, 1.7e9, -5e8, 9e9] * 40)
    monkeypatch.setattr("time.time", lambda: next(jumps))
    run_id, jumped = run()
    monkeypatch.undo()
    assert jumped["architecture"] == plain["architecture"]
    assert jumped["metrics"] == plain["metrics"]
    row = store.get(run_id)
    assert row.state == "done" and 0 <= row.seconds < 60
    assert json.dumps([r.to_json() for r in store.list_runs()])
    assert store.list_runs()[0].run_id == run_id, "newest first, whatever the clock said"


def test_searches_of_two_visitors_take_turns_and_end_as_if_alone(
    store: Store, settings: dict[str, Any]
) -> None:
    from cmn_core.runs.store.keys import Visitor
    from cmn_core.runs.workers.job import work

    alone = store.create(settings, visitor=Visitor("a" * 22))
    ids = [alone]
    order: list[str] = []

    def serve(most: int) -> None:
        """What a worker does, until nobody waits."""
        for _ in range(most):
            claim = store.claim()
            if claim is None:
                return
            with claim:
                for generation in work(store, claim, turn_s=0.0):
                    order.append(f"{ids.index(claim.run_id)}.{generation.index}")

    serve(1)  # nobody else waits: it keeps its worker
    assert order == ["0.1", "0.2", "0.3", "0.4"]
    ids += [store.create(settings, visitor=Visitor(letter * 22)) for letter in "bc"]
    order.clear()
    serve(20)
    assert order[:4] == ["1.1", "2.1", "1.2", "2.2"]
    assert [store.get(run_id).state for run_id in ids] == ["done"] * 3
    results = [store.result(run_id) for run_id in ids]
    assert [r["best"] for r in results] == [results[0]["best"]] * 3
    assert [r["front"] for r in results] == [results[0]["front"]] * 3


def test_a_wish_comes_before_a_turn(store: Store, settings: dict[str, Any]) -> None:
    from cmn_core.runs.store.keys import Visitor
    from cmn_core.runs.workers.job import work

    first = store.create(settings, visitor=Visitor("a" * 22))
    claim = store.claim()
    store.create(settings, visitor=Visitor("b" * 22))
    assert claim is not None and claim.run_id == first
    with claim:
        store.pause(first)
        assert not store.give_way(first)
        for _ in work(store, claim, turn_s=0.0):
            pass
    assert store.get(first).state == "paused"


def test_a_search_for_a_chip_is_paused_and_cancelled_as_any_other(
    store: Store, chip_order: dict[str, Any]
) -> None:
    from cmn_core.runs.workers.job import work

    run_id = store.create(**chip_order)
    row = store.get(run_id)
    assert (row.kind, row.goal, row.memory, row.state) == ("chip", "energy", "sram", "queued")
    assert (store.outcome(row), store.networks(run_id)) == (None, chip_order["networks"])
    claim = store.claim()
    assert claim is not None and claim.run_id == run_id
    with claim:
        for step in work(store, claim):
            if step.index == 2:
                store.pause(run_id)
    assert (store.get(run_id).state, store.get(run_id).generation) == ("paused", 2)
    assert [row["step"] for row in store.history_rows(run_id)] == [1, 2]
    cancelled = store.request(run_id, "cancel")
    result = store.result(run_id)
    assert cancelled.state == "cancelled" and result is not None
    assert result["schema"] == "cmn.chip/1" and result["run_id"] == run_id
    assert result["feasible"] and result["networks"] == [], "the best so far is kept"


def test_what_is_made_for_networks_refuses_a_chip(store: Store, chip_order: dict[str, Any]) -> None:
    claim = store.begin(**chip_order)
    with claim, pytest.raises(FieldError, match=r"^run_id: run \S+ searches hardware for a given"):
        export_example(store, claim.run_id)
