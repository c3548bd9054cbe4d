"""evaluate: what one design costs and how well it is predicted to segment."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cmn_core.cli.output import JSON_HELP, facts, put, put_json, table
from cmn_core.cli.parsing import choice
from cmn_core.cli.pricing.predict import checked
from cmn_core.quantities import COSTS, OBJECTIVES

LOADS = ("worst", "measured")
LOAD = "tokens of the busiest expert under top-k: all, or as measured on the data set"
OWN = "sram_analog, or a technology file of one's own (docs/simulator.md); may be repeated"


def command(
    design: Annotated[str, typer.Argument(metavar="DESIGN.json")],
    objective: Annotated[
        str, typer.Option(metavar="|".join(OBJECTIVES), help="of missing hardware")
    ] = "edp",
    dataset: Annotated[str, typer.Option(metavar="nyuv2|camvid", help="mIoU is of")] = "nyuv2",
    parameters: Annotated[
        str, typer.Option(metavar="silicon|paper", help="constants of the simulator")
    ] = "silicon",
    technology: Annotated[list[str] | None, typer.Option(metavar="FILE.toml", help=OWN)] = None,
    busiest: Annotated[str, typer.Option(metavar="|".join(LOADS), help=LOAD)] = "worst",
    json: Annotated[bool, typer.Option("--json", help=JSON_HELP)] = False,
) -> None:
    """Price one design; hardware that its file leaves open is searched."""
    choice("objective", objective, OBJECTIVES)
    choice("busiest", busiest, LOADS)
    checked(dataset)
    from cmn_core import api

    answer = api.evaluate(
        design,
        objective=objective,
        dataset=dataset,
        parameters=parameters,
        technology=technology or (),
        busiest=busiest,
    )
    put_json(answer) if json else put(summary(answer))


def summary(answer: dict[str, Any]) -> str:
    """Totals and one line per block, for people."""
    totals = {k: v for k, v in answer.items() if k not in ("blocks", "hardware")}
    hardware = answer["hardware"]
    knobs = [
        {"macro": f"{name} {knob}", "value": value}
        for name, macro in hardware.get("macros", {}).items()
        for knob, value in macro.items()
    ]
    columns = ("block", "memory", *COSTS)
    return "\n\n".join(
        [
            facts(totals),
            table(answer["blocks"], columns),
            facts({"memory": hardware["memory"], "replicas": hardware["replicas"]}),
            table(knobs),
        ]
    )
