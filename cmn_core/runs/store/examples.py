"""Finished runs that ship with the project, so that the first page already shows a picture.

One file per run in assets/examples, schema cmn.example/1:
{"schema", "run": cmn.run/1, "settings": the scenario's JSON, "label", "made": "YYYY-MM-DD",
 "generations": [{"index", "best", "points", "history"}]}
It is made from a finished run of the store by `python -m cmn_core.runs.store.examples RUN_ID...`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cmn_core.assets import ASSETS
from cmn_core.errors import FieldError
from cmn_core.runs.store.record import of_codesign

if TYPE_CHECKING:
    from cmn_core.runs.store.store import Store

SCHEMA = "cmn.example/1"
EXAMPLES = ASSETS / "examples"
MAX_POINTS = 120


def export_example(store: Store, run_id: str) -> dict[str, Any]:
    """A finished run as one JSON object; FieldError when it is unknown or not finished."""
    row = of_codesign(store.get(run_id))
    result = store.result(run_id)
    if result is None:
        raise FieldError("run_id", f"found {run_id}", "a finished run of this store is expected")
    numbers = [row.generation for row in store.history(run_id)]
    found = [store.generation(run_id, number) for number in numbers]
    return {
        "schema": SCHEMA,
        "run": result,
        "settings": row.scenario,
        "label": row.label,
        "made": datetime.fromtimestamp(row.created, tz=UTC).strftime("%Y-%m-%d"),
        "generations": [_thin(generation.to_json()) for generation in found if generation],
    }


def load_examples(folder: Path | None = None) -> list[dict[str, Any]]:
    """All shipped runs, by file name; files that are not of this schema are left out."""
    found = []
    for path in sorted((folder or EXAMPLES).glob("*.json")):
        try:
            example = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        if isinstance(example, dict) and example.get("schema") == SCHEMA:
            found.append(example)
    return found


def example_name(example: Mapping[str, Any]) -> str:
    """File name without ending, such as energy_rram."""
    return f"{example['run']['scenario']}_{example['run']['memory']}"


def _thin(generation: Mapping[str, Any]) -> dict[str, Any]:
    points = generation.get("points") or {}
    count = max((len(values) for values in points.values()), default=0)
    stride = max(1, -(-count // MAX_POINTS))
    return {
        "index": generation["index"],
        "best": generation.get("best"),
        "history": generation["history"],
        "points": {name: [_short(v) for v in points[name][::stride]] for name in points},
    }


def _short(value: Any) -> Any:
    """Six figures are enough for a mark on a chart."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main(arguments: Sequence[str] | None = None) -> int:
    """Write one file per run id given; exit 2 with one line for an id that cannot be used."""
    from cmn_core.runs.store.store import Store

    parser = argparse.ArgumentParser(prog="python -m cmn_core.runs.store.examples")
    parser.add_argument("run_id", nargs="+", help="finished runs of the store (CMN_HOME)")
    parser.add_argument("--folder", type=Path, default=EXAMPLES)
    options = parser.parse_args(arguments)
    store = Store()
    try:
        examples = [export_example(store, run_id) for run_id in options.run_id]
    except FieldError as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    options.folder.mkdir(parents=True, exist_ok=True)
    for example in examples:
        path = options.folder / f"{example_name(example)}.json"
        path.write_text(json.dumps(example, separators=(",", ":")) + "\n", encoding="utf-8")
        sys.stderr.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
