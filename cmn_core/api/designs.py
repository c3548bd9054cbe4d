"""Designs read, priced, compared, and the memories that suit their networks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cmn_core.api.models import Files
from cmn_core.cim.technologies.parameters import read_technologies, technologies
from cmn_core.datasets.info import dataset_info
from cmn_core.design import Design, parse_design, read_json
from cmn_core.errors import FieldError
from cmn_core.predictor import load_predictor
from cmn_core.predictor.routing import load_routing, routing_of
from cmn_core.quantities import OBJECTIVES
from cmn_core.runs.store.examples import example_name, load_examples
from cmn_core.search.accuracy import Predicted
from cmn_core.search.scoring.evaluation import evaluate_design

Source = Design | Mapping[str, Any] | str | os.PathLike[str]


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
