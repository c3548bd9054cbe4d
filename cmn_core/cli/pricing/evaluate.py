"""evaluate: what one design costs and how well it is predicted to segment."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cmn_core.cli.output import JSON_HELP, facts, put, put_json, table
from cmn_core.cli.parsing import choice
from cmn_core.cli.pricing.predict import checked
from cmn_core.errors import FieldError

OBJECTIVES = ("energy", "latency", "edp", "edap")
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
    from cmn_core.cim.technologies.parameters import technologies
    from cmn_core.design import read_design
    from cmn_core.predictor import load_predictor
    from cmn_core.predictor.routing import load_routing
    from cmn_core.search.accuracy import Predicted
    from cmn_core.search.scoring.evaluation import evaluate_design

    library = technologies(parameters, documents(technology or []))
    parsed = read_design(design)
    predictor = load_predictor(parsed.space, dataset)
    bits = parsed.workload.weight_bits
    accuracy = None if predictor is None else Predicted(predictor, bits)
    routing = load_routing(parsed.space, dataset) if busiest == "measured" else None
    if busiest == "measured" and routing is None:
        found = f"no routing of {parsed.space} was measured on {dataset}"
        raise FieldError("busiest", found, "worst is allowed")
    answer = evaluate_design(
        parsed, objective=objective, accuracy=accuracy, technologies=library, routing=routing
    )
    put_json(answer) if json else put(summary(answer))


def documents(files: list[str]) -> dict[str, Any]:
    """Checked technology files by the memory that they stand for; FieldError for two of one."""
    from cmn_core.cim.technologies.parameters import own_technology, read_technology

    out: dict[str, Any] = {}
    for file in files:
        document = read_technology(file)
        memory = own_technology(document).name
        if memory in out:
            raise FieldError("technology", f"two files for {memory}", "one of each is allowed")
        out[memory] = document
    return out


def summary(answer: dict[str, Any]) -> str:
    """Totals and one line per block, for people."""
    totals = {k: v for k, v in answer.items() if k not in ("blocks", "hardware")}
    hardware = answer["hardware"]
    knobs = [
        {"macro": f"{name} {knob}", "value": value}
        for name, macro in hardware.get("macros", {}).items()
        for knob, value in macro.items()
    ]
    columns = ("block", "memory", "energy_uj", "latency_us", "area_mm2")
    return "\n\n".join(
        [
            facts(totals),
            table(answer["blocks"], columns),
            facts({"memory": hardware["memory"], "replicas": hardware["replicas"]}),
            table(knobs),
        ]
    )
