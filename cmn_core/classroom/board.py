"""The board of a class: the best design of each nickname that keeps the limits of the lesson.

A table of the run store's file. What is handed in is priced anew and judged here, so the board
takes nobody's word for a figure.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cmn_core.classroom.lesson import Lesson, check_name
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS, GOALS, MIOU, limit_named
from cmn_core.runs.home import home_dir, store_path
from cmn_core.runs.store.clock import believed, tick
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.queue import address_mark
from cmn_core.runs.store.schema import opened
from cmn_core.whatif.answer import answer
from cmn_core.whatif.compare import verdicts
from cmn_core.whatif.formats.link import memory_kind, pack_design

FIGURES = (*COSTS, MIOU.name)
MAX_NICKNAME = 24
MAX_ENTRIES = 60
MAX_ALL = 12_000  # of all classes together, some 6 MB: classes are made by whoever likes
MAX_OF_VISITOR = 3  # names of one browser: a pair, and a second try
MAX_OF_ADDRESS = 45  # a class behind one address, and room for those elsewhere
KEPT_S = 30 * 86_400.0


@dataclass(frozen=True)
class Entry:
    """One nickname's best: value of the lesson's objective, figures by FIGURES, design as a link's
    text, seconds since 1970."""

    nickname: str
    value: float
    figures: dict[str, float]
    token: str
    created: float


class Board:
    """Boards of all classes in one store file (default: that of CMN_HOME).

    Methods raise StoreError as the run store does.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = store_path(home_dir()) if path is None else path

    def entries(self, lesson: Lesson) -> list[Entry]:
        """Best first; equal ones in the order in which they came."""
        order = "DESC" if GOALS[lesson.scenario.goal].quantity.more_is_better else "ASC"
        with opened(self.path) as db:
            found = db.execute(
                "SELECT nickname, value, figures, token, created FROM board WHERE board = ?"
                f" ORDER BY value {order}, created",
                (lesson.board,),
            ).fetchall()
        return [_entry(row) for row in found]

    def names_of(self, lesson: Lesson, visitor: Visitor) -> list[str]:
        """Nicknames under which that visitor has handed in, newest first."""
        with opened(self.path) as db:
            found = db.execute(
                "SELECT nickname FROM board WHERE board = ? AND owner = ? ORDER BY created DESC",
                (lesson.board, visitor.owner),
            ).fetchall()
        return [row["nickname"] for row in found]

    def submit(
        self, lesson: Lesson, nickname: str, design: Design, *, visitor: Visitor | None = None
    ) -> tuple[Entry, bool]:
        """Hand in a design; the entry now on the board, and whether it is this one.

        A design that is not better than the nickname's own leaves that one there. FieldError for a
        nickname, a design that breaks a limit (which and by how much) or another memory, and for a
        visitor or an address with as many names as one may have.
        """
        name = _nickname(nickname)
        entry = judged(lesson, name, design)
        now = time.time()
        higher = GOALS[lesson.scenario.goal].quantity.more_is_better
        with opened(self.path, write=True) as db:
            if believed(db):
                db.execute("DELETE FROM board WHERE created < ?", (now - KEPT_S,))
            tick(db)
            address = None if visitor is None else address_mark(db, visitor.address)
            known = db.execute(
                "SELECT nickname, value, figures, token, created FROM board"
                " WHERE board = ? AND nickname = ?",
                (lesson.board, name),
            ).fetchone()
            if known is not None:
                before = _entry(known)
                better = entry.value > before.value if higher else entry.value < before.value
                if not better:
                    return before, False
            else:
                if visitor is not None:
                    _check_hand(db, lesson.board, visitor, address)
                query = "SELECT COUNT(*) FROM board WHERE board = ?"
                if db.execute(query, (lesson.board,)).fetchone()[0] >= MAX_ENTRIES:
                    found = f"the board holds {MAX_ENTRIES} names"
                    raise FieldError("nickname", found, "the teacher can clear it")
                if db.execute("SELECT COUNT(*) FROM board").fetchone()[0] >= MAX_ALL:
                    found = "the boards of this server are full"
                    raise FieldError("nickname", found, "entries go after 30 days")
            db.execute(
                "INSERT OR REPLACE INTO board (board, nickname, value, figures, token, created,"
                " owner, address) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(lesson.board, name, entry.value, json.dumps(entry.figures), entry.token, now),
                    *(None if visitor is None else visitor.owner, address),
                ),
            )
        return entry, True

    def remove(self, lesson: Lesson, nickname: str, *, key: str) -> None:
        """Take one nickname off the board; FieldError without the teacher's key."""
        self._delete(lesson, key, " AND nickname = ?", nickname)

    def clear(self, lesson: Lesson, *, key: str) -> None:
        """Empty the board for the next lesson; FieldError without the teacher's key."""
        self._delete(lesson, key, "")

    def _delete(self, lesson: Lesson, key: str, which: str, *values: str) -> None:
        if not lesson.opened_by(key):
            raise FieldError("key", "not the key of this class", "the teacher's link has it")
        with opened(self.path, write=True) as db:
            db.execute(f"DELETE FROM board WHERE board = ?{which}", (lesson.board, *values))


