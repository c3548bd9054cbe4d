"""Files that `model` writes beside its answer: for other simulators, a spreadsheet, a paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cmn_core.cim.technologies.technology import Technology
from cmn_core.cli.output import replace_text
from cmn_core.errors import FieldError, nearest
from cmn_core.models.exchange.dialects import DIALECTS, written_as
from cmn_core.models.layers import Model
from cmn_core.quantities import COSTS, TITLES

TABLES = ("csv", "latex")
COLUMNS = {
    "layer": "Layer",
    "kind": "Kind",
    "block": "Block",
    "memory": "Weights on",
    "times": "Times",
    **{name: TITLES[name] for name in COSTS},
    "macros": "Macros",
    "array_mb": TITLES["array_mb"],
}


def asked_files(given: Sequence[str]) -> list[tuple[str, Path]]:
    """["zigzag=net.yaml"] -> [("zigzag", Path("net.yaml"))]; FieldError for anything else."""
    known, out = (*DIALECTS, *TABLES), []
    for item in given:
        name, _, file = item.partition("=")
        if name not in known or not file:
            allowed = f"{nearest(name, known)}FORMAT=FILE with one of {', '.join(known)}"
            raise FieldError("write", f"found '{item}'", allowed)
        if not Path(file).absolute().parent.is_dir() or Path(file).is_dir():
            raise FieldError("write", f"found '{item}'", "a file in a folder that exists")
        out.append((name, Path(file)))
    return out


def write_files(
    wishes: Sequence[tuple[str, Path]],
    model: Model,
    answer: Mapping[str, Any],
    technologies: Mapping[str, Technology],
) -> list[dict[str, Any]]:
    """Write each; its format, file and what the format leaves out."""
    made = [(name, file, *_made(name, model, answer, technologies)) for name, file in wishes]
    for _, file, text, _ in made:
        replace_text(file, text)
    return [
        {"format": name, "file": str(file), "left_out": left_out}
        for name, file, _, left_out in made
    ]


def _made(
    name: str, model: Model, answer: Mapping[str, Any], technologies: Mapping[str, Technology]
) -> tuple[str, list[str]]:
    if name not in TABLES:
        return written_as(model, name, technologies, answer["hardware"]["macros"])
    import pandas as pd

    from cmn_core.charts.base.tables import table_csv, table_latex

    frame = pd.DataFrame(answer["layers"])[list(COLUMNS)].rename(columns=COLUMNS)
    if name == "csv":
        return table_csv(frame), []
    caption = f"Layers of {model.name}, simulated."
    return table_latex(frame, caption=caption, label="layers"), []
