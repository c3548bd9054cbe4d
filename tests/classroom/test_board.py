from __future__ import annotations

import sqlite3
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cmn_core.classroom.board import (
    KEPT_S,
    MAX_ENTRIES,
    MAX_OF_ADDRESS,
    MAX_OF_VISITOR,
    Board,
    judged,
    places,
)
from cmn_core.classroom.lesson import Lesson, code_of, read_lesson
from cmn_core.classroom.specimen import specimen
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.runs import database
from cmn_core.runs.store import clock, schema
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.store import Store
from cmn_core.whatif.edits import completed, with_block, with_knob

KEY = "k"


def lesson(**limits: str) -> Lesson:
    asked = {"scenario": "energy", "memory": "sram", "min_miou": "10.0"}
    return read_lesson({"class": "7b", "code": code_of(KEY), **asked, **limits})


@pytest.fixture
def board(tmp_path: Path) -> Board:
    return Board(tmp_path / "home" / "runs.sqlite")


@pytest.fixture
def plain() -> Design:
    return completed(specimen("sram"))


@pytest.fixture
def frugal(plain: Design) -> Design:
    """The same at a lower supply: less energy."""
    return with_knob(plain, "sram", "vdd_v", 0.7)


def test_reading_an_empty_board_makes_no_file(board: Board) -> None:
    assert board.entries(lesson()) == []
    assert not board.path.exists()


def test_the_better_design_of_a_nickname_stays(board: Board, plain: Design, frugal: Design) -> None:
    asked = lesson()
    first, new = board.submit(asked, "  Ada  L ", plain)
    assert new and first.nickname == "Ada L"
    second, new = board.submit(asked, "ada l", frugal)
    assert new and second.value < first.value
    kept, new = board.submit(asked, "Ada L", plain)
    assert not new and kept.value == second.value
    board.submit(asked, "Blaise", plain)
    assert [e.nickname.lower() for e in board.entries(asked)] == ["ada l", "blaise"]
    assert board.entries(lesson(max_area_mm2="9e9")) == []


def test_performance_counts_upwards(board: Board, plain: Design) -> None:
    asked = lesson(scenario="performance", max_energy_uj="1e9", max_latency_us="1e9")
    wider = with_block(plain, 2, hidden=640)
    for name, design in (("a", plain), ("b", wider)):
        board.submit(asked, name, design)
    assert [e.nickname for e in board.entries(asked)] == ["b", "a"]
    assert not board.submit(asked, "b", plain)[1]


def test_what_a_file_claims_does_not_count(plain: Design) -> None:
    found = judged(lesson(), "x", replace(plain, metrics={"energy_uj": 1.0}))
    assert found.figures == judged(lesson(), "x", plain).figures


def test_a_broken_limit_another_memory_and_a_bad_name_are_refused(
    board: Board, plain: Design
) -> None:
    with pytest.raises(FieldError, match="over the limit of 5"):
        board.submit(lesson(max_area_mm2="5.0"), "Ada", plain)
    with pytest.raises(FieldError, match="below the limit"):
        board.submit(lesson(min_miou="50.0"), "Ada", plain)
    with pytest.raises(FieldError, match="about sram"):
        board.submit(lesson(), "Ada", completed(specimen("rram")))
    smaller = replace(plain, workload=replace(plain.workload, image=(120, 160)))
    with pytest.raises(FieldError, match="another workload"):
        board.submit(lesson(), "Ada", smaller)
    reasons = {
        "": "missing",
        " ": "missing",
        "x" * 25: "found 25 characters",
        "a\u202eb": "the character .u202e, which nobody sees",
        "a\u200fb": "the character .u200f, which nobody sees",
    }
    for name, reason in reasons.items():
        with pytest.raises(FieldError, match=f"nickname: .*{reason}"):
            board.submit(lesson(), name, plain)
    assert board.entries(lesson()) == []


def test_only_the_teacher_clears(board: Board, plain: Design) -> None:
    asked, other = lesson(), lesson(max_area_mm2="9e9")
    for name in ("a", "b"):
        board.submit(asked, name, plain)
    board.submit(other, "a", plain)
    with pytest.raises(FieldError, match="key"):
        board.clear(asked, key="wrong")
    board.remove(asked, "A", key=KEY)
    assert [e.nickname for e in board.entries(asked)] == ["b"]
    board.clear(asked, key=KEY)
    assert board.entries(asked) == [] and len(board.entries(other)) == 1


