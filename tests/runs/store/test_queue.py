"""Turns in the queue, worked by hand, and limits per visitor."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.errors import FieldError
from cmn_core.runs.store import queue
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.queue import fair
from cmn_core.runs.store.store import Store

A, B, C = (Visitor(letter * 22) for letter in "abc")


def test_turns_by_hand() -> None:
    line = [("a1", "A"), ("a2", "A"), ("a3", "A"), ("b1", "B"), ("c1", "C"), ("b2", "B")]
    assert fair(line, {}) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert fair(line, {"A": 3, "B": 1}) == ["c1", "b1", "a1", "b2", "a2", "a3"]
    assert fair([], {"A": 1}) == []


@given(st.lists(st.sampled_from("ABCD"), max_size=30), st.dictionaries(st.sampled_from("ABCD"),
       st.integers(1, 99)))  # fmt: skip
def test_everyone_is_served_once_and_nobody_twice_in_a_row(
    owners: list[str], served: dict[str, int]
) -> None:
    line = [(f"{owner}{i}", owner) for i, owner in enumerate(owners)]
    order = fair(line, served)
    assert sorted(order) == sorted(run for run, _ in line)
    for owner in set(owners):
        own = [int(run[1:]) for run in order if run[0] == owner]
        assert own == sorted(own), "first come, first served within one visitor"
    for at, run in enumerate(order[1:], start=1):
        waits = {other[0] for other in order[at:]}
        assert run[0] != order[at - 1][0] or waits == {run[0]}


def test_workers_take_turns_between_visitors(store: Store, settings: dict[str, Any]) -> None:
    first = [store.create(settings, visitor=A) for _ in range(3)]
    second = [store.create(settings, visitor=B) for _ in range(2)]
    third = store.create(settings, visitor=C)
    expected = [first[0], second[0], third, first[1], second[1], first[2]]
    assert store.waiting() == expected
    taken = []
    for _ in expected:
        claim = store.claim()
        assert claim is not None
        with claim:
            taken.append(claim.run_id)
            store.finish(claim.run_id, None)
    assert taken == expected


def test_who_comes_late_does_not_wait_for_all_of_anothers(
    store: Store, settings: dict[str, Any]
) -> None:
    many = [store.create(settings, visitor=A) for _ in range(5)]
    claim = store.claim()
    assert claim is not None and claim.run_id == many[0]
    late = store.create(settings, visitor=B)
    assert store.waiting()[0] == late
    claim.lock.release()


def test_a_clock_set_back_changes_no_turn(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    both = [store.create(settings, visitor=who) for who in (A, B, A, B)]
    clock = iter([4e9, 1e9, 5.0, 3e9, *[1e9] * 20])
    monkeypatch.setattr("cmn_core.runs.store.store.time.time", lambda: next(clock))
    taken = []
    for _ in both:
        claim = store.claim()
        assert claim is not None
        taken.append(claim.run_id)
    assert taken == both


def test_a_visitor_has_a_share_of_the_queue_and_not_more(
    store: Store, settings: dict[str, Any]
) -> None:
    modest = Visitor(A.secret, most=2)
    ids = store.create_all([settings, settings], visitor=modest)
    with pytest.raises(FieldError, match="2 of yours wait or run and 1 more") as refused:
        store.create(settings, visitor=modest)
    assert "2 at a time are allowed" in str(refused.value)
    claim = store.claim(ids[0])
    assert claim is not None
    with claim:
        with pytest.raises(FieldError, match="2 of yours"):
            store.create(settings, visitor=modest)
        store.finish(ids[0], None)
    store.create(settings, visitor=modest)
    store.create(settings, visitor=Visitor(B.secret, most=2))


def test_who_is_refused_waits_for_no_writer(store: Store, settings: dict[str, Any]) -> None:
    """And keeps none from writing: a flood of refused searches must not stop those at work."""
    one = Visitor(A.secret, most=1)
    store.create(settings, visitor=one)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(FieldError, match="1 of yours wait or run"):
            store.create(settings, visitor=one)
        writer.execute("ROLLBACK")


def test_a_batch_is_queued_whole_or_not_at_all(store: Store, settings: dict[str, Any]) -> None:
    with pytest.raises(FieldError, match="3 more are asked for"):
        store.create_all([settings] * 3, visitor=Visitor(A.secret, most=2))
    assert store.list_runs() == []


def test_an_interrupted_run_takes_no_room(store: Store, settings: dict[str, Any]) -> None:
    one = Visitor(A.secret, most=1)
    run_id = store.create(settings, visitor=one)
    claim = store.claim(run_id)
    assert claim is not None
    claim.lock.release()
    assert store.get(run_id).state == "interrupted"
    store.create(settings, visitor=one)


def test_the_server_has_a_limit_too(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MAX_QUEUED", 3)
    store.create_all([settings] * 3)
    with pytest.raises(FieldError, match="3 searches wait on this server"):
        store.create(settings, visitor=Visitor(A.secret, most=9))


def test_sixteen_cookies_from_one_address_leave_room_for_everybody_else(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(queue.OF_ADDRESS, "20")
    taken = 0
    for cookie in range(16):
        flood = Visitor(f"cookie-{cookie}", most=12, address="203.0.113.7/32")
        for _ in range(12):
            with suppress(FieldError):
                store.create(settings, visitor=flood)
                taken += 1
    assert taken == 20
    with pytest.raises(FieldError, match="20 from your network address wait or run") as refused:
        store.create(settings, visitor=flood)
    assert "20 at a time are allowed from one address" in str(refused.value)
    store.create(settings, visitor=Visitor("somebody", most=12, address="198.51.100.2/32"))
    store.create(settings, visitor=Visitor("at the machine"))
    marks = {row.address for row in store.list_runs()}
    assert len(marks) == 3
    assert not any("203.0" in str(mark) for mark in marks), "an address is not written down"


def test_two_stores_mark_one_address_differently(tmp_path: Path, settings: dict[str, Any]) -> None:
    marks = set()
    for name in ("one", "two"):
        store = Store(tmp_path / name / "runs.sqlite")
        run_id = store.create(settings, visitor=Visitor("a", most=2, address="203.0.113.7/32"))
        marks.add(store.get(run_id).address)
    assert len(marks) == 2


def test_a_visitor_of_a_server_may_not_ask_for_a_search_without_end(
    store: Store, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = {**settings, "population": 1000, "generations": 1000}
    with pytest.raises(FieldError, match="1000000 in all; at most 20000 are searched") as refused:
        store.create_all([settings, endless], visitor=Visitor(A.secret, most=12))
    assert refused.value.field == "generations"
    swarm = {**settings, "inner": "both", "particles": 1000, "iterations": 1000}
    with pytest.raises(FieldError, match="steps of particles"):
        store.create(swarm, visitor=Visitor(A.secret, most=12))
    assert store.list_runs() == []
    store.create(endless)  # at one's own machine
    store.create({**swarm, "inner": "exact"}, visitor=Visitor(A.secret, most=12))
    monkeypatch.setenv("CMN_MAX_ARCHITECTURES", "10")
    with pytest.raises(FieldError, match="at most 10"):
        store.create(settings, visitor=Visitor(A.secret, most=12))


def test_a_search_for_a_chip_is_limited_by_its_layers(
    store: Store, chip_order: dict[str, Any]
) -> None:
    anybody = Visitor("a" * 22, most=3)
    few = store.create(**chip_order, visitor=anybody)
    one, other = chip_order["networks"]
    long = {**other, "layers": other["layers"] * (queue.MAX_LAYERS + 1)}
    with pytest.raises(FieldError, match=r"^model: found 2002 layers in all; at most 2000"):
        store.create(chip_order["scenario"], networks=[one, long], visitor=anybody)
    assert store.waiting() == [few]
