"""What a person asks of a search: goal, memory, limits, effort; and the limits then in force.

Field names in refusals are the names of the command line's options and of the JSON.

Performance searches are limited to half of the energy and latency of the largest subnet on the
technology's default macro with one copy of each block, the reference of the hypervolume too
(reference.py says why it is not the largest subnet with searched hardware).
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from cmn_core.architecture import SPACES, SearchSpace
from cmn_core.cim.technologies.parameters import SETS, own_technologies, technologies
from cmn_core.cim.technologies.technology import Technology
from cmn_core.datasets.info import NAMES as DATASETS
from cmn_core.design import MEMORIES, SCHEMA, Workload, parse_design
from cmn_core.errors import FieldError, one_line, unknown_key
from cmn_core.search.start import checked_start

GOALS = ("latency", "energy", "performance")
HYBRID = "hybrid"
MEMORY_CHOICES = (*MEMORIES, HYBRID)
ACCURACIES = ("predictor", "supernet")
METHODS = ("nsga2", "algorithm1")  # a front of three objectives, or the paper's single fitness

MIOU_SLACK = 1.0  # points below the largest subnet that latency and energy searches may give away
SHARE_OF_LARGEST = 0.5  # of the reference's latency and energy, for performance searches

_COUNTS = {
    "population": (2, 1000),
    "generations": (1, 1000),
    "particles": (1, 1000),
    "iterations": (1, 1000),
    "seed": (0, 2**53 - 1),  # largest integer that every JSON reader keeps exactly
}
_CEILINGS = (
    "max_latency_us",
    "max_energy_uj",
    "max_area_mm2",
    "max_array_mb",
    "max_sigma_rel",
    "max_noise_loss",
)

ROBUST = ("nominal", "quantile", "worst")
QUANTILE = 0.9  # where none is named
_QUANTILES = (0.5, 0.999)
MAX_NOISE = 0.2  # of a full-scale weight; one half of that already leaves little of any network
_FACTORS = (0.0, 10.0)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LATER = ("start", "accuracy_table")  # left out of the JSON where not set, as before they existed


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One search as a person states it. Limits left at None take the defaults of interface.md.

    Raises FieldError on anything that can be known to be wrong without searching.
    """

    goal: str = "latency"
    memory: str = "rram"
    space: str = "b0"
    dataset: str = "nyuv2"
    population: int = 50
    generations: int = 30
    particles: int = 30
    iterations: int = 50
    seed: int = 0
    method: str = "nsga2"
    accuracy: str = "predictor"
    data: str | None = None  # file of images, for accuracy supernet
    weights: str | None = None  # supernet of one's own to measure with, for accuracy supernet
    workload: Workload = Workload()
    min_miou: float | None = None
    max_latency_us: float | None = None
    max_energy_uj: float | None = None
    max_area_mm2: float | None = None
    max_array_mb: float | None = None
    max_sigma_rel: float | None = None
    patience: int | None = None  # generations without progress after which the search has converged
    parameters: str = "silicon"  # constants of the simulator: a name of cim.parameters.SETS
    technology: Mapping[str, Any] | None = None  # technology files of one's own, by memory
    robust: str = "nominal"  # what costs and mIoU are judged at (judgement.py)
    quantile: float | None = None  # of a robust search; QUANTILE where none is named
    write_noise: float = 0.0  # of RRAM weights, relative to the largest (nonideal.NonIdeal)
    read_noise: float = 0.0
    noise_per_block: tuple[float, ...] | None = None  # four factors on both
    max_noise_loss: float | None = None  # points of mIoU that the noise may cost
    chip_miou: bool = False  # whether mIoU is judged with the chip's own output error
    start: Mapping[str, Any] | None = None  # DESIGN JSON that the first generation holds (start.py)
    accuracy_table: str | None = None  # SHA-256 of a measured table of one's own, instead of ours

    def __post_init__(self) -> None:
        _choice("scenario", self.goal, GOALS)
        _choice("memory", self.memory, MEMORY_CHOICES)
        _choice("space", self.space, SPACES)
        _choice("dataset", self.dataset, DATASETS)
        _choice("accuracy", self.accuracy, ACCURACIES)
        _choice("method", self.method, METHODS)
        _choice("parameters", self.parameters, SETS)
        for name, (low, high) in _COUNTS.items():
            _whole(name, getattr(self, name), low, high)
        if self.patience is not None:
            _whole("patience", self.patience, 1, 1000)
        _real("min_miou", self.min_miou, 0.0, 100.0)
        for name in _CEILINGS:
            _real(name, getattr(self, name), 0.0, None)
        for name, reads in (("data", "images"), ("weights", "weights")):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value):
                raise FieldError(name, f"found {_show(value)}", "the name of a file is expected")
            if self.accuracy != "supernet" and value is not None:
                raise FieldError(
                    name, f"found {_show(value)}", f"only accuracy supernet reads {reads}"
                )
        if self.accuracy == "supernet" and self.data is None:
            raise FieldError(
                "data", "missing", "accuracy supernet needs a file of images to measure on"
            )
        for memory in own_technologies(self.technology):
            if memory not in self.technologies:
                found = f"the search is on {self.memory} alone"
                raise FieldError(f"technology.{memory}", found, "files for its memory are allowed")
        technologies(self.parameters, self.technology)
        self._check_robust()
        if not isinstance(self.workload, Workload):
            raise FieldError("workload", f"found {_show(self.workload)}", "an object is expected")
        if self.workload.top_k is not None:
            raise FieldError(
                "workload.routing",
                f"found top_k {self.workload.top_k}",
                "accuracy is known for dense routing only, so a search takes dense",
            )
        self._check_table()
        if self.start is not None:
            start = checked_start(
                self.start,
                space=self.space,
                workload=self.workload,
                memory=self.memory,
                technologies=self.technologies,
                library=self.library,
            )
            object.__setattr__(self, "start", start)

    def _check_table(self) -> None:
        name, digest = "accuracy_table", self.accuracy_table
        if digest is None:
            return
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            found = f"found {_show(digest)}"
            raise FieldError(name, found, "64 hexadecimal digits, the SHA-256 of a CSV")
        if self.accuracy == "supernet":
            raise FieldError(name, "found beside accuracy supernet", "only one source is allowed")

    def _check_robust(self) -> None:
        _choice("robust", self.robust, ROBUST)
        _real("quantile", self.quantile, *_QUANTILES)
        if self.quantile is not None and self.robust == "nominal":
            found = f"found {_show(self.quantile)}"
            raise FieldError("quantile", found, "only robust quantile or worst reads it")
        for name in ("write_noise", "read_noise"):
            if getattr(self, name) is None:
                raise FieldError(name, "found null", f"0 to {MAX_NOISE:g} is allowed")
            _real(name, getattr(self, name), 0.0, MAX_NOISE)
        factors = self.noise_per_block
        if factors is not None:
            if not isinstance(factors, list | tuple) or len(factors) != 4:
                found = f"found {_show(factors)}"
                raise FieldError("noise_per_block", found, "four numbers are expected")
            for factor in factors:
                if factor is None:
                    raise FieldError("noise_per_block", "found null", "a number is expected")
                _real("noise_per_block", factor, *_FACTORS)
            # A list of JSON would make the scenario unequal to its own copy.
            object.__setattr__(self, "noise_per_block", tuple(float(f) for f in factors))
        flag: object = self.chip_miou
        if not isinstance(flag, bool):
            found = f"found {_show(flag)}"
            raise FieldError("chip_miou", found, "true or false is expected")
        noisy = self.write_noise > 0.0 or self.read_noise > 0.0
        for name in ("noise_per_block", "max_noise_loss"):
            if getattr(self, name) is not None and not noisy:
                found = f"found {_show(getattr(self, name))} without any noise"
                raise FieldError(name, found, "write_noise or read_noise above 0 goes with it")
        if self.accuracy == "supernet":
            for name in ("chip_miou", "write_noise", "read_noise"):
                if getattr(self, name):
                    raise FieldError(
                        name,
                        "found beside accuracy supernet",
                        "only the predictor knows what an output error costs",
                    )

    @property
    def search_space(self) -> SearchSpace:
        return SPACES[self.space]

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies that the search may use."""
        return MEMORIES if self.memory == HYBRID else (self.memory,)

    @property
    def library(self) -> dict[str, Technology]:
        """The technology that stands for each memory in this scenario."""
        return technologies(self.parameters, self.technology)

    @property
    def noise(self) -> tuple[float, float, float, float]:
        """Noise of the weights of each block on RRAM: of writing and reading together."""
        both = math.hypot(self.write_noise, self.read_noise)
        a, b, c, d = (both * f for f in self.noise_per_block or (1.0,) * 4)
        return a, b, c, d

    @property
    def objective(self) -> str:
        """What the hardware of one architecture is chosen by; performance: energy-delay product."""
        return "edp" if self.goal == "performance" else self.goal

    def to_json(self) -> dict[str, Any]:
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        out["workload"] = self.workload.to_json()
        if self.noise_per_block is not None:
            out["noise_per_block"] = list(self.noise_per_block)
        out = {k: v for k, v in out.items() if v is not None or k not in _LATER}
        return {"scenario": out.pop("goal"), **out}

    @classmethod
    def from_json(cls, data: object) -> Scenario:
        """Scenario from its JSON object; raises FieldError naming the first field that is wrong."""
        if not isinstance(data, Mapping):
            raise FieldError("scenario", f"found {_show(data)}", "a JSON object is expected")
        names = ["scenario", *(f.name for f in fields(cls) if f.name != "goal")]
        for key in data:
            if key not in names:
                raise unknown_key("", key, names)
        values = {("goal" if k == "scenario" else k): v for k, v in data.items()}
        if "workload" in values:
            values["workload"] = _workload(values["workload"])
        return cls(**values)


def _workload(data: object) -> Workload:
    """Workload of a JSON value, checked by the schema that checks a design's."""
    if isinstance(data, Workload):
        return data
    any_design = {
        "schema": SCHEMA,
        "space": "b0",
        "architecture": {"experts": [1] * 4, "hidden": [16] * 4},
        "workload": data,
    }
    return parse_design(any_design).workload


def _choice(name: str, value: object, allowed: Iterable[str]) -> None:
    known = list(allowed)
    if isinstance(value, str) and value in known:
        return
    refusal = unknown_key("", value, known)
    hint = refusal.allowed.split("known keys are")[0]
    raise FieldError(name, f"found {_show(value)}", f"{hint}allowed are {', '.join(known)}")


def _whole(name: str, value: object, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise FieldError(name, f"found {_show(value)}", f"{low} to {high} is allowed")


def _real(name: str, value: object, low: float, high: float | None) -> None:
    """None, or a finite number: from low to high, or above low when there is no high."""
    if value is None:
        return
    number = not isinstance(value, bool) and isinstance(value, int | float)
    if number and abs(value) <= sys.float_info.max:  # type: ignore[arg-type]
        if high is None and value > low:  # type: ignore[operator]
            return
        if high is not None and low <= value <= high:  # type: ignore[operator]
            return
    wanted = f"above {low:g}" if high is None else f"{low:g} to {high:g}"
    raise FieldError(name, f"found {_show(value)}", f"a finite number {wanted} is allowed")


def _show(value: object) -> str:
    if isinstance(value, str):
        return f"'{one_line(value, 40)}'"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return one_line(value, 40)
