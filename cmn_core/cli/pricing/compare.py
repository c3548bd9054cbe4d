"""compare: two designs side by side, with the probability that the first needs less."""

from __future__ import annotations

from typing import Annotated

import typer

from cmn_core.cli.output import JSON_HELP, put, put_json, table
from cmn_core.cli.parsing import choice
from cmn_core.cli.pricing.evaluate import OBJECTIVES, OWN
from cmn_core.cli.pricing.predict import checked


def command(
    first: Annotated[str, typer.Argument(metavar="A.json")],
    second: Annotated[str, typer.Argument(metavar="B.json")],
    objective: Annotated[
        str, typer.Option(metavar="|".join(OBJECTIVES), help="of missing hardware")
    ] = "edp",
    dataset: Annotated[str, typer.Option(metavar="nyuv2|camvid", help="mIoU is of")] = "nyuv2",
    parameters: Annotated[
        str, typer.Option(metavar="silicon|paper", help="constants of the simulator")
    ] = "silicon",
    technology: Annotated[list[str] | None, typer.Option(metavar="FILE.toml", help=OWN)] = None,
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """A over B, both priced under the same draws of what the calibration leaves open."""
    choice("objective", objective, OBJECTIVES)
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