def test_old_entries_go_and_a_board_is_finite(board: Board, plain: Design) -> None:
    asked = lesson()
    board.submit(asked, "old", plain)
    with sqlite3.connect(board.path) as db:
        db.execute("UPDATE board SET created = ?", (time.time() - KEPT_S - 1.0,))
    board.submit(asked, "new", plain)
    assert [e.nickname for e in board.entries(asked)] == ["new"]
    with sqlite3.connect(board.path) as db:
        row = (asked.board, 1e9, "{}", "a", time.time())
        db.executemany(
            "INSERT INTO board (board, nickname, value, figures, token, created)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            [(row[0], f"n{i}", *row[1:]) for i in range(MAX_ENTRIES - 1)],
        )
    with pytest.raises(FieldError, match="the teacher can clear it"):
        board.submit(asked, "one more", plain)
    board.submit(asked, "new", with_knob(plain, "sram", "vdd_v", 0.7))


def test_no_board_is_made_once_all_of_them_fill_their_share(
    board: Board, plain: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A class is whatever address somebody makes up, so their number has no other limit."""
    monkeypatch.setattr("cmn_core.classroom.board.MAX_ALL", 2)
    board.submit(lesson(), "Ada", plain)
    board.submit(lesson(min_miou="11.0"), "Ada", plain)
    with pytest.raises(FieldError, match="boards of this server are full"):
        board.submit(lesson(min_miou="12.0"), "Ada", plain)
    board.submit(lesson(), "Ada", with_knob(plain, "sram", "vdd_v", 0.7))


def test_a_store_from_before_the_board_keeps_its_runs(board: Board, plain: Design) -> None:
    board.path.parent.mkdir(parents=True)
    with sqlite3.connect(board.path, isolation_level=None) as db:
        database.migrate(db, schema.STEPS[:1], board.path)
        db.execute(
            "INSERT INTO runs (run_id, scenario, state, generations, created, updated)"
            " VALUES ('r', '{\"scenario\": \"energy\"}', 'done', 1, 0, 0)"
        )
    assert [row.run_id for row in Store(board.path).list_runs()] == ["r"]
    board.submit(lesson(), "Ada", plain)
    assert len(board.entries(lesson())) == 1
    assert [row.run_id for row in Store(board.path).list_runs()] == ["r"]


def test_equal_designs_share_a_place(board: Board, plain: Design, frugal: Design) -> None:
    for name, design in (("a", plain), ("b", frugal), ("c", plain), ("d", frugal)):
        board.submit(lesson(), name, design)
    entries = board.entries(lesson())
    assert [e.nickname for e in entries] == ["b", "d", "a", "c"]
    assert places(entries) == [1, 1, 3, 3]
    assert places([]) == []


def test_one_hand_cannot_fill_a_board(board: Board, plain: Design, frugal: Design) -> None:
    one = Visitor("one", address="203.0.113.7/32")
    for number in range(MAX_OF_VISITOR):
        board.submit(lesson(), f"n{number}", plain, visitor=one)
    with pytest.raises(FieldError, match="this browser has 3 names on the board"):
        board.submit(lesson(), "another", plain, visitor=one)
    assert board.submit(lesson(), "n0", frugal, visitor=one)[1], "a better design of a known name"
    assert board.names_of(lesson(), one)[0] == "n0"
    assert board.names_of(lesson(min_miou="11.0"), one) == []
    for cookie in range(MAX_OF_ADDRESS - MAX_OF_VISITOR):
        thrown_away = Visitor(f"cookie {cookie}", address="203.0.113.7/32")
        board.submit(lesson(), f"c{cookie}", plain, visitor=thrown_away)
    with pytest.raises(FieldError, match="your network has 45 names on the board"):
        board.submit(lesson(), "more", plain, visitor=Visitor("x", address="203.0.113.7/32"))
    board.submit(lesson(), "elsewhere", plain, visitor=Visitor("y", address="198.51.100.2/32"))


def test_a_clock_that_jumps_clears_no_board(
    board: Board, plain: Design, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.submit(lesson(), "Ada", plain)
    later = time.time() + 3652 * clock.DAY_S
    monkeypatch.setattr(clock.time, "time", lambda: later)
    board.submit(lesson(), "Blaise", plain)
    assert [e.nickname for e in board.entries(lesson())] == ["Ada", "Blaise"]
