"""Options that several commands have, each with one name and one help text."""

from __future__ import annotations

from typing import Annotated

import typer

Folder = Annotated[str, typer.Option(metavar="FOLDER", help="with train.npz and val.npz")]
Splits = Annotated[
    str, typer.Option(metavar="FOLDER", help="with train.npz and val.npz, or 'generated'")
]
Shipped = Annotated[str, typer.Option(help="nyuv2 or camvid")]
AnyDataset = Annotated[str, typer.Option(help="nyuv2, camvid, scenes or a dataset.json of prepare")]
Space = Annotated[str, typer.Option(help="b0, b1 or b2")]
Rate = Annotated[str, typer.Option(metavar="R", help="peak learning rate")]
Device = Annotated[str, typer.Option(help="cpu, or cuda with a CUDA build of torch")]
Precision = Annotated[
    str, typer.Option(help="of products: single, bf16, or auto, which times both and takes one")
]
