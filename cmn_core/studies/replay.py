"""Numbers that ship, made again by their commands and laid beside what ships.

What differs from run to run by its nature (times, dates, names of runs) is left out of the
comparison, and nothing else.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmn_core.assets import INSTALLED, ROOT
from cmn_core.errors import FieldError
from cmn_core.runs.store.examples import EXAMPLES, export_example, load_examples
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.job import work
from cmn_core.studies.artefacts import OUT, Artefact

VOLATILE = (
    *("run_id", "seconds", "cpu_seconds", "swarm_share", "swarm_seconds"),
    *("made", "created", "started", "updated", "machine"),
)
TIMEOUT_S = 4 * 3600.0
SLACK = 1e-12  # of floats: processors add up in other orders


@dataclass(frozen=True)
class Replayed:
    """same: whether all files are what ships; differences: per file that is not, in a sentence."""

    name: str
    same: bool
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "same": self.same, "differences": list(self.differences)}


def make(artefact: Artefact, folder: Path) -> None:
    """Write the artefact's files below `folder`, at their paths in the checkout.

    FieldError where data that do not ship are needed, or where this is no checkout; OSError where a
    step does not end well.
    """
    if INSTALLED:
        raise FieldError(
            "id", f"found {artefact.name} in an installed package", "a checkout has it"
        )
    if artefact.needs is not None:
        raise FieldError(
            "id",
            f"found {artefact.name}, which needs {artefact.needs}",
            f"`{artefact.command}` with it makes the file",
        )
    for file in artefact.files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
    if not artefact.steps:
        _search_again(folder / artefact.files[0])
    for step in artefact.steps:
        arguments = [word.replace(OUT, str(folder)) for word in step]
        writes = any(OUT in word for word in step)
        done = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, capture_output=True, timeout=TIMEOUT_S
        )
        if done.returncode != 0:
            raise OSError(f"`python {' '.join(arguments)}` did not end well")
        if not writes:
            (folder / artefact.files[0]).write_bytes(done.stdout)


def _search_again(target: Path) -> None:
    """The shipped search of that file's name, from its settings, in a store of its own."""
    shipped = next(e for e in load_examples() if EXAMPLES / target.name == _place(e))
    store = Store(target.parent / "runs.sqlite")
    claim = store.begin(shipped["settings"], label=shipped["label"])
    with claim:
        for _ in work(store, claim):
            pass
    example = export_example(store, claim.run_id)
    target.write_text(json.dumps(example, separators=(",", ":")) + "\n", encoding="utf-8")


def _place(example: Mapping[str, Any]) -> Path:
    return EXAMPLES / f"{example['run']['scenario']}_{example['run']['memory']}.json"


def compare(artefact: Artefact, folder: Path, checkout: Path = ROOT) -> Replayed:
    """What `make` wrote below `folder`, beside what ships."""
    differences = []
    for file in artefact.files:
        shipped, again = (place / file for place in (checkout, folder))
        if not shipped.is_file():
            differences.append(f"{file}: does not ship")
        elif file.endswith(".json"):
            was = json.loads(shipped.read_text(encoding="utf-8"))
            now = json.loads(again.read_text(encoding="utf-8"))
            differences += [f"{file}: {text}" for text in _apart(was, now)]
        elif shipped.read_text(encoding="utf-8") != again.read_text(encoding="utf-8"):
            differences.append(f"{file}: other text than what ships")
    return Replayed(artefact.name, not differences, tuple(differences))


def _apart(was: Any, now: Any) -> list[str]:
    """The first place where two JSON values differ, in words."""
    found = next(_differences(_settled(was), _settled(now), ""), None)
    return [] if found is None else [found]


def _differences(was: Any, now: Any, place: str) -> Iterator[str]:
    if isinstance(was, dict) and isinstance(now, dict):
        for key in sorted({*was, *now}):
            if key not in was or key not in now:
                yield f"{place}.{key} is in one of the two alone".lstrip(".")
            else:
                yield from _differences(was[key], now[key], f"{place}.{key}")
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        for i, pair in enumerate(zip(was, now, strict=True)):
            yield from _differences(*pair, f"{place}[{i}]")
    elif not (_near(was, now) or was == now):
        yield f"{place} was {_words(was)}, is {_words(now)}".lstrip(".")


def _near(was: Any, now: Any) -> bool:
    floats = isinstance(was, float) and isinstance(now, float)
    return floats and math.isclose(was, now, rel_tol=SLACK, abs_tol=0.0)


def _words(value: Any) -> str:
    return f"{len(value)} items" if isinstance(value, list | dict) else repr(value)


def _settled(value: Any) -> Any:
    """Without what differs from run to run by its nature."""
    if isinstance(value, dict):
        return {k: _settled(v) for k, v in value.items() if k not in VOLATILE}
    return [_settled(v) for v in value] if isinstance(value, list) else value
