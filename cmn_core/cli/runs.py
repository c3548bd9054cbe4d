"""runs list, show, pause, resume, cancel: the run store from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cmn_core.cli.exit_codes import FAILED
from cmn_core.cli.options import RUN_ID_HELP, Address, Json, Owner, RunId, State, flag
from cmn_core.cli.output import facts, put, put_json, table
from cmn_core.cli.runs_maintenance import add_to
from cmn_core.errors import FieldError

if TYPE_CHECKING:
    from cmn_core.runs.store.record import RunRow

app = typer.Typer(help="Searches of the run store (CMN_HOME).", no_args_is_help=False)
add_to(app)

_SHOWN = (
    "run_id", "state", "scenario", "memory", "seed", "generation", "generations", "created"
)  # fmt: skip


@app.command("list")
def list_(
    owner: Owner = None, address: Address = None, state: State = None, json: Json = False
) -> None:
    """All runs or some of them, newest first, with whose they are."""
    from cmn_core.runs.store.record import CODESIGN
    from cmn_core.runs.store.steering import Which
    from cmn_core.runs.store.store import Store

    which = Which(owner=owner, address=address, state=state)
    rows = [row.to_json() for row in Store().list_runs() if which.has(row)]
    if json:
        put_json(rows)
    elif rows:
        whose = ("owner", "address") if any(row["owner"] for row in rows) else ()
        kinds = ("kind",) if any(row["kind"] != CODESIGN for row in rows) else ()
        shown = (*_SHOWN, *kinds, *whose)
        put(table([{**row, "created": row["created"][:19]} for row in rows], shown))
    else:
        put("no such runs" if which else "no runs yet")


@app.command("show")
def show(run_id: RunId, json: Json = False) -> int:
    """One run: its result if it has ended, else how far it is."""
    from cmn_core.runs.store.store import Store

    store = Store()
    row, result = store.get(run_id), store.result(run_id)
    if not json:
        put(facts(row.to_json()))
    elif result is not None:
        put_json(result)
    else:
        history = store.history_rows(run_id)
        put_json({**row.to_json(), "settings": row.scenario, "history": history})
    return 0


@app.command("pause")
def pause(run_id: RunId, json: Json = False) -> int:
    """Lay a run down after the generation in flight; `runs resume` goes on from there."""
    from cmn_core.runs.store.store import Store

    store = Store()
    row = store.get(run_id)
    if row.finished:
        raise _not(row, "a run that waits or is being worked on can be paused")
    return _tell(store.pause(run_id), json)


@app.command("resume")
def resume(run_id: RunId, json: Json = False) -> int:
    """Queue a run again from its last generation and see to a background worker for it."""
    from cmn_core.runs.store.store import Store
    from cmn_core.runs.workers.launch import top_up

    store = Store()
    if store.get(run_id).state == "done":
        raise _not(store.get(run_id), "a run that has not reached its end can be resumed")
    row = store.resume(run_id)
    top_up(store.home)
    return _tell(row, json)


@app.command("cancel")
def cancel(
    run_id: Annotated[str | None, typer.Argument(metavar="[RUN_ID]", help=RUN_ID_HELP)] = None,
    owner: Owner = None,
    address: Address = None,
    state: State = None,
    dry_run: Annotated[bool, flag("--dry-run", "only say which")] = False,
    json: Json = False,
) -> int:
    """Stop a run, or all that the options name, after the generation in flight; the best so far is
    kept."""
    from cmn_core.runs.store.maintenance import cancel_all
    from cmn_core.runs.store.steering import Which
    from cmn_core.runs.store.store import Store

    which = Which(owner=owner, address=address, state=state)
    if (run_id is None) == (not which):
        found = "missing" if run_id is None else "named together with a choice of many"
        allowed = "either a run or some of --owner, --address and --state are expected"
        raise FieldError("run_id", found, allowed)
    if run_id is not None:
        if dry_run:
            raise FieldError("dry_run", "named with one run", "it is for a choice of many")
        return _tell(Store().request(run_id, "cancel"), json)
    gone = cancel_all(Store(), which, dry=dry_run)
    if json:
        put_json({"cancelled": gone, "dry_run": dry_run})
    else:
        noun, verb = "run" if len(gone) == 1 else "runs", "would be " if dry_run else ""
        put("\n".join([*gone, f"{len(gone)} {noun} {verb}cancelled"]))
    return 0


def _not(row: RunRow, allowed: str) -> FieldError:
    return FieldError("run_id", f"run {row.run_id} is {row.state}", allowed)


def _tell(row: RunRow, json: bool) -> int:
    put_json(row.to_json()) if json else put(facts(row.to_json()))
    return FAILED if row.state == "failed" else 0
