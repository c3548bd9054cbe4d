"""What `import cmn_core as cmn` offers beside the search: designs and models read and priced.

Every function gives what the command of its name prints with --json, and refuses bad input by a
FieldError, whose text is one sentence. Nothing here is written, nor taken from the network.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cmn_core.cim.technologies.parameters import read_technologies, technologies
from cmn_core.datasets.info import dataset_info
from cmn_core.design import MEMORIES, Design, parse_design, read_json
from cmn_core.errors import FieldError, unknown_key
from cmn_core.predictor import load_predictor
from cmn_core.predictor.routing import load_routing, routing_of
from cmn_core.quantities import MAX_AREA_MM2, MAX_SIGMA_REL, OBJECTIVES
from cmn_core.runs.store.examples import example_name, load_examples
from cmn_core.search.accuracy import Predicted
from cmn_core.search.scoring.evaluation import evaluate_design

if TYPE_CHECKING:
    from cmn_core.models.layers import Model

Source = Design | Mapping[str, Any] | str | os.PathLike[str]
Files = Sequence[str | os.PathLike[str]]


def load_design(source: Source) -> Design:
    """A design from its file, its JSON object (cmn.design/1) or the name of an example.

    Names are those of `examples()`. FieldError with the path of the first field that is wrong.
    """
    return source if isinstance(source, Design) else parse_design(_object(source))


def examples() -> dict[str, Design]:
    """The best designs of the runs that ship with the project, by name, such as energy_hybrid.

    Their hardware is complete; their metrics are those that the run stored.
    """
    runs = [example for example in load_examples() if example["run"]["best"] is not None]
    return {example_name(run): parse_design(run["run"]["best"]) for run in runs}


def evaluate(
    design: Source,
    *,
    objective: str = "edp",
    dataset: str = "nyuv2",
    parameters: str = "silicon",
    technology: Files = (),
    busiest: str | None = None,
) -> dict[str, Any]:
    """What a design costs and how well it is predicted to segment: the JSON of `evaluate`.

    Energy in uJ, latency in us, area in mm2, mIoU in percent, each with its 90 % interval; every
    block and part (formulas: docs/simulator.md). Missing hardware is searched for the `objective`:
    energy, latency, edp or edap. parameters: "silicon" or "paper"; technology: TOML files instead
    of the built-in constants; busiest: tokens of the busiest expert under top-k, all ("worst") or
    as "measured" on the data set (the default, all of them where that was not measured).
    """
    if busiest not in (None, "worst", "measured"):
        raise FieldError("busiest", f"found '{busiest}'", "allowed are worst, measured")
    data = dataset_info(dataset).name
    library = technologies(parameters, read_technologies(technology))
    asked = load_design(design)
    predictor = load_predictor(asked.space, data)
    routing = None
    if busiest is None:
        routing = routing_of(asked.space, data, asked.architecture.experts, asked.workload)
    elif busiest == "measured":
        routing = load_routing(asked.space, data)
    if busiest == "measured" and routing is None:
        found = f"no routing of {asked.space} was measured on {data}"
        raise FieldError("busiest", found, "worst is allowed")
    return evaluate_design(
        asked,
        objective=objective,
        accuracy=None if predictor is None else Predicted(predictor, asked.workload),
        technologies=library,
        routing=routing,
    ).to_json()


def predict(design: Source, *, dataset: str = "nyuv2") -> dict[str, float | None]:
    """Predicted mIoU in percent with its 90 % interval: {"miou", "low", "high"}.

    Weights have the bits that the design names, and floating point in a file that names none.
    None where nothing was measured that a prediction could rest on; `evaluate` says what.
    """
    data = dataset_info(dataset).name
    given = None if isinstance(design, Design) else _object(design)
    asked = load_design(design if given is None else given)
    named = given is None or "weight_bits" in (given.get("workload") or {})
    predictor = load_predictor(asked.space, data)
    experts, workload = asked.architecture.experts, asked.workload
    if predictor is None or predictor.basis.why_not(experts, workload) is not None:
        return {"miou": None, "low": None, "high": None}
    estimate = predictor.predict(
        np.array([experts]),
        np.array([asked.architecture.hidden]),
        weight_bits=workload.weight_bits if named else None,
        top_k=workload.experts_of_token,
        image=workload.image,
        activation_bits=workload.activation_bits,
    )
    found = {"miou": estimate.miou, "low": estimate.low, "high": estimate.high}
    return {name: float(v[0]) if np.isfinite(v[0]) else None for name, v in found.items()}


def compare(
    first: Source,
    second: Source,
    *,
    objective: str = "edp",
    dataset: str = "nyuv2",
    parameters: str = "silicon",
    technology: Files = (),
) -> dict[str, Any]:
    """Two designs, ours over theirs: the JSON of `compare`.

    Of each cost {"ratio", "low", "high", "probability_less"}, of mIoU {"difference", "low",
    "high", "probability_more"}: 90 % intervals and probabilities with both priced under the same
    draws of what the calibration leaves open. Arguments as in `evaluate`.
    """
    from cmn_core.whatif.compare import as_json
    from cmn_core.whatif.compare import compare as compared

    data = dataset_info(dataset).name
    library = technologies(parameters, read_technologies(technology))
    ours, theirs = (
        evaluate_design(
            asked,
            objective=objective,
            accuracy=None if found is None else Predicted(found, asked.workload),
            technologies=library,
            routing=routing_of(asked.space, data, asked.architecture.experts, asked.workload),
        )
        for asked in (load_design(first), load_design(second))
        for found in (load_predictor(asked.space, data),)
    )
    return as_json(compared(ours, theirs))


def phase(
    design: Source,
    *,
    images_per_second: tuple[float, float] | None = None,
    max_area_mm2: tuple[float, float] | None = None,
    objective: str = "energy",
    points: int = 12,
    parameters: str = "silicon",
    technology: Files = (),
) -> list[dict[str, Any]]:
    """Which memory each block of the design's network should have: the JSON of `phase`.

    A point per rate of images (per second) and die (mm2), `points` of each from the one end of the
    given span to the other in equal ratios: the best chip of any macros, replicas and memories that
    keeps up with the rate and fits on the die, energies in uJ; None where there is none. objective:
    energy, latency, edp or edap; parameters and technology as in `evaluate`.
    """
    from cmn_core.whatif.phase import AREA_SPAN_MM2, RATE_SPAN, phase_map, steps

    if objective not in OBJECTIVES:
        allowed = f"allowed are {', '.join(OBJECTIVES)}"
        raise FieldError("objective", f"found '{objective}'", allowed)
    if points < 2:
        raise FieldError("points", f"found {points}", "2 or more are expected")
    rates, areas_mm2 = images_per_second or RATE_SPAN, max_area_mm2 or AREA_SPAN_MM2
    for name, (low, high) in {"images_per_second": rates, "max_area_mm2": areas_mm2}.items():
        if not 0.0 < low < high < float("inf"):
            allowed = "two numbers above 0, the smaller one first, are expected"
            raise FieldError(name, f"found {low:g} to {high:g}", allowed)
    rows = phase_map(
        load_design(design),
        rates=steps(rates, points),
        areas_mm2=steps(areas_mm2, points),
        objective=objective,
        technologies=technologies(parameters, read_technologies(technology)),
    )
    return [point.to_json() for row in rows for point in row]


def load_model(source: str | os.PathLike[str], *, dims: Mapping[str, int] | None = None) -> Model:
    """Any network as a list of layers (docs/models.md): a preset by name, a model file, or ONNX.

    dims: sizes of an ONNX file's dynamic dimensions, such as {"batch": 1}. FieldError that names
    the field, the node of the graph, or the nearest preset.
    """
    from cmn_core.models import presets  # a third of the start, and of no use to a design

    return presets.load_model(os.fspath(source), dims)


def price(
    model: Model | str | os.PathLike[str],
    *,
    memory: str | Mapping[str, str] = "rram",
    macros: Mapping[str, Mapping[str, float]] | None = None,
    objective: str | None = None,
    replicas: int = 1,
    max_array_mb: float = 10.0,
    parameters: str = "silicon",
    technology: Files = (),
    dims: Mapping[str, int] | None = None,
    **conditions: float,
) -> dict[str, Any]:
    """What a network takes on memory arrays: the JSON of `model`.

    Energy in uJ, latency in us, area in mm2 of one inference, and what its size takes beyond one
    chip of max_array_mb megabytes (docs/models.md). memory: rram or sram, or of each kind of
    layer, {"product": ..., "ffn": ...}; macros: {"rram": {knob: value}}, by default those of the
    technology; objective: energy, latency, edp or edap, for which the macros are searched instead;
    replicas: copies of all arrays; parameters and technology as in `evaluate`; dims as in
    `load_model`; conditions: where the chip works, by the names of a workload: node_nm,
    temperature_c, images_per_second (here inferences), activity.
    """
    from cmn_core.models.assigning.task import place_of
    from cmn_core.models.chip import MAX_COPIES, Chip, with_macros
    from cmn_core.models.hardware import best_chip
    from cmn_core.models.report import assess

    if objective is not None and objective not in OBJECTIVES:
        raise FieldError(
            "objective", f"found '{objective}'", f"allowed are {', '.join(OBJECTIVES)}"
        )
    if objective is not None and macros is not None:
        raise FieldError("objective", f"found '{objective}'", "a given macro is not searched")
    if (
        isinstance(replicas, bool)
        or not isinstance(replicas, int)
        or not (1 <= replicas <= MAX_COPIES)
    ):
        raise FieldError(
            "replicas", f"found {replicas}", f"a whole number from 1 to {MAX_COPIES} is expected"
        )
    if not 0.0 < max_array_mb < float("inf"):
        raise FieldError("max_array_mb", f"found {max_array_mb}", "a number above 0 is expected")
    library = technologies(parameters, read_technologies(technology))
    network = load_model(model, dims=dims) if isinstance(model, str | os.PathLike) else model
    place = place_of(conditions)
    chip = Chip(_memories(memory), replicas=replicas, technologies=library, conditions=place)
    if objective is None:
        chip = with_macros(chip, macros)
    else:
        chip = best_chip(
            network, chip, objective, max_array_mb=max_array_mb, max_sigma_rel=MAX_SIGMA_REL
        )
    return assess(network, chip, max_array_mb=max_array_mb, parameters=parameters)


def search_hardware(
    models: Model | str | os.PathLike[str] | Sequence[Model | str | os.PathLike[str]],
    *,
    memory: str = "hybrid",
    objective: str = "energy",
    max_area_mm2: float | None = MAX_AREA_MM2,
    max_latency_us: float | None = None,
    max_array_mb: float | None = None,
    max_sigma_rel: float | None = MAX_SIGMA_REL,
    weights: Sequence[float] = (),
    parameters: str = "silicon",
    technology: Files = (),
    dims: Mapping[str, int] | None = None,
    **conditions: float,
) -> dict[str, Any]:
    """Hardware for networks that are given: the JSON of `search --model`, without a run.

    Macros, and the memory (rram, sram or hybrid) and copies of each block; one chip for all of
    several networks. Blocks are the best there are for the macros (docs/models.md). objective:
    energy, latency, edp or edap of one inference of each; weights: how often each network is used
    against the others in that, all alike where left out; limits in mm2, us, MB (1e6 bytes) and
    relative output error, None for none; images_per_second among the conditions limits the
    latency, too. The rest as in `price`.
    """
    from cmn_core.models.assigning.steps import searched_hardware
    from cmn_core.models.assigning.task import HardwareTask, place_of

    task = HardwareTask(
        memory=memory,
        objective=objective,
        max_area_mm2=max_area_mm2,
        max_latency_us=max_latency_us,
        max_array_mb=max_array_mb,
        max_sigma_rel=max_sigma_rel,
        weights=tuple(weights),
        parameters=parameters,
        technology=read_technologies(technology),
        conditions=place_of(conditions),
    )
    several = (
        [models]
        if isinstance(models, str | os.PathLike) or not isinstance(models, Sequence)
        else list(models)
    )
    networks = [
        load_model(model, dims=dims) if isinstance(model, str | os.PathLike) else model
        for model in several
    ]
    return searched_hardware(task, networks)


def _object(source: object) -> Any:
    """The JSON object of a design that is no Design yet."""
    if isinstance(source, Mapping):
        return dict(source)
    if not isinstance(source, str | os.PathLike):
        return source  # parse_design says what it is
    path = Path(source)
    if not path.suffix and not path.exists():
        shipped = {example_name(e): e["run"]["best"] for e in load_examples()}
        if str(path) in shipped:
            return shipped[str(path)]
    return read_json(path, finite=False)


def _memories(memory: str | Mapping[str, str]) -> dict[str, str]:
    """Technology of each kind of layer whose weights are resident."""
    from cmn_core.models.chip import uniform
    from cmn_core.models.layers import RESIDENT

    if isinstance(memory, str):
        if memory not in MEMORIES:
            allowed = f"allowed are {', '.join(MEMORIES)}"
            raise FieldError("memory", f"found '{memory}'", allowed)
        return uniform(memory)
    for kind in memory:
        if kind not in RESIDENT:
            raise unknown_key("memory", kind, RESIDENT)
    for kind in RESIDENT:
        if memory.get(kind) not in MEMORIES:
            found = f"found '{memory[kind]}'" if kind in memory else "missing"
            raise FieldError(f"memory.{kind}", found, f"allowed are {', '.join(MEMORIES)}")
    return dict(memory)
