"""Whose study is next, and what becomes of one whose process was killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from cmn_core.studies.background.own_studies import OwnStudies, folder_of
from cmn_core.studies.background.study_queue import MOST_TRIES, StudyQueue, Taken
from cmn_core.studies.study import study_of
from tests.studies.background.asked import ME, OTHER, chosen


@pytest.fixture
def studies(tmp_path: Path) -> OwnStudies:
    return OwnStudies(tmp_path / "runs.sqlite")


@pytest.fixture
def queue(studies: OwnStudies) -> StudyQueue:
    return StudyQueue(studies.path)


def taken(queue: StudyQueue) -> Taken:
    found = queue.take()
    assert found is not None
    return found


def test_visitors_take_turns(studies: OwnStudies, queue: StudyQueue) -> None:
    first, second = (studies.add("hybrid", chosen("hybrid"), visitor=ME) for _ in range(2))
    other = studies.add("hybrid", chosen("hybrid"), visitor=OTHER)
    order = []
    for _ in range(3):
        found = taken(queue)
        order.append(found.study_id)
        queue.settle(found.study_id, "failed", error="a test")
    assert order == [first, other, second]
    assert queue.take() is None


def test_a_long_one_gives_way_to_another_visitor_alone(
    studies: OwnStudies, queue: StudyQueue
) -> None:
    mine = studies.add("hybrid", chosen("hybrid"), visitor=ME)
    studies.add("hybrid", chosen("hybrid"), visitor=ME)
    assert taken(queue).study_id == mine
    assert not queue.give_way(mine)
    theirs = studies.add("hybrid", chosen("hybrid"), visitor=OTHER)
    assert queue.give_way(mine)
    assert taken(queue).study_id == theirs


def test_one_that_was_killed_goes_on_until_that_was_tried_often(
    studies: OwnStudies, queue: StudyQueue
) -> None:
    mine = studies.add("hybrid", chosen("hybrid"), visitor=ME)
    for _ in range(MOST_TRIES - 1):
        assert taken(queue).study_id == mine  # and its process is gone
    queue.note(mine, done=1, total=9, seconds=2.0)  # a step was done: it gets on
    assert [row.state for row in studies.of(ME.owner)] == ["waiting"]
    for _ in range(MOST_TRIES - 1):
        assert taken(queue).study_id == mine
    assert queue.take() is None
    [row] = studies.of(ME.owner)
    assert (row.state, row.done, row.total) == ("failed", 1, 9)
    assert row.error == f"its process was stopped {MOST_TRIES} times"


def test_what_was_cancelled_meanwhile_is_not_taken_up(
    studies: OwnStudies, queue: StudyQueue
) -> None:
    mine = studies.add("hybrid", chosen("hybrid"), visitor=ME)
    taken(queue)
    assert not queue.over(mine)
    studies.cancel(mine, ME.owner)
    assert queue.over(mine)
    assert queue.take() is None
    assert [row.state for row in studies.of(ME.owner)] == ["cancelled"]


def test_forgetting_ends_it_too(studies: OwnStudies, queue: StudyQueue) -> None:
    mine = studies.add("hybrid", chosen("hybrid"), visitor=ME)
    taken(queue)
    studies.forget(mine, ME.owner)
    assert queue.over(mine)


def test_what_pages_draw_from_is_always_made(studies: OwnStudies, queue: StudyQueue) -> None:
    studies.add("compression", chosen("compression"), visitor=ME)
    asked = taken(queue).asked
    assert asked.chosen["scopes"] == ["ffn", "network"]
    assert study_of("compression").settings(asked)["bits"] == [8, 2]


def test_images_make_it_a_full_form_of_that_data(studies: OwnStudies, queue: StudyQueue) -> None:
    studies.add("noise", chosen("noise"), visitor=ME, files={"val.npz": b"npz"})
    found = taken(queue)
    assert found.asked.data == found.folder / "images" / "val.npz"
    assert not found.asked.quick
    queue.settle(found.study_id, "failed", error="a test")
    assert not folder_of(studies.home, found.study_id).exists()
    studies.add("noise", chosen("noise"), visitor=ME)
    found = taken(queue)
    assert found.asked.quick and found.asked.data is None
