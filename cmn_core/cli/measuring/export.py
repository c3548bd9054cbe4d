"""export: a design's network as files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import Shipped
from cmn_core.cli.output import JSON_HELP, facts, put, put_json
from cmn_core.errors import FieldError


def command(
    design: Annotated[str, typer.Argument(metavar="DESIGN.json")],
    out: Annotated[str, typer.Option(metavar="FOLDER", help="for the two files")],
    dataset: Shipped = "nyuv2",
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="of train or distil [shipped]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Sliced weights (safetensors) and an ONNX file of one network."""
    from cmn_core.datasets.info import dataset_info
    from cmn_core.design import read_design

    parsed = read_design(design)
    dataset_info(dataset)
    folder = Path(out)
    if folder.exists() and not folder.is_dir():
        raise FieldError("out", f"{folder.name} is a file", "a folder is expected")

    from cmn_core.supernet.network.export import export

    answer = export(parsed, dataset, folder, weights=None if weights is None else Path(weights))
    put_json(answer) if json else put(facts(answer))
