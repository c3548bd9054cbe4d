"""prepare: a data set as it was downloaded (or generated scenes), as npz files to train on."""

from __future__ import annotations

from typing import Annotated

import typer

from cmn_core.cli.options import MAX_SEED, Json, text, whole_number
from cmn_core.cli.output import put, put_json, table
from cmn_core.cli.parsing import within


def command(
    source: Annotated[str, typer.Argument(metavar="SOURCE")],
    dataset: Annotated[
        str | None, text("nyuv2, camvid, scenes, ade20k or a name of your own")
    ] = None,
    out: Annotated[str | None, text("[local/data/DATASET]", "FOLDER")] = None,
    size: Annotated[str | None, text("of the images [120x160]", "HxW")] = None,
    classes: Annotated[str | None, text("of your own data set [its classes.txt]", "N|FILE")] = None,
    first_label: Annotated[
        int, whole_number(0, 1, "number of the first class in plain folders", "0|1")
    ] = 0,
    count: Annotated[
        int | None, whole_number(4, 100_000, "training scenes to generate [600]")
    ] = None,
    seed: Annotated[int, whole_number(0, MAX_SEED, "of generated scenes")] = 0,
    json: Json = False,
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
    if count is not None and source != GENERATED:
        raise FieldError("count", f"found {count}", f"only for '{GENERATED}'")
    info = prepared.described(source, name, prepared.named_classes(classes))
    facts = prepared.prepare(
        source,
        info,
        Path(f"local/data/{name}" if out is None else out),
        prepared.default_size(info) if size is None else _size(size),
        first_label=first_label,
        count=count,
        seed=seed,
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


def _size(given: str) -> tuple[int, int]:
    from cmn_core.design.text import height_and_width

    height, width = height_and_width("size", given)
    within("size", min(height, width), 32, 4096)
    within("size", max(height, width), 32, 4096)
    return height, width
