"""evaluate: what one design costs and how well it is predicted to segment."""

from __future__ import annotations

from typing import Annotated, Any

from cmn_core.cli.options import DesignFile, Json, Parameters, Technology, text, word
from cmn_core.cli.output import facts, put, put_json, table
from cmn_core.cli.pricing.predict import checked
from cmn_core.quantities import COSTS, OBJECTIVES

LOADS = ("worst", "measured")
LOAD = "tokens of the busiest expert under top-k: all, or as measured on the data set"


def command(
    design: DesignFile,
    objective: Annotated[
        str, word(OBJECTIVES, "of missing hardware", "|".join(OBJECTIVES))
    ] = "edp",
    dataset: Annotated[str, text("mIoU is of", "nyuv2|camvid")] = "nyuv2",
    parameters: Parameters = "silicon",
    technology: Technology = None,
    busiest: Annotated[str | None, word(LOADS, LOAD, "|".join(LOADS))] = None,
    json: Json = False,
) -> None:
    """Price one design; hardware that its file leaves open is searched."""
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
