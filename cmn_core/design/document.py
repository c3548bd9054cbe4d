"""The JSON of a design (schema cmn.design/1): pydantic models, and refusals that name the field.

The models also write assets/design.schema.json. Knobs of a macro belong to their technology and are
checked there (cim.technology); here they are only finite numbers under a name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from cmn_core.architecture import (
    BLOCKS,
    MAX_EXPERTS,
    MIN_HIDDEN,
    SPACES,
    Architecture,
    SearchSpace,
)
from cmn_core.design.text import kind, read_json, shown
from cmn_core.design.validation import Strict, Words, check_texts, refused
from cmn_core.errors import FieldError
from cmn_core.quantities import ACTIVITY, BASE_NM, NODES_NM, RATES, ROOM_C, TEMPERATURES_C

SCHEMA = "cmn.design/1"
MEMORIES = ("rram", "sram")
WITH_BUSY = "sram"  # where the rest of a block lies whose experts lie on both memories
METRICS = (
    "energy_uj",
    "latency_us",
    "area_mm2",
    "weights_mb",
    "array_mb",
    "tops_per_mm2",
    "miou",
    "miou_low",
    "miou_high",
)
MAX_REPLICAS = 64


@dataclass(frozen=True)
class Workload:
    """What runs on the chip: image size, precision, routing, and where. The defaults are the
    interface's. images_per_second: None where one image follows the other without a pause;
    activity: ones among the bits of the activations' codes; top_k: experts of a token, one number
    for all blocks or one for each, None where every expert works on every token; four equal numbers
    are kept as one."""

    image: tuple[int, int] = (240, 320)  # height, width in pixels
    weight_bits: int = 8
    activation_bits: int = 8
    top_k: int | tuple[int, int, int, int] | None = None
    images_per_second: float | None = None
    temperature_c: float = ROOM_C
    node_nm: float = BASE_NM
    activity: float = ACTIVITY

    def __post_init__(self) -> None:
        if isinstance(self.top_k, list | tuple):
            a, b, c, d = self.top_k
            object.__setattr__(self, "top_k", a if a == b == c == d else (a, b, c, d))

    @property
    def experts_of_token(self) -> tuple[int, int, int, int] | None:
        """Of each block; None where all work. A block with fewer has all of them work."""
        k = self.top_k
        return (k, k, k, k) if isinstance(k, int) else k

    @property
    def routing_text(self) -> str:
        """dense, top-2 or top-1/2/5/5."""
        if self.top_k is None:
            return "dense"
        each = self.top_k if isinstance(self.top_k, tuple) else (self.top_k,)
        return f"top-{'/'.join(map(str, each))}"

    def dense(self, experts: Sequence[int]) -> bool:
        """Whether every expert works on every token of a network with so many in each block."""
        used = self.experts_of_token
        return used is None or all(k >= e for k, e in zip(used, experts, strict=True))

    def to_json(self) -> dict[str, Any]:
        top_k = list(self.top_k) if isinstance(self.top_k, tuple) else self.top_k
        routing = "dense" if top_k is None else {"top_k": top_k}
        out: dict[str, Any] = {
            "image": list(self.image),
            "weight_bits": self.weight_bits,
            "activation_bits": self.activation_bits,
            "routing": routing,
        }
        if self.images_per_second is not None:
            out["images_per_second"] = self.images_per_second
        if self.temperature_c != ROOM_C:
            out["temperature_c"] = self.temperature_c
        if self.node_nm != BASE_NM:
            out["node_nm"] = self.node_nm
        if self.activity != ACTIVITY:
            out["activity"] = self.activity
        return out


@dataclass(frozen=True)
class Hardware:
    """Memory technology of each block, one macro per technology, copies of each block's arrays.

    macros or replicas may be missing: then the inner hardware search finds them. experts: memory of
    every expert of a block whose experts lie on both, None for a block that lies on one. What such
    a block has beside its experts works on every token and lies on SRAM, which is its memory then.
    """

    memory: tuple[str, str, str, str]
    macros: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    replicas: tuple[int, int, int, int] | None = None
    experts: tuple[tuple[str, ...] | None, ...] = (None,) * BLOCKS

    def __hash__(self) -> int:
        macros = frozenset((name, frozenset(knobs.items())) for name, knobs in self.macros.items())
        return hash((self.memory, macros, self.replicas, self.experts))

    @classmethod
    def placed(cls, memory: Sequence[str | Sequence[str]], **others: Any) -> Hardware:
        """Of a memory for each block, or one for each of its experts."""
        blocks, experts = [], []
        for entry in memory:
            used = {entry} if isinstance(entry, str) else set(entry)
            mixed = len(used) > 1
            blocks.append(WITH_BUSY if mixed else used.pop())
            experts.append(tuple(entry) if mixed else None)
        first, second, third, fourth = blocks
        return cls((first, second, third, fourth), experts=tuple(experts), **others)

    @property
    def entries(self) -> tuple[str | tuple[str, ...], ...]:
        """Of each block its memory, or that of each of its experts, as `placed` takes them."""
        return tuple(own or m for own, m in zip(self.experts, self.memory, strict=True))

    @property
    def by_expert(self) -> bool:
        """Whether the experts of some block lie on both memories."""
        return any(self.experts)

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies in use, in the fixed order rram, sram."""
        return MEMORIES if self.by_expert else tuple(m for m in MEMORIES if m in self.memory)

    @property
    def complete(self) -> bool:
        return self.replicas is not None and all(t in self.macros for t in self.technologies)

    def to_json(self) -> dict[str, Any]:
        blocks = [m if isinstance(m, str) else list(m) for m in self.entries]
        uniform = len(set(self.entries)) == 1 and not self.by_expert
        out: dict[str, Any] = {"memory": blocks[0] if uniform else blocks}
        if self.macros:
            out["macros"] = {t: _tidy(self.macros[t]) for t in MEMORIES if t in self.macros}
        if self.replicas is not None:
            out["replicas"] = list(self.replicas)
        return out

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> Hardware:
        """What `to_json` gave, not checked again."""
        memory, copies = data["memory"], data.get("replicas")
        macros = {
            name: {knob: float(value) for knob, value in knobs.items()}
            for name, knobs in data.get("macros", {}).items()
        }
        replicas = None if copies is None else tuple(copies)
        blocks = [memory] * BLOCKS if isinstance(memory, str) else memory
        return cls.placed(blocks, macros=macros, replicas=replicas)


