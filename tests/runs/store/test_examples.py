"""Examples made from finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cmn_core.runs.store.examples import load_examples, main
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.job import work


def test_examples_are_made_from_finished_runs_only(
    store: Store, settings: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = store.create(settings)
    assert main([run_id, "--folder", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err.startswith("error: run_id: ")
    claim = store.claim(run_id)
    assert claim is not None
    with claim:
        for _ in work(store, claim):
            pass
    assert main([run_id, "--folder", str(tmp_path / "out")]) == 0
    [example] = load_examples(tmp_path / "out")
    assert len(example["generations"]) == 4
    result = store.result(run_id)
    assert result is not None
    assert example["run"]["best"] == result["best"]
