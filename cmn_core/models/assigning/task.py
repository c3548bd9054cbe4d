"""A search for the hardware of given networks as a person states it, and its JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

import numpy as np

from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.parameters import SETS, technologies
from cmn_core.design import HYBRID, MEMORIES, MEMORY_CHOICES, Workload, parse_workload
from cmn_core.design.validation import OneOf, Within, check, check_fields
from cmn_core.errors import FieldError, one_line, unknown_key
from cmn_core.models.assigning.joined import block_worth, joined
from cmn_core.models.assigning.problem import ChipLimits, ChipProblem
from cmn_core.models.chip import Chip, uniform
from cmn_core.models.layers import Model
from cmn_core.models.report import CONDITIONS
from cmn_core.quantities import MAX_AREA_MM2, MAX_SIGMA_REL, OBJECTIVES

MOST_NETWORKS = 20
MOST_WEIGHT = 1e6
_OF_NETWORKS = ("models", "generations", "seed")  # of the JSON, which follow from the networks

Most = Annotated[float, Within(0.0, None)]


@dataclass(frozen=True, kw_only=True)
class HardwareTask:
    """What is sought: memory (rram, sram, hybrid), objective (energy, latency, edp, edap) and
    limits on one inference of each network; None: no limit. Names are those of the command line.

    weights: how often each network is used against the others, in the objective; empty: all alike.
    parameters: of silicon or paper; technology: documents of one's own by memory; conditions: where
    the chip works, of which image and bits are not read. With a rate of images the latency is
    limited too. FieldError on whatever can be known to be wrong without a network.
    """

    objective: Annotated[str, OneOf(tuple(OBJECTIVES))] = "energy"
    memory: Annotated[str, OneOf(MEMORY_CHOICES)] = HYBRID
    max_area_mm2: Most | None = MAX_AREA_MM2
    max_latency_us: Most | None = None
    max_array_mb: Most | None = None
    max_sigma_rel: Most | None = MAX_SIGMA_REL
    weights: tuple[float, ...] = ()
    parameters: Annotated[str, OneOf(tuple(SETS))] = "silicon"
    technology: Mapping[str, Any] = field(default_factory=dict, hash=False)
    conditions: Workload = Workload()

    def __post_init__(self) -> None:
        check_fields(self)
        for weight in self.weights:
            check("weight", weight, Annotated[float, Within(1.0 / MOST_WEIGHT, MOST_WEIGHT)])
        library = technologies(self.parameters, self.technology)
        for name in self.memories:  # no limit that could be widened
            in_use(name, self.conditions, library)

    @property
    def memories(self) -> tuple[str, ...]:
        """Memories that a block may take."""
        return MEMORIES if self.memory == HYBRID else (self.memory,)

    @property
    def limits(self) -> ChipLimits:
        """Infinity where nothing is asked."""
        rate = self.conditions.images_per_second
        turn_us = np.inf if rate is None else 1e6 / rate
        return ChipLimits(
            area_mm2=self.max_area_mm2 or np.inf,
            latency_us=min(self.max_latency_us or np.inf, turn_us),
            array_mb=self.max_array_mb or np.inf,
            sigma_rel=self.max_sigma_rel or np.inf,
        )

    @property
    def chip(self) -> Chip:
        """Technologies and conditions, without macros and blocks."""
        return Chip(
            uniform(self.memories[0]),
            technologies=technologies(self.parameters, self.technology),
            conditions=self.conditions,
        )

    def problem(self, models: Sequence[Model]) -> ChipProblem:
        """Of all these networks on one chip; FieldError for too many, or weights for others."""
        if not 1 <= len(models) <= MOST_NETWORKS:
            allowed = f"1 to {MOST_NETWORKS} are searched for"
            raise FieldError("model", f"found {len(models)}", allowed)
        if self.weights and len(self.weights) != len(models):
            found = f"found {len(self.weights)} for {len(models)} networks"
            raise FieldError("weight", found, "one for each network, in their order, is expected")
        worth = block_worth(models, self.weights)
        return ChipProblem(joined(models), self.memories, self.objective, self.limits, worth)

    def to_json(self) -> dict[str, Any]:
        """JSON object; `from_json` reads it."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return {
            "scenario": own.pop("objective"),
            **own,
            "weights": list(self.weights),
            "technology": dict(self.technology),
            "conditions": {name: getattr(self.conditions, name) for name in CONDITIONS},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> HardwareTask:
        """What `to_json` made, or part of it; what is left out has its default."""
        known = {"scenario": "objective", **{f.name: f.name for f in fields(cls)}}
        given = {name: value for name, value in data.items() if name not in _OF_NETWORKS}
        for name in given:
            if name not in known or name == "objective":
                raise unknown_key("", name, [n for n in known if n != "objective"])
        out = {known[name]: value for name, value in given.items()}
        if "weights" in out:
            out["weights"] = tuple(_whole("weights", out["weights"], list, "a list"))
        if "conditions" in out:
            _whole("conditions", out["conditions"], Mapping, "a JSON object")
            out["conditions"] = place_of(out["conditions"])
        return cls(**out)


def _whole(name: str, value: Any, kind: type, words: str) -> Any:
    """The value if it is of that kind; FieldError otherwise."""
    if not isinstance(value, kind):
        raise FieldError(name, f"found {one_line(value, 40)}", f"{words} is expected")
    return value


def place_of(conditions: Mapping[str, Any]) -> Workload:
    """Where a chip works; FieldError for a condition that is unknown or out of its range."""
    for name in conditions:
        if name not in CONDITIONS:
            raise unknown_key("conditions", name, CONDITIONS)
    return parse_workload(dict(conditions))
