"""card: what weights of `train` score on val and test, beside their recipe and cost."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from cmn_core.cli.options import AnyDataset, Space
from cmn_core.cli.output import JSON_HELP, document, put, put_json, table
from cmn_core.cli.parsing import choice

SHOWN = ("subnet", "part", "images", "miou", "pixel_accuracy")


def command(
    data: Annotated[str, typer.Option(metavar="FOLDER", help="with val.npz and test.npz")],
    dataset: AnyDataset = "nyuv2",
    space: Space = "b0",
    weights: Annotated[
        str | None, typer.Option(metavar="FILE", help="of train or teacher [those that ship]")
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="CARD.json", help="[beside the weights]")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Score the largest, a middling and the smallest subnet of some weights and write it down.

    Test is for this and for `miou`; whatever is chosen is chosen on val.
    """
    from cmn_core.architecture import SPACES
    from cmn_core.datasets.info import dataset_info

    choice("space", space, SPACES)
    info = dataset_info(dataset)
    parts = {part: Path(data) / f"{part}.npz" for part in ("val", "test")}

    from cmn_core.supernet.measure.weights_card import card, teacher_card
    from cmn_core.supernet.network import checkpoint

    source = checkpoint.weights_path(space, info.name) if weights is None else Path(weights)
    taught = weights is not None and "teacher" in checkpoint.load(source)[1]
    answer = teacher_card(dataset, source, parts) if taught else card(space, dataset, source, parts)
    target = source.with_suffix(".json") if out is None else Path(out)
    target.write_text(document(answer) + "\n", encoding="utf-8")
    put_json(answer) if json else put(table(answer["scores"], SHOWN))
    sys.stderr.write(f"card: {target}\n")
