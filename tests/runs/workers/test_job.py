"""A run worked on in this process."""

from __future__ import annotations

import json
from typing import Any

import pytest

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
