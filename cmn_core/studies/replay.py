"""Every number that ships, by the command that makes it: made again and laid beside what ships.

An artefact is some files of assets/ or docs/. `steps` are arguments of Python that write them below
a folder; what differs from run to run by its nature (times, dates, names of runs) is left out of
the comparison, and nothing else.
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

from cmn_core.assets import ASSETS, INSTALLED, ROOT
from cmn_core.errors import FieldError
from cmn_core.runs.store.examples import EXAMPLES, export_example, load_examples
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.job import work
from cmn_core.search.scoring.best_known import FILE as BEST_KNOWN

# What no command of ours makes, by pattern: typed in from where it says, or described by people.
SOURCES: Mapping[str, str] = {
    "assets/paper/table_*.csv": "Tables B1, G1 and G2 as printed in the paper",
    "assets/silicon/chips.csv": "figures of published chips, each row with its source",
    "assets/technologies/logic.toml": "constants of the digital unit, each with its source",
    "assets/technologies/off_chip.toml": "constants of memory off the chip, each with its source",
    "assets/meanings.toml": "what each constant of a technology means",
    "assets/models/*.json": "layers of published networks, each file with its source",
    "assets/datasets/*.json": "classes, sizes and parts of data sets",
    "assets/learn/*.toml": "tasks of Learn; their answers are priced when the page is drawn",
}
OUT = "{out}"  # stands for the folder that a step writes to
PAGES = ("README.md", "docs/numbers.md", "docs/paper.md")  # with tables out of files that ship
VOLATILE = (
    *("run_id", "seconds", "cpu_seconds", "swarm_share", "swarm_seconds"),
    *("made", "created", "started", "updated", "machine"),
)
TIMEOUT_S = 4 * 3600.0
SLACK = 1e-12  # of floats: processors add up in other orders


@dataclass(frozen=True, kw_only=True)
class Artefact:
    """name: what `cmn replay` takes; tells: what its numbers are, in a line; files: relative to
    assets/ or docs/ of the checkout; seconds: about, of one core; needs: data that do not ship."""

    name: str
    tells: str
    files: tuple[str, ...]
    seconds: int
    steps: tuple[tuple[str, ...], ...] = ()
    needs: str | None = None

    @property
    def command(self) -> str:
        """As a person types it in the checkout, to write the files in place."""
        shown = (" ".join(step).replace(f"{OUT}/", "") for step in self.steps)
        return "; ".join(f"python {text}" for text in shown) or f"cmn replay {self.name}"


@dataclass(frozen=True)
class Replayed:
    """same: whether all files are what ships; differences: per file that is not, in a sentence."""

    name: str
    same: bool
    differences: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name, "same": self.same, "differences": list(self.differences)}


_STUDIES: Mapping[str, tuple[str, int, str | None]] = {
    "silicon": ("Figure D1: simulator and circuits", 60, None),
    "hybrid": ("Figure C1: hybrid chips", 1800, None),
    "discrepancy": ("Figure D2: a simulator that is wrong", 1800, None),
    "scaling": ("Figures F1 and F2: larger models", 1800, None),
    "noise": ("Figure E1: noise of RRAM cells", 7200, "--data val.npz"),
    "compression": ("Tables G1 and G2", 14400, "--data a folder with train.npz and test.npz"),
}

_VERBS: Mapping[str, str] = {
    "measure": "measured, and the predictor fitted to them",
    "disturb": "measured on disturbed hardware",
    "rank": "trained alone",
}


def artefacts() -> dict[str, Artefact]:
    """All that can be made again, by name; quick ones first."""
    found = [
        Artefact(
            name="claims",
            tells="what the paper claims, and whether ours bears it out",
            files=("docs/reproduction.md",),
            seconds=3,
            steps=(("-m", "cmn_core", "study", "report"),),
        ),
        Artefact(
            name="paper",
            tells="every printed cell of Tables G1 and G2 beside ours, and the abstract's savings",
            files=("assets/paper/validation.json",),
            seconds=40,
            steps=(
                ("-m", "pages.parts.studies.stored_answers", f"{OUT}/assets/paper/validation.json"),
            ),
        ),
        Artefact(
            name="paper-constants",
            tells="the simulator's constants that come nearest to the printed cells",
            files=("assets/technologies/paper.toml",),
            seconds=20,
            steps=(("-m", "cmn_core", "paper", "--fit", f"{OUT}/assets/technologies/paper.toml"),),
        ),
        Artefact(
            name="paper-choices",
            tells="what the paper leaves open, and how far each other choice is off",
            files=("assets/paper/choices.json",),
            seconds=120,
            steps=(("-m", "cmn_core", "paper", "--choices", "--json"),),
        ),
        Artefact(
            name="silicon",
            tells="constants learnt from published chips, their draws and the held-out errors",
            files=(
                "assets/technologies/rram.toml",
                "assets/technologies/sram.toml",
                "assets/technologies/sram_analog.toml",
                "assets/technologies/draws.json",
                "assets/silicon/validation.json",
            ),
            seconds=40,
            steps=(("-m", "cmn_core.silicon", "--write", f"{OUT}/assets"),),
        ),
    ]
    referee = "assets/referee/others.json"
    found.append(
        Artefact(
            name="referee",
            tells="other simulators on the same arrays and layers, beside ours",
            files=(referee,),
            seconds=600,
            steps=(("benchmarks/referee.py", "--out", f"{OUT}/{referee}"),),
            needs="ZigZag, AccelForge and AIHWKit, requirements-bench.txt",
        )
    )
    known = json.loads(BEST_KNOWN.read_text(encoding="utf-8"))
    found.append(
        Artefact(
            name="best-known",
            tells="the best that is known of each default search, from much longer ones",
            files=("assets/best_known.json",),
            seconds=60 * sum(len(e["values"]) for e in known["entries"]),
            steps=((*known["command"].split()[1:], "--out", f"{OUT}/assets/best_known.json"),),
        )
    )
    for path in sorted(EXAMPLES.glob("*.json")):
        goal, memory = path.stem.split("_")
        found.append(
            Artefact(
                name=f"example-{goal}-{memory}",
                tells=f"the {goal} search on {memory} that ships",
                files=(f"assets/examples/{path.name}",),
                seconds=20,
            )
        )
    for name, (tells, seconds, data) in _STUDIES.items():
        file = f"assets/studies/{name}.json"
        step = ("-m", "cmn_core", "study", name, "--out", f"{OUT}/{file}")
        found.append(
            Artefact(
                name=f"study-{name}",
                tells=tells,
                files=(file,),
                seconds=seconds,
                steps=(step,),
                needs=data,
            )
        )
    found.append(
        Artefact(
            name="figures",
            tells="tables of README.md, docs/numbers.md and docs/paper.md",
            files=PAGES,
            seconds=8,
            steps=tuple(
                ("-m", "cmn_core", "study", "figures", "--out", f"{OUT}/{page}") for page in PAGES
            ),
        )
    )
    found += _measured()
    return {a.name: a for a in sorted(found, key=lambda a: a.seconds)}


def _measured() -> list[Artefact]:
    """What needs photographs, which do not ship; docs/supernet.md has every option used."""
    out = []
    for table in sorted((ASSETS / "accuracy").glob("*.csv")):
        space, data, *kind = table.stem.split("_")
        verb = {(): "measure", ("disturbed",): "disturb", ("alone",): "rank"}[tuple(kind)]
        files = [f"assets/accuracy/{table.name}"]
        files += [f"assets/accuracy/{table.stem}.json"] if verb == "measure" else []
        out.append(
            Artefact(
                name=f"accuracy-{table.stem}",
                tells=f"mIoU of subnets of {space} on {data}, {_VERBS[verb]}",
                files=tuple(files),
                seconds=7200,
                steps=(("-m", "cmn_core", verb, "--space", space, "--dataset", data),),
                needs="photographs, docs/supernet.md",
            )
        )
    for card in sorted((ASSETS / "weights").glob("*.json")):
        space, data = card.stem.split("_")
        weights = f"assets/weights/{card.stem}.safetensors"
        files = [f"assets/weights/{card.name}"]
        files += [weights] if (ROOT / weights).is_file() else []
        options = ("--space", space, "--dataset", data)
        out.append(
            Artefact(
                name=f"weights-{card.stem}",
                tells=f"weights of {space} trained on {data}, and their mIoU on val and test",
                files=tuple(files),
                seconds=14400,
                steps=(
                    ("-m", "cmn_core", "train", *options),
                    ("-m", "cmn_core", "card", "--dataset", data),
                ),
                needs="photographs, docs/supernet.md",
            )
        )
    stages = sorted((ASSETS / "training").glob("*"))
    if stages:
        out.append(
            Artefact(
                name="training",
                tells="teacher and milestones of training, with the teacher's mIoU",
                files=tuple(f"assets/training/{path.name}" for path in stages),
                seconds=14400,
                steps=(("-m", "cmn_core", "train"), ("-m", "cmn_core", "card")),
                needs="photographs, docs/supernet.md",
            )
        )
    return out


def artefact_of(name: str) -> Artefact:
    """FieldError for a name that is none."""
    known = artefacts()
    if name not in known:
        raise FieldError("id", f"found {name!r}", "`replay` alone lists what there is")
    return known[name]


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
