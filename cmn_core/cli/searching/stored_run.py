"""search: a run of the store carried on in this process, and its result shown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmn_core.cli.exit_codes import FAILED
from cmn_core.cli.output import document, program_name, put, put_json, replace_text
from cmn_core.cli.searching.summary import CHIP_SCHEMA, summary
from cmn_core.errors import FieldError, LostWorkersError
from cmn_core.runs.home import StoreError
from cmn_core.runs.store.record import CHIP

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from cmn_core.runs.lock import Claim
    from cmn_core.runs.store.record import RunRow
    from cmn_core.runs.store.store import Store
    from cmn_core.search.accuracy import Accuracy


def resumable(store: Store, run_id: str, asked: dict[str, Any]) -> RunRow:
    """The run, if these options and this version of the search can go on with it."""
    try:
        row = store.get(run_id)
    except FieldError as error:
        raise FieldError("resume", error.found, error.allowed) from None
    for name, value in asked.items():
        if row.scenario.get(name) != value:
            raise FieldError(
                name,
                f"found {value}",
                f"run {run_id} has {row.scenario.get(name)}, which cannot change",
            )
    if row.state != "done":  # of this version, else it is refused
        store.chip_step(run_id, whole=True) if row.kind == CHIP else store.checkpoint(run_id)
    return row


def take_up(store: Store, run_id: str) -> Claim:
    """The right to continue that run."""
    claim = store.claim(run_id)
    if claim is None:
        raise FieldError(
            "resume", f"run {run_id} is being worked on", "a run that nobody works on is expected"
        )
    return claim


def carry_out(
    store: Store,
    claim: Claim,
    source: Accuracy | None,
    shared: Executor | None,
    target: Path | None,
    json: bool,
) -> int:
    from cmn_core.cli.progress import bar
    from cmn_core.runs.store.record import sentence
    from cmn_core.runs.workers.job import work

    run_id = claim.run_id
    row = store.get(run_id)
    with claim:
        try:
            steps = work(store, claim, accuracy=source, executor=shared)
            for _ in bar(steps, run_id, row.generation, row.generations):
                pass
        except KeyboardInterrupt:
            reached = store.get(run_id).generation
            sys.stderr.write(
                f"stopped: run {run_id} after generation {reached} of {row.generations};"
                f" continue with: {program_name()} search --resume {run_id}\n"
            )
            return FAILED
        except (StoreError, LostWorkersError, BrokenPipeError):
            raise  # not the search's fault: the run can be resumed
        except FieldError as error:
            store.fail(run_id, str(error))
            raise
        except Exception as error:
            store.fail(run_id, sentence(error))
            raise
    row = store.get(run_id)
    if row.state == "paused":
        sys.stderr.write(
            f"paused: run {run_id} after generation {row.generation} of {row.generations};"
            f" continue with: {program_name()} search --resume {run_id}\n"
        )
        return FAILED
    return show(store, run_id, target, json)


def show(store: Store, run_id: str, target: Path | None, json: bool) -> int:
    result = store.result(run_id)
    if result is None:
        sys.stderr.write(f"run {run_id} ended before its first generation\n")
        return FAILED
    result = {**result, **_beside_best_known(result)}
    if target is not None:
        replace_text(target, document(result) + "\n")
    if json:
        put_json(result)
    else:
        put(summary(result))
    return 0


def _beside_best_known(result: Mapping[str, Any]) -> dict[str, Any]:
    """How far it ends from the best that is known, where it is of exactly that scenario. Not kept
    with the run: a better one may be known tomorrow."""
    if result["schema"] == CHIP_SCHEMA or not result["feasible"]:
        return {}
    from cmn_core.design import parse_design
    from cmn_core.search.scoring.best_known import ending

    found = result["history"][-1]["best_objective"]
    best = parse_design(result["best"])
    known = ending(result["settings"], result["limits"], best, found)
    return {} if known is None else {"best_known": known}
