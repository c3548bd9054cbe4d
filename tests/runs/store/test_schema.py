from __future__ import annotations

import json
import sqlite3
from typing import Any

import pytest

from cmn_core.runs import database
from cmn_core.runs.store import schema
from cmn_core.runs.store.record import CODESIGN
from cmn_core.runs.store.store import Store


@pytest.mark.parametrize("version", range(1, len(schema.STEPS)))
def test_a_store_of_every_released_version_is_read_and_steered(
    store: Store, settings: dict[str, Any], version: int
) -> None:
    """A run written by that version keeps its row, and can be claimed by this one."""
    store.home.mkdir()
    with sqlite3.connect(store.path, isolation_level=None) as db:
        database.migrate(db, schema.STEPS[:version], store.path)
        db.execute(
            "INSERT INTO runs (run_id, scenario, state, generations, created, updated)"
            " VALUES ('old', ?, 'queued', 4, 1, 1)",
            (json.dumps(settings),),
        )
    [row] = store.list_runs()
    assert (row.run_id, row.state, row.owner, row.key_digest) == ("old", "queued", None, None)
    assert row.kind == CODESIGN and store.networks("old") == []
    assert store.waiting() == ["old"]
    claim = store.claim()
    assert claim is not None and claim.run_id == "old"
    with sqlite3.connect(store.path) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(schema.STEPS),)
