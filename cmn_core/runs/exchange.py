"""A whole run as one file, to take to another machine: settings, every generation, and the state
from which it goes on.

The file is a zip that holds run.json, schema cmn.wholerun/1:
{"schema", "settings": the scenario's JSON, "label", "state", "created", "seconds",
 "generations": [a generation without its state], "checkpoint": its state or null}
Nothing in it is trusted when it comes back: every design passes the checks of a design file, and
results are made anew from the generations. Of a search for a chip see chip_exchange.py.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cmn_core.design import parse_design
from cmn_core.design.text import parse_json
from cmn_core.errors import FieldError, one_line
from cmn_core.runs import chip_exchange
from cmn_core.runs.store import queries
from cmn_core.runs.store.keys import Visitor
from cmn_core.runs.store.record import CHIP, FINAL, STATES, pack
from cmn_core.runs.store.schema import opened

if TYPE_CHECKING:
    from cmn_core.runs.store.store import Store
    from cmn_core.search.generation import Generation

SCHEMA = "cmn.wholerun/1"
MEMBER = "run.json"
MAX_BYTES = 8_000_000  # of the file
MAX_TEXT = 60_000_000  # of what is in it
MAX_GENERATIONS = 10_000
EXPECTED = "a file of `runs export --whole` is expected"
_KEYS = ("schema", "settings", "label", "state", "created", "seconds", "generations", "checkpoint")
_UNKNOWN = ("best_objective", "swarm_seconds")  # of a generation, where there is none
UNFINISHED = "exported while it was {state}, at generation {count} of {generations}"


def export_run(store: Store, run_id: str) -> bytes:
    """The run as a zip; FieldError for an unknown one and, but of a chip, for one without a
    generation."""
    row = store.get(run_id)
    if row.kind == CHIP:
        return _zipped(chip_exchange.chip_to_json(store, row))
    found = [store.generation(run_id, entry.generation) for entry in store.history(run_id)]
    generations = [one.to_json() for one in found if one is not None]
    if not generations:
        raise FieldError("run_id", f"run {run_id} has no generation", "there is nothing to export")
    last = store.checkpoint(run_id)
    whole = {
        "schema": SCHEMA,
        "settings": row.scenario,
        "label": row.label,
        "state": row.state,
        "created": row.created,
        "seconds": row.seconds,
        "generations": [{k: v for k, v in one.items() if k != "state"} for one in generations],
        "checkpoint": None if last is None else last.to_json()["state"],
    }
    return _zipped(whole)


def _zipped(whole: Mapping[str, Any]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        entry = zipfile.ZipInfo(MEMBER)  # a fixed date: the same run is the same file
        entry.compress_type = zipfile.ZIP_DEFLATED
        packed.writestr(entry, json.dumps(whole, separators=(",", ":"), allow_nan=False))
    return out.getvalue()


def import_run(store: Store, raw: bytes, *, visitor: Visitor | None = None) -> str:
    """Put the run into the store under an id of its own, as the visitor's; that id.

    One that had not ended comes as a paused one that says so; one that had failed as a cancelled
    one, whose best is kept; a search for a chip is queued and searched again. FieldError, one
    sentence, for whatever is no such file; then nothing is stored.
    """
    from cmn_core.search.scenario import Scenario  # late: most readers only list runs

    data = _read(raw)
    if data["schema"] == chip_exchange.SCHEMA:
        return chip_exchange.queue_chip(store, data, visitor)
    scenario = Scenario.from_json(data["settings"])
    label = chip_exchange.short_label(data["label"])
    created, seconds = (_positive(data, name) for name in ("created", "seconds"))
    generations = _generations(data["generations"])
    state = _checkpoint(data["checkpoint"], data["generations"][-1], scenario)
    open_end = data["state"] in STATES and data["state"] not in FINAL
    ended = "paused" if open_end else "done" if data["state"] == "done" else "cancelled"
    with opened(store.path, write=True) as db:
        run_id = queries.insert(
            db, scenario.to_json(), state=ended, batch=None, label=label, visitor=visitor
        )
        for one in generations:
            payload = one.to_json()
            payload.pop("state")
            history = pack(payload.pop("history"))
            db.execute(
                "INSERT INTO generations VALUES (?, ?, ?, ?, ?)",
                (run_id, one.index, history, pack(payload), created),
            )
        if state is not None:
            db.execute(
                "INSERT INTO checkpoints VALUES (?, ?, ?)",
                (run_id, generations[-1].index, pack(state)),
            )
        db.execute(
            "UPDATE runs SET generation = ?, seconds = ? WHERE run_id = ?",
            (len(generations), seconds, run_id),
        )
        if open_end:
            told = UNFINISHED.format(
                state=data["state"], count=len(generations), generations=scenario.generations
            )
            db.execute("UPDATE runs SET error = ? WHERE run_id = ?", (told, run_id))
    if not open_end:
        found = store.outcome(store.get(run_id))
        store.finish(run_id, found, state=ended)
    return run_id


def _read(raw: bytes) -> dict[str, Any]:
    """The JSON object in the file, with all its keys and no others."""
    if len(raw) > MAX_BYTES:
        raise FieldError("file", f"{len(raw)} bytes", f"at most {MAX_BYTES} bytes are read")
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if packed.getinfo(MEMBER).file_size > MAX_TEXT:
                raise FieldError("file", "more than it says", f"at most {MAX_TEXT} bytes of text")
            with packed.open(MEMBER) as member:
                text = member.read(MAX_TEXT + 1)
    except (zipfile.BadZipFile, KeyError, OSError, EOFError, NotImplementedError, RuntimeError):
        raise FieldError("file", "no zip with a run in it", EXPECTED) from None
    except Exception as error:  # zlib's own, which has no common base
        raise FieldError("file", f"damaged ({type(error).__name__})", EXPECTED) from None
    if len(text) > MAX_TEXT:
        raise FieldError("file", "more than it says", f"at most {MAX_TEXT} bytes of text")
    data = parse_json(text, "file")
    known = {SCHEMA: _KEYS, chip_exchange.SCHEMA: chip_exchange.KEYS}
    schema = data.get("schema") if isinstance(data, dict) else None
    keys = known.get(schema) if isinstance(schema, str) else None
    if keys is None:
        found = one_line(schema, 40) if isinstance(data, dict) else "no JSON object"
        raise FieldError("schema", f"found {found}", f"this version reads '{SCHEMA}'")
    if wrong := sorted(set(data) ^ set(keys)):
        raise FieldError("file", f"missing or unknown: {one_line(wrong[0], 40)}", EXPECTED)
    return data


def _generations(data: object) -> list[Generation]:
    """Checked from the first to the last, numbered without a gap."""
    from cmn_core.search.generation import Generation

    if not isinstance(data, list) or not 1 <= len(data) <= MAX_GENERATIONS:
        allowed = f"a list of 1 to {MAX_GENERATIONS} is expected"
        raise FieldError("generations", "no such list", allowed)
    found = []
    known: dict[str, None] = {}
    for number, one in enumerate(data, start=1):
        if not isinstance(one, Mapping):
            raise FieldError(f"generations.{number}", "no JSON object", EXPECTED)
        for design in _designs(one):
            text = json.dumps(design, sort_keys=True, default=str)
            if text not in known:  # a front changes little from one generation to the next
                parse_design(design)
                known[text] = None
        try:
            generation = Generation.from_json({**one, "state": {}})
        except FieldError as error:
            raise FieldError(f"generations.{number}", error.found, error.allowed) from None
        _check(generation, number)
        found.append(generation)
    return found


def _designs(one: Mapping[str, Any]) -> list[Any]:
    """Every design of a generation, whatever stands in its place."""
    front, nearest = one.get("front"), one.get("nearest")
    found = [one.get("best"), one.get("start"), *(front if isinstance(front, list) else [])]
    found.append(nearest.get("design") if isinstance(nearest, Mapping) else None)
    return [design for design in found if design is not None]


def _check(one: Generation, number: int) -> None:
    """Numbers where charts and tables take numbers."""
    where = f"generations.{number}"
    if one.index != number or one.history.generation != number:
        raise FieldError(where, f"found number {one.index!r}", f"number {number} is expected")
    history = [v for k, v in vars(one.history).items() if v is not None or k not in _UNKNOWN]
    limits = [v for v in one.limits.to_json().values() if v is not None]
    columns = list(vars(one.points).values())
    if not all(isinstance(column, list) for column in columns):
        raise FieldError(f"{where}.points", "something else than columns", "lists of numbers")
    flat = [value for column in columns for value in column]
    excess = (
        []
        if one.nearest is None
        else [n for e in one.nearest.all.values() for n in vars(e).values()]
    )
    if not all(map(_number, [one.evaluations, *history, *limits, *flat, *excess])):
        raise FieldError(where, "something else than a number", "numbers are expected")
    if one.nearest is not None and one.nearest.violated not in one.nearest.all:
        raise FieldError(f"{where}.nearest", "names no broken limit", "one of its own is expected")
    if len({len(column) for column in columns}) != 1:
        raise FieldError(f"{where}.points", "columns of different length", "equally many rows")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not math.isnan(value)


def _positive(data: Mapping[str, Any], name: str) -> float:
    value = data[name]
    if not _number(value) or not 0.0 <= value < 1e12:
        raise FieldError(name, f"found {one_line(value, 30)}", "seconds from 0 are expected")
    return float(value)


def _checkpoint(state: object, last: object, scenario: Any) -> Any:
    """The state to go on from; None where there is none, where another version wrote it, and for a
    search that reads files: those of the other machine are not here."""
    from cmn_core.search.generation import Generation

    if state is None or scenario.data is not None or scenario.weights is not None:
        return None
    if not isinstance(state, Mapping) or not isinstance(last, Mapping):
        raise FieldError("checkpoint", "no JSON object", EXPECTED)
    try:
        return Generation.from_json({**last, "state": dict(state)}).to_json()["state"]
    except FieldError:
        return None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise FieldError("checkpoint", f"damaged ({type(error).__name__})", EXPECTED) from None
