"""The store from the command line: export, delete, size, prune, backup, restore."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.store.store import Store
from cmn_core.search.scenario import Scenario

Call = Callable[..., Any]
RESULT = {"schema": "cmn.run/1", "best": None}


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CMN_HOME", str(tmp_path / "own"))


@pytest.fixture
def run_id() -> str:
    store = Store()
    with store.begin(Scenario(goal="energy", memory="sram").to_json()) as claim:
        store.finish(claim.run_id, RESULT)
    return claim.run_id


def test_export_writes_the_result(call: Call, run_id: str, tmp_path: Path) -> None:
    assert call("runs", "export", run_id).json == RESULT
    file = tmp_path / "run.json"
    assert call("runs", "export", run_id, "--out", str(file)).code == 0
    assert json.loads(file.read_text()) == RESULT


def test_what_has_no_result_is_not_exported(call: Call, refused: Any, run_id: str) -> None:
    waiting = Store().create(Scenario(goal="energy", memory="sram").to_json())
    assert "is queued" in refused("runs", "export", waiting)
    assert "no run 'nobody'" in refused("runs", "export", "nobody")
    assert refused("runs", "delete", "nobody").startswith("run_id: ")


def test_size_and_prune(call: Call, refused: Any, run_id: str) -> None:
    found = call("runs", "size", "--json").json
    assert (found["runs"], found["states"]) == (1, {"done": 1})
    assert refused("runs", "prune").startswith("days: missing")
    assert refused("runs", "prune", "--keep", "-1").startswith("keep: ")
    assert refused("runs", "prune", "--days", "nan").startswith("days: ")
    assert call("runs", "prune", "--keep", "0", "--dry-run", "--json").json == {
        "deleted": [run_id],
        "dry_run": True,
    }
    assert call("runs", "prune", "--keep", "0", "--json").json["deleted"] == [run_id]
    assert call("runs", "list", "--json").json == []


def test_backup_delete_restore(call: Call, refused: Any, run_id: str, tmp_path: Path) -> None:
    file = str(tmp_path / "b.sqlite")
    assert call("runs", "backup", file).code == 0
    assert refused("runs", "backup", file).startswith("out: ")
    assert call("runs", "delete", run_id).code == 0
    assert call("runs", "restore", file).code == 0
    assert [row["run_id"] for row in call("runs", "list", "--json").json] == [run_id]
    (tmp_path / "no").write_text("no store")
    assert refused("runs", "restore", str(tmp_path / "no")).startswith("backup: ")
