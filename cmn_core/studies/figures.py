"""The tables of README.md, docs/numbers.md and docs/paper.md, out of the files that ship.

Each row names a figure, its value and the artefact of `replay` that makes its file again. What
stands between two marks of a page is written here; the rest of the page is written by hand.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cmn_core.assets import ASSETS, ROOT
from cmn_core.errors import FieldError
from cmn_core.paper.choices import STORED, markdown
from cmn_core.quantities import GOALS
from cmn_core.studies.artefacts import SOURCES, artefacts
from cmn_core.studies.claims import judged
from cmn_core.studies.result import stored

COMMAND = "python -m cmn_core study figures --out {page}"
_PAGES = {
    "README.md": ROOT / "README.md",
    "numbers.md": ROOT / "docs" / "numbers.md",
    "paper.md": ROOT / "docs" / "paper.md",
}
_MARKS = re.compile(r"<!-- (figures|front figures|files|choices) -->\n.*?<!-- end -->\n", re.DOTALL)
_ALLOWED = "README.md, docs/numbers.md or docs/paper.md"
_DEVICES = {"RRAM": "RRAM", "SRAM-analog": "analog SRAM", "SRAM-digital": "digital SRAM"}
_QUANTITIES = {"energy": "energy", "speed, clock withheld": "speed", "area": "area"}
_DATA = {"nyuv2": "NYU Depth v2", "camvid": "CamVid"}
_CHIPS = {"rram": "RRAM", "sram": "SRAM", "hybrid": "hybrid"}


@dataclass(frozen=True, kw_only=True)
class StatedFigure:
    """value: with its unit; origin: M, S, P or E in words; artefact: of `replay`; front: whether
    README.md shows it."""

    name: str
    value: str
    origin: str
    artefact: str
    front: bool = False


def stated_figures() -> list[StatedFigure]:
    """Every row, in the order shown; one whose file does not ship is left out."""
    return [*_networks(), *_predictors(), *_chips(), *_paper(), *_searches()]


def renewed(page: str, text: str) -> str:
    """The text of such a page with the tables of today between its marks."""
    if page not in _PAGES:
        raise FieldError("out", f"found {page!r}", _ALLOWED)
    made = {
        "figures": lambda: _table(False),
        "front figures": lambda: _table(True),
        "files": _files,
        "choices": lambda: markdown(_read(STORED)) + "\n",
    }

    def filled(found: re.Match[str]) -> str:
        name = found.group(1)
        return f"<!-- {name} -->\n{made[name]()}<!-- end -->\n"

    return _MARKS.sub(filled, text)


def current(page: str) -> str:
    """The checkout's page of that name, renewed; FieldError where there is no checkout."""
    if page not in _PAGES:
        raise FieldError("out", f"found {page!r}", _ALLOWED)
    path = _PAGES[page]
    if not path.is_file():
        raise FieldError("out", f"{page} does not ship with the package", "a checkout has it")
    return renewed(page, path.read_text(encoding="utf-8"))


def tables() -> str:
    """What docs/numbers.md shows."""
    return f"{_table(False)}\n{_files()}"


def _table(front: bool) -> str:
    lines = ["| figure | value | origin | again by |", "| --- | --- | --- | --- |"]
    for row in stated_figures():
        if row.front or not front:
            again = f"`cmn replay {row.artefact}`"
            lines.append(f"| {row.name} | {row.value} | {row.origin} | {again} |")
    return "\n".join(lines) + "\n"


def _files() -> str:
    """Every file of numbers with what makes it."""
    lines = ["| files | what | made by |", "| --- | --- | --- |"]
    for one in artefacts().values():
        if not one.steps:  # the nine searches, in one row below
            continue
        needs = "" if one.needs is None else f" (needs {one.needs})"
        lines.append(f"| {_short(one.files)} | {one.tells} | `{one.command}`{needs} |")
    lines.append(
        "| `assets/examples/GOAL_MEMORY.json` | the searches that ship |"
        " `cmn replay example-GOAL-MEMORY` |"
    )
    lines += [f"| {_short((files,))} | {tells} | typed in |" for files, tells in SOURCES.items()]
    return "\n".join(lines) + "\n"


def _short(files: tuple[str, ...]) -> str:
    return ", ".join(f"`{file}`" for file in files)


