"""Every number that ships, by the command that makes it.

An artefact is some files of assets/ or docs/. `steps` are arguments of Python that write them
below a folder.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cmn_core.assets import ASSETS, ROOT
from cmn_core.errors import FieldError
from cmn_core.runs.store.examples import EXAMPLES
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
