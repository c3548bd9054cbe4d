"""The process that works on studies, for real: results, cancelling, images that are none."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cmn_core.runs.home import locks_dir
from cmn_core.runs.lock import FileLock
from cmn_core.studies.background import studying
from cmn_core.studies.background.own_studies import LOCK, OwnStudies, OwnStudy, folder_of
from cmn_core.studies.background.study_queue import StudyQueue
from cmn_core.studies.study import study_of
from tests.studies.background.asked import ME, chosen

PATIENCE_S = 150.0


@pytest.fixture
def studies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnStudies:
    monkeypatch.setenv("CMN_WORKER_NICE", "0")  # a busy machine would let them wait for ever
    return OwnStudies(tmp_path / "home" / "runs.sqlite")


def row(studies: OwnStudies, study_id: str) -> OwnStudy:
    return next(r for r in studies.of(ME.owner) if r.study_id == study_id)


def until(condition: Callable[[], bool]) -> None:
    """Fails where it takes longer than a busy machine does."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def left(studies: OwnStudies) -> bool:
    """Whether the process has gone."""
    lock = FileLock.take(locks_dir(studies.home) / LOCK, patience_s=0.0)
    if lock is not None:
        lock.release()
    return lock is not None


def test_a_process_brings_the_result_of_ones_own_settings(studies: OwnStudies) -> None:
    wanted = chosen("hybrid", goals=["latency"], generations=2)
    mine = studies.add("hybrid", wanted, seed=7, visitor=ME)
    assert studying.start(studies.home)
    until(lambda: row(studies, mine).state == "done")
    found = studies.result(mine, ME.owner)
    assert found is not None
    assert {r["goal"] for r in found.rows} == {"latency"}
    assert {r["seed"] for r in found.rows} == {7}
    assert found.settings["generations"] == 2
    assert found.summary == study_of("hybrid").summary(dict(found.settings), found.rows)
    assert row(studies, mine).done == row(studies, mine).total == 1
    assert not folder_of(studies.home, mine).exists()
    until(lambda: left(studies))
    assert not studying.start(studies.home)  # nothing waits


def test_cancelling_does_not_wait_for_the_step_and_the_next_one_follows(
    studies: OwnStudies,
) -> None:
    endless = chosen("hybrid", population=200, generations=200, particles=200, iterations=500)
    long = studies.add("hybrid", endless, visitor=ME)
    tiny = chosen("hybrid", population=2, generations=1, particles=2, iterations=1)
    short = studies.add("hybrid", tiny, visitor=ME)
    assert studying.start(studies.home)
    until(lambda: row(studies, long).state == "running" and row(studies, long).total is not None)
    studies.cancel(long, ME.owner)
    asked = time.monotonic()
    until(lambda: row(studies, long).state == "cancelled")
    assert time.monotonic() - asked < 10.0
    until(lambda: row(studies, short).state == "done")
    until(lambda: left(studies))


def test_images_that_are_none_are_refused_in_a_sentence(studies: OwnStudies) -> None:
    mine = studies.add("noise", chosen("noise"), visitor=ME, files={"val.npz": b"no npz"})
    assert studying.work(StudyQueue(studies.path)) == 1
    found = row(studies, mine)
    assert found.state == "failed"
    assert found.error is not None and found.error.startswith("data: ")


def test_a_study_goes_on_after_the_step_that_was_done(
    studies: OwnStudies, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its turn ends after each step, because somebody else waits: nothing is done twice."""
    monkeypatch.setattr(studying, "TURN_S", 0.0)
    wanted = chosen("hybrid", seeds=2, population=4, generations=1, particles=2, iterations=1)
    other = studies.add("silicon", chosen("silicon"), visitor=ME)
    studies.cancel(other, ME.owner)
    mine = studies.add("hybrid", wanted, visitor=ME)
    queue = StudyQueue(studies.path)
    monkeypatch.setattr(queue, "give_way", lambda _: queue.path.exists())
    taken = queue.take()
    assert taken is not None
    assert not studying._carry_out(queue, taken)
    assert row(studies, mine).done == 0
    monkeypatch.setattr(studying, "TURN_S", 600.0)
    assert studying._carry_out(queue, taken)
    assert row(studies, mine).state == "done"
