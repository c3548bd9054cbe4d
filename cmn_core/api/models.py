"""Networks of any kind read, priced and given hardware: the commands model and search --model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cmn_core.cim.technologies.parameters import read_technologies, technologies
from cmn_core.design import MEMORIES
from cmn_core.errors import FieldError, unknown_key
from cmn_core.quantities import MAX_AREA_MM2, MAX_SIGMA_REL, OBJECTIVES

if TYPE_CHECKING:
    from cmn_core.models.layers import Model

Files = Sequence[str | os.PathLike[str]]


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
