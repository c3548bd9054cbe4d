"""export: a design's network as files that other programs read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cmn_core.cli.options import DesignFile, Json, Shipped, text
from cmn_core.cli.output import facts, put, put_json
from cmn_core.errors import FieldError


def command(
    design: DesignFile,
    out: Annotated[str, text("for the two files", "FOLDER")],
    dataset: Shipped = "nyuv2",
    weights: Annotated[str | None, text("of train or distil [shipped]", "FILE")] = None,
    json: Json = False,
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
