"""runs export, import, rename, delete, size, prune, backup, restore: the run store in order."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import (
    Address,
    Json,
    Owner,
    RunId,
    State,
    flag,
    number,
    text,
    whole_number,
)
from cmn_core.cli.output import document, facts, put, put_json, writable
from cmn_core.errors import FieldError


def export(
    run_id: RunId,
    out: Annotated[str | None, text("write it there [standard output]", "RUN.json")] = None,
    full: Annotated[bool, flag("--full", "with settings and generations")] = False,
    whole: Annotated[bool, flag("--whole", "all of it as a zip, for `runs import`")] = False,
) -> None:
    """The result of a run that has ended, as `search --out` writes it."""
    from cmn_core.runs.exchange import export_run
    from cmn_core.runs.store.examples import export_example
    from cmn_core.runs.store.store import Store

    target = None if out is None else writable(Path(out))
    store = Store()
    store.get(run_id)
    if whole:
        if target is None:
            raise FieldError("out", "missing", "a zip needs the name of a file")
        target.write_bytes(export_run(store, run_id))
        return
    found = export_example(store, run_id) if full else store.result(run_id)
    if found is None:
        state = store.get(run_id).state
        raise FieldError("run_id", f"run {run_id} is {state}", "a run that has a result is needed")
    result = document(found)
    put(result) if target is None else target.write_text(result + "\n", encoding="utf-8")


def import_(
    source: Annotated[str, typer.Argument(metavar="FILE", help="of `runs export --whole`")],
    json: Json = False,
) -> None:
    """Put a run of another machine into the store, under an id of its own."""
    from cmn_core.runs.exchange import MAX_BYTES, import_run
    from cmn_core.runs.store.store import Store

    try:
        with Path(source).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise FieldError("file", f"{source}: {reason}", "a readable file is expected") from None
    store = Store()
    row = store.get(import_run(store, raw)).to_json()
    put_json(row) if json else put(facts(row))


def rename(
    run_id: RunId,
    name: Annotated[str, typer.Argument(metavar="NAME", help="an empty one takes it away")],
    json: Json = False,
) -> None:
    """Give a run a name of its own."""
    from cmn_core.runs.store.steering import rename as renamed
    from cmn_core.runs.store.store import Store

    row = renamed(Store(), run_id, name).to_json()
    put_json(row) if json else put(facts(row))


def delete(run_id: RunId) -> None:
    """Delete one run and all it found; not while it is being worked on."""
    from cmn_core.runs.store.store import Store

    Store().delete(run_id)


def size(json: Json = False) -> None:
    """How many runs the store holds, and how large it is."""
    from cmn_core.runs.store.maintenance import size as sized
    from cmn_core.runs.store.store import Store

    store = Store()
    found = sized(store)
    values = {
        "store": str(store.path),
        "runs": sum(found.runs.values()),
        "used_mb": found.used_mb,
        "file_mb": found.file_mb,
        "disk_free_mb": found.free_mb,
    }
    if json:
        put_json({**values, "states": found.runs})
    else:
        put(facts({**values, **found.runs}))


def prune(
    days: Annotated[
        float | None, number(0, 36_500, "delete runs not changed for longer", "DAYS")
    ] = None,
    keep: Annotated[int | None, whole_number(0, 10**9, "keep so many of the newest")] = None,
    max_mb: Annotated[
        float | None, number(0, 1e9, "delete the oldest until the store is smaller", "MB")
    ] = None,
    owner: Owner = None,
    address: Address = None,
    state: State = None,
    trust_clock: Annotated[
        bool, flag("--trust-clock", "the clock is right, though the store stood still for a week")
    ] = False,
    dry_run: Annotated[bool, flag("--dry-run", "only say which")] = False,
    json: Json = False,
) -> None:
    """Delete old runs, or those that the options name; never one that waits or is being worked
    on."""
    from cmn_core.runs.store.maintenance import Keeping
    from cmn_core.runs.store.maintenance import prune as pruned
    from cmn_core.runs.store.steering import Which
    from cmn_core.runs.store.store import Store

    keeping = Keeping(days=days, runs=keep, mb=max_mb)
    which = Which(owner=owner, address=address, state=state)
    if not keeping and not which:
        allowed = "--days, --keep, --max-mb, --owner, --address or --state says what goes"
        raise FieldError("days", "missing", allowed)
    gone = pruned(Store(), keeping, which=which, dry=dry_run, trust_clock=trust_clock)
    if json:
        put_json({"deleted": gone, "dry_run": dry_run})
    else:
        verb = "would be deleted" if dry_run else "deleted"
        put("\n".join([*gone, f"{len(gone)} {'run' if len(gone) == 1 else 'runs'} {verb}"]))


def backup(
    out: Annotated[str, typer.Argument(metavar="FILE", help="a new file")],
) -> None:
    """Copy the store into one file, also while searches are at work."""
    from cmn_core.runs.backup import backup as backed_up
    from cmn_core.runs.store.store import Store

    backed_up(Store(), Path(out))


def restore(
    source: Annotated[str, typer.Argument(metavar="FILE", help="of `runs backup`")],
) -> None:
    """Put a backup in the store's place; the store that was there is kept beside it."""
    from cmn_core.runs.backup import restore as restored
    from cmn_core.runs.store.store import Store

    store = Store()
    kept = restored(store, Path(source))
    put(f"{len(store.list_runs())} runs restored" + (f"; before: {kept}" if kept else ""))


def add_to(app: typer.Typer) -> None:
    """Make these commands of `runs`."""
    for command in (export, import_, rename, delete, size, prune, backup, restore):
        app.command(command.__name__.rstrip("_"))(command)