@dataclass(frozen=True)
class Design:
    """One point of the design space, as exported, imported, stored and drawn."""

    architecture: Architecture
    space: str = "b0"
    workload: Workload = Workload()
    hardware: Hardware | None = None
    metrics: Mapping[str, float | None] | None = None
    provenance: Mapping[str, Any] | None = None

    def __hash__(self) -> int:
        """Of what decides its cost; metrics and provenance only tell equal hashes apart."""
        return hash((self.architecture, self.space, self.workload, self.hardware))

    @property
    def search_space(self) -> SearchSpace:
        return SPACES[self.space]

    def with_metrics(self, metrics: Mapping[str, float | None]) -> Design:
        return replace(self, metrics={k: metrics.get(k) for k in METRICS})

    def to_json(self) -> dict[str, Any]:
        """The JSON object; parts that are unknown are left out."""
        out: dict[str, Any] = {
            "schema": SCHEMA,
            "space": self.space,
            "workload": self.workload.to_json(),
            "architecture": {
                "experts": list(self.architecture.experts),
                "hidden": list(self.architecture.hidden),
            },
        }
        if self.hardware is not None:
            out["hardware"] = self.hardware.to_json()
        if self.metrics is not None:
            out["metrics"] = dict(self.metrics)
        if self.provenance is not None:
            out["provenance"] = dict(self.provenance)
        return out

    @classmethod
    def from_stored(cls, data: Mapping[str, Any]) -> Design:
        """What this program's `to_json` gave, not checked again: for the run store, whose pages
        read a hundred designs at once. KeyError, TypeError or ValueError for anything else."""
        shape, asked = data["architecture"], data["workload"]
        height, width = asked["image"]
        routing = asked["routing"]
        top_k = None if routing == "dense" else routing["top_k"]
        return cls(
            Architecture(tuple(shape["experts"]), tuple(shape["hidden"])),
            data["space"],
            Workload(
                (height, width),
                asked["weight_bits"],
                asked["activation_bits"],
                top_k,
                asked.get("images_per_second"),
                asked.get("temperature_c", ROOM_C),
                asked.get("node_nm", BASE_NM),
                asked.get("activity", ACTIVITY),
            ),
            None if data.get("hardware") is None else Hardware.from_stored(data["hardware"]),
            data.get("metrics"),
            data.get("provenance"),
        )


