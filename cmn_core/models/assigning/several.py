"""One chip for one or several given networks: what it costs each, and what sharing costs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.errors import FieldError, one_line
from cmn_core.models.assigning.options import ChipLimits
from cmn_core.models.assigning.search import SearchedChip, larger_dies, search_chip
from cmn_core.models.chip import Chip
from cmn_core.models.layers import SCHEMA, Layer, Model
from cmn_core.models.pricing import price_model
from cmn_core.models.report import assess

RESULT = "cmn.chip/1"
MOST_NETWORKS = 20
LONGEST = 60  # characters of a name


def searched_hardware(
    models: Sequence[Model],
    chip: Chip,
    memories: Sequence[str],
    objective: str,
    limits: ChipLimits,
    *,
    parameters: str = "silicon",
) -> dict[str, Any]:
    """JSON of the best chip: `best` as `model` answers, with memory and copies of each block.

    Several networks lie on it together, each with weights of its own; energy and latency of `best`
    are those of one inference of each. `networks` says what one costs there and on the chip that
    it alone would get within the same limits. Where nothing keeps the limits, `feasible` is false
    and `why_not` says what can be had. chip: technologies and conditions; FieldError where a memory
    is not known at their node.
    """
    if not 1 <= len(models) <= MOST_NETWORKS:
        allowed = f"1 to {MOST_NETWORKS} are searched for"
        raise FieldError("model", f"found {len(models)}", allowed)
    for name in memories:  # no limit that could be widened
        in_use(name, chip.conditions, chip.technologies)
    started, whole = time.perf_counter(), joined(models)
    answer: dict[str, Any] = {
        "schema": RESULT,
        "models": [model.name for model in models],
        "memory": "hybrid" if len(memories) > 1 else memories[0],
        "objective": objective,
        "limits": {
            name: None if np.isinf(value) else value
            for name, value in (
                ("max_area_mm2", limits.area_mm2),
                ("max_latency_us", limits.latency_us),
                ("max_array_mb", limits.array_mb),
                ("max_sigma_rel", limits.sigma_rel),
            )
        },
    }
    try:
        found = search_chip(whole, chip, memories, objective, limits)
    except FieldError as error:
        refused = {"feasible": False, "why_not": str(error), "best": None, "networks": []}
        return {**answer, **refused, "seconds": time.perf_counter() - started}
    best = assess(whole, found.chip, parameters=parameters)
    return {
        **answer,
        "feasible": True,
        "why_not": None,
        "proven": found.proven,
        "best": best,
        "networks": _networks(models, whole, found, memories, objective, limits),
        "larger_die": larger_dies(whole, found, memories, objective, limits),
        "seconds": time.perf_counter() - started,
    }


def joined(models: Sequence[Model]) -> Model:
    """All networks one after the other, on blocks of their own; a single one as it is.

    The precision is the highest of theirs: a macro has one. Where theirs differ `note` says so,
    beside the notes of each.
    """
    if len(models) == 1:
        return models[0]
    layers: list[Layer] = []
    repeat: dict[str, int] = {}
    for number, model in enumerate(models, 1):
        for layer in model.layers:
            update = {name: _own(number, getattr(layer, name)) for name in _NAMES}
            layers.append(layer.model_copy(update=update))
        repeat |= {str(_own(number, b)): times for b, times in model.repeat.items()}
    bits = [(model.weight_bits, model.activation_bits) for model in models]
    highest = tuple(map(max, zip(*bits, strict=True)))
    said = [f"{number}: {model.note}" for number, model in enumerate(models, 1) if model.note]
    if len(set(bits)) > 1:
        one = f"all priced at the highest precision of theirs, {highest[0]} and {highest[1]} bits"
        said = [one, *said]
    return Model.model_validate(
        {
            "schema": SCHEMA,
            "note": one_line("; ".join(said), MOST_OF_A_NOTE) or None,
            "name": " + ".join(model.name for model in models)[:60],
            "phase": "one inference of each",
            "weight_bits": highest[0],
            "activation_bits": highest[1],
            "repeat": repeat,
            "layers": tuple(layers),
        }
    )


_NAMES = ("block", "region", "branch")
MOST_OF_A_NOTE = 400  # characters that a model file takes


def _own(number: int, name: str | None) -> str | None:
    """Long names that begin alike stay two."""
    if name is None:
        return None
    text = f"{number}: {name}"
    if len(text) <= LONGEST:
        return text
    return f"{number}: {hashlib.sha256(name.encode()).hexdigest()[:8]} {name}"[:LONGEST]


def _networks(
    models: Sequence[Model],
    whole: Model,
    found: SearchedChip,
    memories: Sequence[str],
    objective: str,
    limits: ChipLimits,
) -> list[dict[str, Any]]:
    """What each network costs on the shared chip, the rest of which leaks, and on its own."""
    if len(models) == 1:
        return []
    cost = price_model(whole, found.chip, detail=True)
    rows = []
    for number, model in enumerate(models, 1):
        mine = [i for i, e in enumerate(whole.layers) if e.block.startswith(f"{number}: ")]
        latency_ns = sum(
            float(ns) for block, ns in cost.block_ns.items() if block.startswith(f"{number}: ")
        )
        leaked = cost.layer_standby_uw[mine] * cost.latency_ns * 1e-3
        own_pj = float((cost.layer_energy_pj[mine] - leaked).sum())
        energy_pj = own_pj + 1e-3 * float(cost.standby_uw) * latency_ns
        row: dict[str, Any] = {
            "model": model.name,
            "energy_uj": energy_pj * 1e-6,
            "latency_us": latency_ns * 1e-3,
            "alone": None,
        }
        try:
            plain = replace(found.chip, blocks={}, macros={})
            alone = search_chip(model, plain, memories, objective, limits)
        except FieldError as error:
            row["why_not"] = str(error)
        else:
            single = price_model(model, alone.chip)
            row["alone"] = {
                "energy_uj": float(single.energy_pj) * 1e-6,
                "latency_us": float(single.latency_ns) * 1e-3,
                "area_mm2": float(single.area_um2) * 1e-6,
            }
        rows.append(row)
    return rows
