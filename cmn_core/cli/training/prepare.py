"""prepare: a data set as it was downloaded (or generated scenes), as npz files to train on."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from cmn_core.cli.output import JSON_HELP, put, put_json, table
from cmn_core.cli.parsing import whole, within


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    dataset: Annotated[
        str | None, typer.Option(help="nyuv2, camvid, scenes, ade20k or a name of your own")
    ] = None,
    out: Annotated[str | None, typer.Option(metavar="FOLDER", help="[local/data/DATASET]")] = None,
    size: Annotated[str | None, typer.Option(metavar="HxW", help="of the images [120x160]")] = None,
    classes: Annotated[
        str | None, typer.Option(metavar="N|FILE", help="of your own data set [its classes.txt]")
    ] = None,
    first_label: Annotated[
        str, typer.Option(metavar="0|1", help="number of the first class in plain folders")
    ] = "0",
    count: Annotated[
        str | None, typer.Option(metavar="N", help="training scenes to generate [600]")
    ] = None,
    seed: Annotated[str, typer.Option(metavar="N", help="of generated scenes")] = "0",
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Write train.npz, val.npz, test.npz and dataset.json; SOURCE is a folder, a file, or
    'generated' for indoor scenes that need no download."""
    from pathlib import Path

    from cmn_core.datasets import prepared
    from cmn_core.datasets.source import GENERATED, kind_of
    from cmn_core.errors import FieldError

    kinds = {"generated": "scenes", "nyu": "nyuv2", "camvid": "camvid", "ade20k": "ade20k"}
    kind = kind_of(source, "source")
    name = kinds.get(kind) if dataset is None else dataset
    if name is None:
        raise FieldError("dataset", "missing", "nyuv2, camvid or a name of your own is expected")
    first = int(within("first_label", whole("first_label", first_label), 0, 1))
    scenes = None if count is None else int(within("count", whole("count", count), 4, 100_000))
    if scenes is not None and source != GENERATED:
        raise FieldError("count", f"found {scenes}", f"only for '{GENERATED}'")
    number = int(within("seed", whole("seed", seed), 0, 2**53 - 1))
    info = prepared.described(source, name, prepared.named_classes(classes))
    facts = prepared.prepare(
        source,
        info,
        Path(f"local/data/{name}" if out is None else out),
        prepared.default_size(info) if size is None else _size(size),
        first_label=first,
        count=scenes,
        seed=number,
    )
    for warning in facts["warnings"]:
        typer.echo(f"warning: {warning}", err=True)
    if json:
        put_json(facts)
        return
    shares = zip(facts["classes"], facts["train_pixel_share"], strict=True)
    rows = [{"class": c, "share of pixels %": round(100 * s, 2)} for c, s in shares]
    put(table(rows))
    put(", ".join(f"{n} {split}" for split, n in facts["images"].items()) + " images")


def _size(text: str) -> tuple[int, int]:
    from cmn_core.errors import FieldError

    found = re.fullmatch(r"([0-9]{1,5})x([0-9]{1,5})", text)
    if not found:
        raise FieldError("size", f"found '{text[:40]}'", "HEIGHTxWIDTH is expected, as 120x160")
    height, width = int(found[1]), int(found[2])
    within("size", min(height, width), 32, 4096)
    within("size", max(height, width), 32, 4096)
    return height, width