def _tidy(knobs: Mapping[str, float]) -> dict[str, float]:
    """Whole numbers without a decimal point, so that a file reads as it was written."""
    return {k: int(v) if v == v // 1 else float(v) for k, v in knobs.items()}


Memory = Literal["rram", "sram"]
Bits = Annotated[int, Field(ge=1, le=16)]
Pixels = Annotated[int, Field(ge=32, le=8192)]
Count = Annotated[int, Field(ge=1, le=MAX_EXPERTS)]
Hidden = Annotated[int, Field(ge=MIN_HIDDEN, le=8192)]
Copies = Annotated[int, Field(ge=1, le=MAX_REPLICAS)]
Rate = Annotated[float, Field(ge=RATES[0], le=RATES[1])]
Celsius = Annotated[float, Field(ge=TEMPERATURES_C[0], le=TEMPERATURES_C[1])]
Node = Annotated[float, Field(ge=NODES_NM[0], le=NODES_NM[1])]
Share = Annotated[float, Field(ge=0.0, le=1.0)]


_ROUTING = Words('"dense" or {"top_k": 1 to 5, or four of them} is allowed')
_MEMORY = Words('"rram", "sram" or a list of four of them is allowed')
_OF_BLOCK = Words("'rram' or 'sram', or a list of them for the block's experts, is allowed")


class TopK(Strict):
    top_k: Annotated[Count | Annotated[list[Count], Field(min_length=4, max_length=4)], _ROUTING]


class WorkloadModel(Strict):
    image: list[Pixels] = Field(default=[240, 320], min_length=2, max_length=2)
    weight_bits: Bits = 8
    activation_bits: Bits = 8
    routing: Annotated[Literal["dense"] | TopK, _ROUTING] = "dense"
    images_per_second: Rate | None = None
    temperature_c: Celsius = ROOM_C
    node_nm: Node = BASE_NM
    activity: Share = ACTIVITY


class ArchitectureModel(Strict):
    experts: Annotated[list[Count], Field(min_length=4, max_length=4)]
    hidden: Annotated[list[Hidden], Field(min_length=4, max_length=4)]


class MacrosModel(Strict):
    rram: dict[str, int | float] | None = None
    sram: dict[str, int | float] | None = None


_Experts = Annotated[list[Memory], Field(min_length=1, max_length=MAX_EXPERTS)]
BlockMemory = Annotated[Memory | _Experts, _OF_BLOCK]


class HardwareModel(Strict):
    memory: Annotated[
        Memory | Annotated[list[BlockMemory], Field(min_length=4, max_length=4)], _MEMORY
    ]
    macros: MacrosModel | None = None
    replicas: Annotated[list[Copies], Field(min_length=4, max_length=4)] | None = None


class MetricsModel(Strict):
    energy_uj: float | None = None
    latency_us: float | None = None
    area_mm2: float | None = None
    weights_mb: float | None = None
    array_mb: float | None = None
    tops_per_mm2: float | None = None
    miou: float | None = None
    miou_low: float | None = None
    miou_high: float | None = None


class DesignModel(Strict, title=SCHEMA):
    """A CMN design file."""

    schema_: Literal["cmn.design/1"] = Field(alias="schema")
    space: Literal["b0", "b1", "b2"]
    workload: WorkloadModel | None = None
    architecture: ArchitectureModel
    hardware: HardwareModel | None = None
    metrics: MetricsModel | None = None
    provenance: dict[str, Any] | None = None


def parse_design(data: object) -> Design:
    """JSON value -> Design; raises FieldError with the path of the first field that is wrong."""
    if not isinstance(data, dict):
        raise FieldError("design", f"found {kind(data)}", "a JSON object is expected")
    if "schema" in data and data["schema"] != SCHEMA:
        found = f"found {shown(data['schema'])}"
        raise FieldError("schema", found, f"this version reads {SCHEMA!r}")
    check_texts(data, "design", free="provenance")
    try:
        model = DesignModel.model_validate(data)
    except ValidationError as error:
        raise refused(error, DesignModel, "design") from None
    space = SPACES[model.space]
    experts, hidden = model.architecture.experts, model.architecture.hidden
    architecture = space.check(Architecture(tuple(experts), tuple(hidden)))  # type: ignore[arg-type]
    asked = WorkloadModel() if model.workload is None else model.workload
    top_k: Any = asked.routing.top_k if isinstance(asked.routing, TopK) else None
    height, width = asked.image
    workload = Workload(
        (height, width),
        asked.weight_bits,
        asked.activation_bits,
        top_k,
        asked.images_per_second,
        asked.temperature_c,
        asked.node_nm,
        asked.activity,
    )
    return Design(
        architecture,
        space.name,
        workload,
        _hardware(model.hardware, experts),
        None if model.metrics is None else model.metrics.model_dump(),
        model.provenance,
    )


def parse_workload(data: object) -> Workload:
    """Workload of a JSON object, checked as that of a design; what it leaves out has the default.
    FieldError with the path of the first field that is wrong."""
    if isinstance(data, Workload):
        return data
    any_design = {
        "schema": SCHEMA,
        "space": "b0",
        "architecture": {"experts": [1] * 4, "hidden": [MIN_HIDDEN] * 4},
        "workload": data,
    }
    return parse_design(any_design).workload


def read_design(path: str | Path) -> Design:
    """Design from a JSON file; raises FieldError for whatever a person can get wrong."""
    return parse_design(read_json(path, finite=False))


def design_schema() -> dict[str, Any]:
    """JSON Schema of a design file; assets/design.schema.json is this, written by `make schema`."""
    return DesignModel.model_json_schema(by_alias=True)


def _hardware(model: HardwareModel | None, experts: Sequence[int]) -> Hardware | None:
    if model is None:
        return None
    memory: Any = [model.memory] * BLOCKS if isinstance(model.memory, str) else model.memory
    for block, (entry, count) in enumerate(zip(memory, experts, strict=True)):
        if not isinstance(entry, str) and len(entry) != count:
            found = f"found {len(entry)} memories"
            raise FieldError(
                f"hardware.memory[{block}]", found, f"{count} are expected, one for each expert"
            )
    macros = {} if model.macros is None else model.macros.model_dump(exclude_none=True)
    replicas = None if model.replicas is None else tuple(model.replicas)
    return Hardware.placed(memory, macros=macros, replicas=replicas)
