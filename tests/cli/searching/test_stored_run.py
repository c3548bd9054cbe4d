"""What the command line shows of a run beside its result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cmn_core.runs.home import store_path
from cmn_core.runs.store.store import Store

SMALL = ("--scenario", "energy", "--memory", "sram", "--population", "4", "--generations", "2")


def test_a_default_search_is_laid_beside_the_best_known_and_no_other_is(
    call: Callable[..., Any], home: Path
) -> None:
    found = call("search", *SMALL, "--json").json
    known, best = found["best_known"], found["best"]["metrics"]["energy_uj"]
    assert known["excess_rel"] == best / known["value"] - 1.0
    assert known["excess_rel"] > 0.0
    run_id = found["run_id"]
    shown = call("search", "--resume", run_id).out
    assert known["words"] in shown
    assert " above the best known, found by " in shown
    # It is no part of the run: a better one may be known tomorrow.
    assert "best_known" not in (Store(store_path(home)).result(run_id) or {})
    assert "best_known" not in call("search", *SMALL, "--max-area-mm2", "150", "--json").json