def _networks() -> list[StatedFigure]:
    """mIoU of the ends of each space, as the card beside the weights says it."""
    out = []
    for path in sorted((ASSETS / "weights").glob("*.json")):
        card = _read(path)
        data = _DATA.get(card["dataset"], card["dataset"])
        ends = ("largest", "smallest") if card["space"] == "b0" else ("largest",)
        for end in ends:
            parts = {s["part"]: s["miou"] for s in card["scores"] if s["subnet"] == end}
            value = ", ".join(f"{miou:.1f} % on {part}" for part, miou in parts.items())
            front = path.stem == "b0_nyuv2"
            out.append(
                StatedFigure(
                    name=f"mIoU of the {end} {card['space'].upper()} on {data}",
                    value=value,
                    origin="measured",
                    artefact=f"weights-{path.stem}",
                    front=front and end == "largest",
                )
            )
    return out


def _predictors() -> list[StatedFigure]:
    out = []
    for path in sorted((ASSETS / "accuracy").glob("*.json")):
        found = _read(path)
        quality, images = found["quality"], found["provenance"]["images"]
        space, data = path.stem.split("_", 1)
        out.append(
            StatedFigure(
                name=f"error of predicted mIoU, {space.upper()} on {_DATA.get(data, data)}",
                value=f"mean error {quality['mean_error']:.2f} points, Kendall tau"
                f" {quality['kendall_tau']:.2f}, where mIoU spreads by"
                f" {quality['spread_sd']:.2f} (standard deviation)",
                origin=f"measured: cross-validation over {found['provenance']['subnets']}"
                f" subnets on {images}",
                artefact=f"accuracy-{path.stem}",
                front=path.stem == "b0_nyuv2",
            )
        )
    return out


def _chips() -> list[StatedFigure]:
    """Median factors by which chips that the fit has not seen are off."""
    rows = _read(ASSETS / "silicon" / "validation.json")["held_out"]
    out = []
    for device, name in _DEVICES.items():
        own = {r["quantity"]: r for r in rows if r["device"] == device}
        told = [f"{word} {own[q]['median_factor']:.1f}" for q, word in _QUANTITIES.items()]
        out.append(
            StatedFigure(
                name=f"factor off a chip that the fit has not seen, {name}",
                value=", ".join(told),
                origin=f"simulated against {own['energy']['chips']} chips: median",
                artefact="silicon",
                front=True,
            )
        )
    return out


def _paper() -> list[StatedFigure]:
    cells = _read(ASSETS / "paper" / "validation.json")["cells"]
    judgements = [c["agrees"] for c in cells if c.get("agrees") is not None]
    out = [
        StatedFigure(
            name="printed energies and latencies within 15 % of ours, expert FFNs",
            value=f"{sum(judgements)} of {len(judgements)}",
            origin="simulated with constants fitted to them",
            artefact="paper",
            front=True,
        )
    ]
    results = [result for name in artefacts() if name.startswith("study-")
               if (result := stored(name.removeprefix("study-"))) is not None]  # fmt: skip
    verdicts = Counter(verdict.holds for result in results for verdict in judged(result))
    told = ", ".join(f"{verdicts[holds]} {holds}" for holds in ("yes", "partly", "no"))
    out.append(
        StatedFigure(
            name="claims of appendices C to G borne out",
            value=told,
            origin="our studies",
            artefact="claims",
        )
    )
    return out


def _searches() -> list[StatedFigure]:
    """The best of the shipped searches, goal by goal."""
    out = []
    for goal, about in GOALS.items():
        paths = {m: ASSETS / "examples" / f"{goal}_{m}.json" for m in _CHIPS}
        runs = {m: _read(path)["run"] for m, path in paths.items() if path.is_file()}
        best = {m: run["best"]["metrics"] for m, run in runs.items() if run.get("best")}
        own = about.quantity
        told = [
            f"{own.scale * found[own.name]:.4g} {own.unit} on {_CHIPS[m]}"
            for m, found in best.items()
        ]
        out.append(
            StatedFigure(
                name=f"{own.label} of the shipped {goal} search",
                value=", ".join(told),
                origin="predicted" if own.name == "miou" else "simulated",
                artefact=f"example-{goal}-{next(iter(best))}",
                front=goal == "energy",
            )
        )
    return out


def _read(path: Path) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
