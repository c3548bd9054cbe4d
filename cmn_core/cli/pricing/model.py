"""model: what any network, in ONNX or as a list of layers, takes on memory arrays.

Its argument is a model (file or preset), as evaluate's is a design.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cmn_core.cli.options import (
    Activity,
    ImageRate,
    Json,
    Node,
    Parameters,
    Technology,
    Temperature,
    conditions,
    flag,
    number,
    text,
    whole_number,
    word,
)
from cmn_core.cli.output import facts, put, put_json, table
from cmn_core.errors import FieldError
from cmn_core.models.chip import MAX_COPIES
from cmn_core.quantities import COSTS, OBJECTIVES

KINDS = ("product", "ffn")
DEFAULT = "default"
LISTED = ("preset", "parameters", "active_parameters", "phase")
CHOICES = (DEFAULT, *OBJECTIVES)


def command(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE.onnx|MODEL.json|PRESET",
            help="or ZigZag's .yaml, NeuroSim's .csv; --list shows the presets",
        ),
    ] = None,
    memory: Annotated[str, text("SPLIT such as product=sram,ffn=rram", "rram|sram|SPLIT")] = "rram",
    macro: Annotated[str | None, text('JSON: {"rram": {knob: value}, ...}', "FILE")] = None,
    objective: Annotated[
        str, word(CHOICES, "searches the macros for it", "|".join(CHOICES))
    ] = DEFAULT,
    replicas: Annotated[int, whole_number(1, MAX_COPIES, "copies of all arrays", None)] = 1,
    max_array_mb: Annotated[float, number(1e-6, 1e9, "capacity of one chip", None)] = 10,
    dim: Annotated[
        list[str] | None, text("size of a dynamic dimension of an ONNX file", "NAME=N")
    ] = None,
    write: Annotated[
        list[str] | None,
        text(
            "zigzag, neurosim, accelforge, crosssim, aihwkit, model, csv or latex; repeatable",
            "FORMAT=FILE",
        ),
    ] = None,
    parameters: Parameters = "silicon",
    technology: Technology = None,
    images_per_second: ImageRate = None,
    temperature: Temperature = None,
    node: Node = None,
    activity: Activity = None,
    presets: Annotated[bool, flag("--list", "show the presets and end")] = False,
    json: Json = False,
) -> None:
    """Price a network, ONNX or a list of layers; says what it takes beyond one chip."""
    if presets:
        rows = listed()
        put_json(rows) if json else put(table(rows, LISTED))
        return
    if model is None:
        raise FieldError("FILE.onnx|MODEL.json|PRESET", "missing", "--list shows the presets")
    split = split_memory(memory)
    if macro is not None and objective != DEFAULT:
        raise FieldError("objective", f"found '{objective}'", "a given macro is not searched")
    from cmn_core import api
    from cmn_core.cim.technologies.parameters import read_technologies, technologies
    from cmn_core.cli.pricing.model_files import asked_files, write_files
    from cmn_core.design import read_json
    from cmn_core.models.graph.dims import parse_dims

    network = api.load_model(model, dims=parse_dims(dim or ()))
    wishes = asked_files(write or ())
    answer = api.price(
        network,
        dims=None,
        memory=split,
        macros=None if macro is None else read_json(macro),
        objective=None if objective == DEFAULT else objective,
        replicas=replicas,
        max_array_mb=max_array_mb,
        parameters=parameters,
        technology=technology or (),
        **conditions(images_per_second, temperature, node, activity),
    )
    if wishes:
        library = technologies(parameters, read_technologies(technology or ()))
        answer["written"] = write_files(wishes, network, answer, library)
    put_json(answer) if json else put(summary(answer))


def split_memory(given: str) -> dict[str, str]:
    """'rram' -> {"product": "rram", "ffn": "rram"}; 'product=sram,ffn=rram' each by itself."""
    from cmn_core.design import MEMORIES

    if given in MEMORIES:
        return dict.fromkeys(KINDS, given)
    allowed = f"{', '.join(MEMORIES)} or a technology for each of {', '.join(KINDS)} are allowed"
    out: dict[str, str] = {}
    for item in given.split(","):
        kind, _, name = item.partition("=")
        if kind not in KINDS or name not in MEMORIES or kind in out:
            raise FieldError("memory", f"found '{given}'", allowed)
        out[kind] = name
    if len(out) < len(KINDS):
        raise FieldError("memory", f"found '{given}'", allowed)
    return out


def listed() -> list[dict[str, Any]]:
    """Presets with their size and source."""
    from cmn_core.models.operations import count_weights
    from cmn_core.models.presets import load_preset, preset_names

    rows = []
    for name in preset_names():
        model = load_preset(name)
        total, active = count_weights(model)
        rows.append(
            {
                "preset": name,
                "parameters": total,
                "active_parameters": active,
                "phase": model.phase,
                "source": model.source,
            }
        )
    return rows


def summary(answer: dict[str, Any]) -> str:
    """Totals, layers, experts and what the size takes, for people."""
    nested = (
        "operators",
        "layers",
        "breakdown",
        "capacity",
        "hardware",
        "experts",
        "published",
        "intervals",
    )
    capacity = dict(answer["capacity"])
    parts = [facts({k: v for k, v in answer.items() if k not in nested})]
    ranges = answer["intervals"].items()
    parts.append(facts({f"{name}, 90 % from and to": ends for name, ends in ranges}))
    columns = ("layer", "block", "memory", "times", *COSTS, "macros")
    parts.append(table(answer["layers"], columns))
    if "operators" in answer:
        from cmn_core.models.report import operators_by_type

        parts.append(table(operators_by_type(answer["operators"])))
    for quantity, found in answer["breakdown"].items():
        parts.append(table([{"part": p, quantity: v} for p, v in found.items()]))
    if answer["experts"] is not None:
        parts.append(facts({f"experts {k}": v for k, v in answer["experts"].items()}))
    for name in ("deployment_write", "chips", "reload"):
        for key, value in capacity.pop(name, {}).items():
            capacity[f"{name} {key}"] = value
    parts.append(facts(capacity))
    for file in answer.get("written", ()):
        told = {"written": file["file"], "left out": "; ".join(file["left_out"]) or "nothing"}
        parts.append(facts(told))
    knobs = [
        {"macro": f"{name} {knob}", "value": value}
        for name, macro in answer["hardware"]["macros"].items()
        for knob, value in macro.items()
    ]
    return "\n\n".join([*parts, table(knobs)])
