"""predict: what the predictor says about the mIoU of designs."""

from __future__ import annotations

from typing import Annotated

import typer

from cmn_core.cli.options import Json, text
from cmn_core.cli.output import put, put_json, table


def command(
    designs: Annotated[list[str], typer.Argument(metavar="DESIGN.json", help="one or more")],
    dataset: Annotated[str | None, text("nyuv2 or camvid")] = None,
    json: Json = False,
) -> None:
    """Predicted mIoU in percent with its 90 % interval, for each design."""
    from cmn_core import api
    from cmn_core.errors import FieldError

    if dataset is None:
        raise FieldError("dataset", "missing", "allowed are nyuv2, camvid")
    checked(dataset)
    answers = [api.predict(design, dataset=dataset) for design in designs]
    if json:
        put_json(answers)
    else:
        put(table([{"design": d, **a} for d, a in zip(designs, answers, strict=True)]))


def checked(dataset: str) -> str:
    """The name, or FieldError when there is no such data set."""
    from cmn_core.datasets.info import dataset_info

    return dataset_info(dataset).name
