"""What a person asks of a search: goal, memory, limits, effort; and the limits then in force.

Field names in refusals are the names of the command line's options and of the JSON.

Performance searches are limited to half of the energy and latency of the largest subnet on the
technology's default macro with one copy of each block, the reference of the hypervolume too
(reference.py says why it is not the largest subnet with searched hardware).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Annotated, Any

from pydantic import Field

from cmn_core.architecture import SPACES, SearchSpace
from cmn_core.cim.technologies.node_scaling import in_use
from cmn_core.cim.technologies.parameters import SETS, own_technologies, technologies
from cmn_core.cim.technologies.technology import Technology
from cmn_core.datasets.info import NAMES as DATASETS
from cmn_core.design import HYBRID, MEMORIES, MEMORY_CHOICES, Design, Workload, parse_workload
from cmn_core.design.text import stated
from cmn_core.design.validation import OneOf, Within, Words, check, check_fields
from cmn_core.errors import FieldError, unknown_key
from cmn_core.predictor.routing import load_routing
from cmn_core.quantities import GOALS, LIMITS
from cmn_core.search.start import checked_start, start_design

EXPERT = "expert"
PLACEMENTS = ("block", EXPERT)  # what of a hybrid has a memory of its own
ACCURACIES = ("predictor", "supernet")
METHODS = ("nsga2", "algorithm1")  # a front of three objectives, or the paper's single fitness
# How hardware is found: proven alone, by the paper's swarm alone, or proven from where that ended.
INNER = ("exact", "swarm", "both")
PATIENCE = 10  # generations; docs/search.md says what it was chosen by

SEARCHED = "searched"

MIOU_SLACK = 1.0  # points below the largest subnet that latency and energy searches may give away
SHARE_OF_LARGEST = 0.5  # of the reference's latency and energy, for performance searches

ROBUST = ("nominal", "quantile", "worst")
QUANTILE = 0.9  # where none is named
MAX_NOISE = 0.2  # of a full-scale weight; one half of that already leaves little of any network
_LATER = (
    "start",
    "accuracy_table",
    "routing",
)  # left out of the JSON where not set, as before they existed

# What the paper's tables imply: every expert works on every token, one image follows the other, no
# die is too large, and mIoU is that of the network, not of its chip. The paper states no image
# size: it is the one that mIoU is measured at.
PAPER: Mapping[str, Any] = {
    "workload": Workload().to_json(),
    "max_area_mm2": None,
    "chip_miou": False,
    "inner": "both",
}

Count = Annotated[int, Within(1, 1000)]
Ceiling = Annotated[float, Within(0.0, None)]
Noise = Annotated[float, Within(0.0, MAX_NOISE)]
Factor = Annotated[float, Within(0.0, 10.0)]
FileName = Annotated[str, Field(min_length=1), Words("the name of a file is expected")]
Digest = Annotated[
    str, Field(pattern="^[0-9a-f]{64}$"), Words("64 hexadecimal digits, the SHA-256 of a CSV")
]


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One search as a person states it. Limits left at None take the defaults of interface.md, but
    for the die: None lifts its limit, as it did in runs of before.

    Raises FieldError on anything that can be known to be wrong without searching.
    """

    goal: Annotated[str, OneOf(tuple(GOALS))] = "latency"
    memory: Annotated[str, OneOf(MEMORY_CHOICES)] = "rram"
    space: Annotated[str, OneOf(tuple(SPACES))] = "b0"
    dataset: Annotated[str, OneOf(tuple(DATASETS))] = "nyuv2"
    population: Annotated[int, Within(2, 1000)] = 50
    generations: Count = 30
    particles: Count = 30
    iterations: Count = 50
    seed: Annotated[int, Within(0, 2**53 - 1)] = 0  # the largest that every JSON reader keeps
    method: Annotated[str, OneOf(METHODS)] = "nsga2"
    accuracy: Annotated[str, OneOf(ACCURACIES)] = "predictor"
    data: FileName | None = None  # file of images, for accuracy supernet
    weights: FileName | None = None  # supernet of one's own to measure with, for accuracy supernet
    workload: Workload = Workload()
    # Experts of a token as genes of each block; None: those of the workload, alike in all networks.
    routing: Annotated[str, OneOf((SEARCHED,))] | None = None
    min_miou: Annotated[float, Within(0.0, 100.0)] | None = None
    max_latency_us: Ceiling | None = None
    max_energy_uj: Ceiling | None = None
    max_area_mm2: Ceiling | None = LIMITS["max_area_mm2"].default
    max_array_mb: Ceiling | None = None
    max_sigma_rel: Ceiling | None = None
    # Generations without progress after which it has converged; None: however long it takes.
    patience: Count | None = PATIENCE
    inner: Annotated[str, OneOf(INNER)] = "exact"
    placement: Annotated[str, OneOf(PLACEMENTS)] = "block"
    parameters: Annotated[str, OneOf(tuple(SETS))] = "silicon"  # constants of the simulator
    # Technology files of one's own, by memory. A document has no hash of its own.
    technology: Mapping[str, Any] | None = field(default=None, hash=False)
    # What costs and mIoU are judged at (judgement.py); QUANTILE where none is named.
    robust: Annotated[str, OneOf(ROBUST)] = "nominal"
    quantile: Annotated[float, Within(0.5, 0.999)] | None = None
    write_noise: Noise = 0.0  # of RRAM weights, relative to the largest (nonideal.NonIdeal)
    read_noise: Noise = 0.0
    noise_per_block: tuple[float, ...] | None = None  # four factors on both
    max_noise_loss: Ceiling | None = None  # points of mIoU that the noise may cost
    # Whether mIoU is judged with the chip's own output error; None: where its cost was measured.
    chip_miou: Annotated[bool, Words("true or false is expected")] | None = None
    # The design that the first generation holds, kept as JSON in one form (start.py).
    start: Mapping[str, Any] | Design | None = field(default=None, hash=False)
    accuracy_table: Digest | None = None  # of a measured table of one's own, instead of ours

    def __post_init__(self) -> None:
        check("scenario", self.goal, Annotated[str, OneOf(tuple(GOALS))])
        check_fields(self)
        for name, reads in (("data", "images"), ("weights", "weights")):
            value = getattr(self, name)
            if self.accuracy != "supernet" and value is not None:
                raise FieldError(
                    name, f"found {stated(value)}", f"only accuracy supernet reads {reads}"
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
            raise FieldError("workload", f"found {stated(self.workload)}", "an object is expected")
        if self.routing is not None and self.workload.top_k is not None:
            found = f"found top_k {self.workload.top_k} beside searched routing"
            raise FieldError("workload.routing", found, "one of them is allowed")
        self._check_table()
        self._check_placement()
        if self.inner == "swarm" and self.memory == HYBRID:
            allowed = "a swarm chooses no technologies, so hybrids take exact or both"
            raise FieldError("inner", "found 'swarm'", allowed)
        if self.start is not None:
            start = checked_start(
                self.start,
                space=self.space,
                workload=self.workload,
                memory=self.memory,
                technologies=self.technologies,
                library=self.library,
                placement=self.placement,
            )
            object.__setattr__(self, "start", start)

    def _check_placement(self) -> None:
        if self.placement != EXPERT:
            return
        noisy = self.write_noise > 0.0 or self.read_noise > 0.0
        for wrong, beside, allowed in (
            (self.memory != HYBRID, f"memory {self.memory}", "only a hybrid has two memories"),
            (
                not self.sparse,
                "dense routing",
                "every expert gets every token there, so block placement or sparse routing is",
            ),
            (
                self.robust != "nominal" or noisy,
                "a robust search",
                "with noise or a quantile a block has one memory, so block placement is",
            ),
            (self.accuracy_table is not None, "an accuracy table", "block placement is"),
        ):
            if wrong:
                end = " allowed" if allowed.endswith(" is") else ""
                raise FieldError("placement", f"found 'expert' beside {beside}", allowed + end)
        if load_routing(self.space, self.dataset) is None:
            found = f"no routing of {self.space} was measured on {self.dataset}"
            raise FieldError("placement", found, "block placement is allowed")

    def _check_table(self) -> None:
        name, digest = "accuracy_table", self.accuracy_table
        if digest is not None and self.accuracy == "supernet":
            raise FieldError(name, "found beside accuracy supernet", "only one source is allowed")

    def _check_robust(self) -> None:
        if self.quantile is not None and self.robust == "nominal":
            found = f"found {stated(self.quantile)}"
            raise FieldError("quantile", found, "only robust quantile or worst reads it")
        factors = self.noise_per_block
        if factors is not None:
            if not isinstance(factors, list | tuple) or len(factors) != 4:
                found = f"found {stated(factors)}"
                raise FieldError("noise_per_block", found, "four numbers are expected")
            for factor in factors:
                if factor is None:
                    raise FieldError("noise_per_block", "found null", "a number is expected")
                check("noise_per_block", factor, Factor)
            # A list of JSON would make the scenario unequal to its own copy.
            object.__setattr__(self, "noise_per_block", tuple(float(f) for f in factors))
        noisy = self.write_noise > 0.0 or self.read_noise > 0.0
        for name in ("noise_per_block", "max_noise_loss"):
            if getattr(self, name) is not None and not noisy:
                found = f"found {stated(getattr(self, name))} without any noise"
                raise FieldError(name, found, "write_noise or read_noise above 0 goes with it")
        if self.accuracy == "supernet":
            for name in ("chip_miou", "write_noise", "read_noise"):
                if getattr(self, name):
                    raise FieldError(
                        name,
                        "found beside accuracy supernet",
                        "only the predictor knows what an output error costs",
                    )

    @classmethod
    def of_paper(cls, **settings: Any) -> Scenario:
        """A scenario as the paper's tables imply it, but for the settings that are named."""
        return cls(**{**PAPER, "workload": parse_workload(PAPER["workload"]), **settings})

    @property
    def search_space(self) -> SearchSpace:
        return SPACES[self.space]

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies that the search may use."""
        return MEMORIES if self.memory == HYBRID else (self.memory,)

    @property
    def sparse(self) -> bool:
        """Whether some network of the search may leave experts idle."""
        return self.routing is not None or self.workload.top_k is not None

    @property
    def start_genes(self) -> tuple[int, ...] | None:
        """Genes that the first generation must hold, if any: experts and hidden sizes, and experts
        of a token, all of them, where these are searched."""
        if self.start is None:
            return None
        architecture = start_design(self.start, self.workload).architecture
        experts = architecture.experts
        return (*experts, *architecture.hidden, *(experts if self.routing else ()))

    @property
    def library(self) -> dict[str, Technology]:
        """The technology that stands for each memory of this scenario, at the workload's node."""
        known = technologies(self.parameters, self.technology)
        return {name: in_use(name, self.workload, known) for name in self.technologies}

    @property
    def noise(self) -> tuple[float, float, float, float]:
        """Noise of the weights of each block on RRAM: of writing and reading together."""
        both = math.hypot(self.write_noise, self.read_noise)
        a, b, c, d = (both * f for f in self.noise_per_block or (1.0,) * 4)
        return a, b, c, d

    @property
    def objective(self) -> str:
        """What the hardware of one architecture is chosen by; performance: energy-delay product."""
        return GOALS[self.goal].objective

    def to_json(self) -> dict[str, Any]:
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        out["workload"] = self.workload.to_json()
        if self.noise_per_block is not None:
            out["noise_per_block"] = list(self.noise_per_block)
        out = {k: v for k, v in out.items() if v is not None or k not in _LATER}
        if self.placement == PLACEMENTS[0]:  # as before there was a choice
            del out["placement"]
        return {"scenario": out.pop("goal"), **out}

    @classmethod
    def from_json(cls, data: object) -> Scenario:
        """Scenario from its JSON object; raises FieldError naming the first field that is wrong."""
        if not isinstance(data, Mapping):
            raise FieldError("scenario", f"found {stated(data)}", "a JSON object is expected")
        names = ["scenario", *(f.name for f in fields(cls) if f.name != "goal")]
        for key in data:
            if key not in names:
                raise unknown_key("", key, names)
        values = {("goal" if k == "scenario" else k): v for k, v in data.items()}
        if "workload" in values:
            values["workload"] = parse_workload(values["workload"])
        return cls(**values)


def as_paper(settings: Mapping[str, Any]) -> bool:
    """Whether a stored scenario's JSON states what the paper's tables imply."""
    # Runs of before there was a choice took both; the chips are the same whichever is taken.
    paper = {name: value for name, value in PAPER.items() if name != "inner"}
    return all(settings.get(name) == value for name, value in paper.items())
