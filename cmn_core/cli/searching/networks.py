"""search --model: a run that searches the chip of networks that are given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cmn_core.cli.parsing import real
from cmn_core.errors import FieldError
from cmn_core.quantities import LIFTED

if TYPE_CHECKING:
    from cmn_core.runs.lock import Claim
    from cmn_core.runs.store.store import Store

# What a search for the hardware of a given network asks for; all else is about architectures.
TAKEN = (
    *("scenario", "memory", "model", "dim", "weight", "parameters", "images_per_second"),
    *("temperature", "node", "activity", "max_area_mm2", "max_latency_us", "max_array_mb"),
    "max_sigma_rel",
)
GOALS = ("energy", "latency")


def begin_chip(
    store: Store, given: Mapping[str, Any], technology: Sequence[str], place: Mapping[str, float]
) -> Claim:
    """A new run under this process's lock; what can be refused is, before anything is stored.

    given: options by name, FieldError for one too many; place: conditions as
    `cli.options.conditions` gives them
    """
    for name in given:
        if name not in TAKEN:
            found = "given beside a model"
            raise FieldError(name, found, "of a network that is given only hardware is searched")
    goal = given.get("scenario", "energy")
    if goal not in GOALS:
        allowed = f"allowed beside a model are {', '.join(GOALS)}: its accuracy is not known"
        raise FieldError("scenario", f"found '{goal}'", allowed)
    from cmn_core.api import load_model
    from cmn_core.cim.technologies.parameters import read_technologies
    from cmn_core.models.assigning.steps import settings
    from cmn_core.models.assigning.task import HardwareTask
    from cmn_core.models.exchange.dialects import as_file
    from cmn_core.models.graph.dims import parse_dims

    asked = {
        name: None if given[name] == LIFTED else given[name]
        for name in ("memory", "parameters", *(n for n in given if n.startswith("max_")))
        if name in given
    }
    task = HardwareTask.from_json(
        {
            "scenario": goal,
            **asked,
            "weights": [real("weight", text) for text in given.get("weight", ())],
            "technology": read_technologies(technology),
            "conditions": place,
        }
    )
    dims = parse_dims(given.get("dim") or ())
    networks = [load_model(source, dims=dims) for source in given["model"]]
    stated = settings(task, networks)
    return store.begin(stated, networks=[json.loads(as_file(network)) for network in networks])
