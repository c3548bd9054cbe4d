"""compare: two designs side by side, with the probability that the first needs less."""

from __future__ import annotations

from typing import Annotated

import typer

from cmn_core.cli.options import Json, Parameters, Technology, text, word
from cmn_core.cli.output import put, put_json, table
from cmn_core.cli.pricing.predict import checked
from cmn_core.quantities import OBJECTIVES


def command(
    first: Annotated[str, typer.Argument(metavar="A.json")],
    second: Annotated[str, typer.Argument(metavar="B.json")],
    objective: Annotated[
        str, word(OBJECTIVES, "of missing hardware", "|".join(OBJECTIVES))
    ] = "edp",
    dataset: Annotated[str, text("mIoU is of", "nyuv2|camvid")] = "nyuv2",
    parameters: Parameters = "silicon",
    technology: Technology = None,
    json: Json = False,
) -> None:
    """A over B, both priced under the same draws of what the calibration leaves open."""
    checked(dataset)
    from cmn_core import api

    answer = api.compare(
        first,
        second,
        objective=objective,
        dataset=dataset,
        parameters=parameters,
        technology=technology or (),
    )
    put_json(answer) if json else put(table([{"metric": n, **v} for n, v in answer.items()]))