def places(entries: Sequence[Entry]) -> list[int]:
    """Place of each entry of a board; equal values share one, and the next is left out."""
    values = [entry.value for entry in entries]
    return [values.index(value) + 1 for value in values]


def _check_hand(db: sqlite3.Connection, board: str, visitor: Visitor, address: str | None) -> None:
    """FieldError where another name would be one too many of this visitor or address."""
    count = "SELECT COUNT(*) FROM board WHERE board = ? AND"
    own = db.execute(f"{count} owner = ?", (board, visitor.owner)).fetchone()[0]
    if own >= MAX_OF_VISITOR:
        found = f"this browser has {own} names on the board"
        raise FieldError("nickname", found, "hand in under one of them")
    there = db.execute(f"{count} address = ?", (board, address)).fetchone()[0]
    if there >= MAX_OF_ADDRESS:
        found = f"your network has {there} names on the board"
        raise FieldError("nickname", found, "the teacher can take some off")


def judged(lesson: Lesson, nickname: str, design: Design) -> Entry:
    """The design with this simulator's figures; FieldError where it breaks a limit."""
    if not lesson.fits(design):
        other = f"found memory {memory_kind(design)}"
        raise FieldError("design", other, f"this lesson is about {lesson.scenario.memory}")
    if design.space != lesson.scenario.space or design.workload != lesson.scenario.workload:
        raise FieldError(
            "design", "found another workload or network family", "the lesson's own is expected"
        )
    found = answer(design)
    miou = found.metrics["miou"]
    if miou is None:
        raise FieldError("design", "no mIoU is known for it", "a design with a prediction")
    for verdict in verdicts(found, lesson.limits).values():
        if not verdict.kept:
            side = "below" if limit_named(verdict.limit).floor else "over"
            raise FieldError(
                "design",
                f"{verdict.metric} is {verdict.found:.5g}",
                f"it is {100 * verdict.over:.1f} % {side} the limit of {verdict.allowed:.5g}",
            )
    known = {**found.cost.metrics, "miou": miou}
    figures = {name: known[name] for name in FIGURES}
    value = figures[GOALS[lesson.scenario.goal].quantity.name]
    return Entry(nickname, value, figures, pack_design(design), time.time())


def _nickname(text: str) -> str:
    name = " ".join(text.split())
    check_name("nickname", name, MAX_NICKNAME)
    return name


def _entry(row: sqlite3.Row) -> Entry:
    figures: dict[str, float] = json.loads(row["figures"])
    return Entry(row["nickname"], row["value"], figures, row["token"], row["created"])
