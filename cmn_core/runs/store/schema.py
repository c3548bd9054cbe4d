"""Tables of the run store and their numbered migrations."""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from cmn_core.runs import database

# Step i takes a store from version i to version i + 1. A step that has been released never changes.
STEPS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE runs (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            run_id TEXT NOT NULL UNIQUE,
            scenario TEXT NOT NULL,
            state TEXT NOT NULL
                CHECK (state IN ('queued', 'running', 'paused', 'cancelled', 'done', 'failed')),
            wish TEXT NOT NULL DEFAULT 'run' CHECK (wish IN ('run', 'pause', 'cancel')),
            batch TEXT,
            label TEXT,
            generation INTEGER NOT NULL DEFAULT 0,
            generations INTEGER NOT NULL,
            seconds REAL NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            pid INTEGER,
            error TEXT,
            result BLOB
        )
        """,
        "CREATE INDEX runs_by_state ON runs (state, seq)",
        "CREATE INDEX runs_by_batch ON runs (batch, seq)",
        """
        CREATE TABLE generations (
            run_id TEXT NOT NULL REFERENCES runs (run_id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            history BLOB NOT NULL,
            payload BLOB NOT NULL,
            created REAL NOT NULL,
            PRIMARY KEY (run_id, number)
        )
        """,
        """
        CREATE TABLE checkpoints (
            run_id TEXT PRIMARY KEY REFERENCES runs (run_id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            state BLOB NOT NULL
        )
        """,
    ),
    (
        # Boards of classes (cmn_core.classroom.board); value: of the lesson's objective.
        """
        CREATE TABLE board (
            board TEXT NOT NULL,
            nickname TEXT NOT NULL COLLATE NOCASE,
            value REAL NOT NULL,
            figures TEXT NOT NULL,
            token TEXT NOT NULL,
            created REAL NOT NULL,
            PRIMARY KEY (board, nickname)
        )
        """,
    ),
    (
        # Who may steer a run (keys.py) and whose turn it is (queue.py). Older runs have no owner.
        "ALTER TABLE runs ADD COLUMN owner TEXT",
        "ALTER TABLE runs ADD COLUMN key_digest TEXT",
        "ALTER TABLE runs ADD COLUMN class_code TEXT",
        "ALTER TABLE runs ADD COLUMN served INTEGER NOT NULL DEFAULT 0",
    ),
    (
        # Measured tables of one's own (tables.py): what was handed in, and who calls it what.
        """
        CREATE TABLE tables (
            digest TEXT NOT NULL,
            space TEXT NOT NULL,
            content BLOB NOT NULL,
            fit BLOB,
            error TEXT,
            tries INTEGER NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            PRIMARY KEY (digest, space)
        )
        """,
        """
        CREATE TABLE table_names (
            owner TEXT NOT NULL,
            digest TEXT NOT NULL,
            space TEXT NOT NULL,
            name TEXT NOT NULL,
            created REAL NOT NULL,
            PRIMARY KEY (owner, digest, space),
            FOREIGN KEY (digest, space) REFERENCES tables (digest, space) ON DELETE CASCADE
        )
        """,
    ),
    (
        # Where a search was asked for (queue.py), and how far the clock can be believed (clock.py).
        "ALTER TABLE runs ADD COLUMN address TEXT",
        """
        CREATE TABLE machine (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            seen REAL,
            salt BLOB NOT NULL
        )
        """,
        "INSERT INTO machine SELECT 1, MAX(updated), randomblob(16) FROM runs",
        # Whose names they are: one hand is not to fill a board.
        "ALTER TABLE board ADD COLUMN owner TEXT",
        "ALTER TABLE board ADD COLUMN address TEXT",
    ),
    (
        # What a run searches for (record.py); networks: those whose hardware a run of chips is for.
        "ALTER TABLE runs ADD COLUMN kind TEXT NOT NULL DEFAULT 'codesign'",
        """
        CREATE TABLE networks (
            run_id TEXT PRIMARY KEY REFERENCES runs (run_id) ON DELETE CASCADE,
            content BLOB NOT NULL
        )
        """,
    ),
    (
        # Studies of the paper that visitors run with settings of their own (own_studies.py).
        """
        CREATE TABLE studies (
            seq INTEGER PRIMARY KEY AUTOINCREMENT,
            study_id TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            chosen TEXT NOT NULL,
            seed INTEGER NOT NULL,
            owner TEXT NOT NULL,
            address TEXT,
            limit_s REAL,
            state TEXT NOT NULL
                CHECK (state IN ('waiting', 'running', 'cancelled', 'done', 'failed')),
            cancelled INTEGER NOT NULL DEFAULT 0,
            served INTEGER NOT NULL DEFAULT 0,
            tries INTEGER NOT NULL DEFAULT 0,
            done INTEGER NOT NULL DEFAULT 0,
            total INTEGER,
            seconds REAL NOT NULL DEFAULT 0,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            error TEXT,
            result BLOB
        )
        """,
    ),
)


def opened(path: Path, *, write: bool = False) -> AbstractContextManager[sqlite3.Connection]:
    """`database.opened` for a store of these tables."""
    return database.opened(path, STEPS, write=write)
