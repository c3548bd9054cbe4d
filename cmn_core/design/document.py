"""The JSON of a design (schema cmn.design/1): pydantic models, and refusals that name the field.

The models also write assets/design.schema.json. Knobs of a macro belong to their technology and are
checked there (cim.technology); here they are only finite numbers under a name.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cmn_core.architecture import MAX_EXPERTS, MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.design.text import kind, read_json, shown, whole_text
from cmn_core.errors import FieldError, one_line, unknown_key

SCHEMA = "cmn.design/1"
MEMORIES = ("rram", "sram")
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
    """What runs on the chip: image size, precision, routing. The defaults are the interface's."""

    image: tuple[int, int] = (480, 640)  # height, width in pixels
    weight_bits: int = 8
    activation_bits: int = 8
    top_k: int | None = None  # None: dense routing, every expert works on every token

    def to_json(self) -> dict[str, Any]:
        routing = "dense" if self.top_k is None else {"top_k": self.top_k}
        return {
            "image": list(self.image),
            "weight_bits": self.weight_bits,
            "activation_bits": self.activation_bits,
            "routing": routing,
        }


@dataclass(frozen=True)
class Hardware:
    """Memory technology of each block, one macro per technology, copies of each block's arrays.

    macros or replicas may be missing: then the inner hardware search finds them.
    """

    memory: tuple[str, str, str, str]
    macros: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    replicas: tuple[int, int, int, int] | None = None

    @property
    def technologies(self) -> tuple[str, ...]:
        """Technologies in use, in the fixed order rram, sram."""
        return tuple(m for m in MEMORIES if m in self.memory)

    @property
    def complete(self) -> bool:
        return self.replicas is not None and all(t in self.macros for t in self.technologies)

    def to_json(self) -> dict[str, Any]:
        uniform = len(set(self.memory)) == 1
        out: dict[str, Any] = {"memory": self.memory[0] if uniform else list(self.memory)}
        if self.macros:
            out["macros"] = {t: _tidy(self.macros[t]) for t in MEMORIES if t in self.macros}
        if self.replicas is not None:
            out["replicas"] = list(self.replicas)
        return out


@dataclass(frozen=True)
class Design:
    """One point of the design space, as exported, imported, stored and drawn."""

    architecture: Architecture
    space: str = "b0"
    workload: Workload = Workload()
    hardware: Hardware | None = None
    metrics: Mapping[str, float | None] | None = None
    provenance: Mapping[str, Any] | None = None

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


def _tidy(knobs: Mapping[str, float]) -> dict[str, float]:
    """Whole numbers without a decimal point, so that a file reads as it was written."""
    return {k: int(v) if v == v // 1 else float(v) for k, v in knobs.items()}


Memory = Literal["rram", "sram"]
Bits = Annotated[int, Field(ge=1, le=16)]
Pixels = Annotated[int, Field(ge=32, le=8192)]
Count = Annotated[int, Field(ge=1, le=MAX_EXPERTS)]
Hidden = Annotated[int, Field(ge=MIN_HIDDEN, le=8192)]
Copies = Annotated[int, Field(ge=1, le=MAX_REPLICAS)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class TopK(_Strict):
    top_k: Count


class WorkloadModel(_Strict):
    image: Annotated[list[Pixels], Field(min_length=2, max_length=2)] = [480, 640]
    weight_bits: Bits = 8
    activation_bits: Bits = 8
    routing: Literal["dense"] | TopK = "dense"


class ArchitectureModel(_Strict):
    experts: Annotated[list[Count], Field(min_length=4, max_length=4)]
    hidden: Annotated[list[Hidden], Field(min_length=4, max_length=4)]


class MacrosModel(_Strict):
    rram: dict[str, int | float] | None = None
    sram: dict[str, int | float] | None = None


class HardwareModel(_Strict):
    memory: Memory | Annotated[list[Memory], Field(min_length=4, max_length=4)]
    macros: MacrosModel | None = None
    replicas: Annotated[list[Copies], Field(min_length=4, max_length=4)] | None = None


class MetricsModel(_Strict):
    energy_uj: float | None = None
    latency_us: float | None = None
    area_mm2: float | None = None
    weights_mb: float | None = None
    array_mb: float | None = None
    tops_per_mm2: float | None = None
    miou: float | None = None
    miou_low: float | None = None
    miou_high: float | None = None


class DesignModel(_Strict):
    """A CMN design file."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, title=SCHEMA)
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
    _check_leaves(data)
    try:
        model = DesignModel.model_validate(data)
    except ValidationError as error:
        raise _field_error(error, data) from None
    space = SPACES[model.space]
    experts, hidden = model.architecture.experts, model.architecture.hidden
    architecture = space.check(Architecture(tuple(experts), tuple(hidden)))  # type: ignore[arg-type]
    asked = WorkloadModel() if model.workload is None else model.workload
    top_k = asked.routing.top_k if isinstance(asked.routing, TopK) else None
    height, width = asked.image
    workload = Workload((height, width), asked.weight_bits, asked.activation_bits, top_k)
    return Design(
        architecture,
        space.name,
        workload,
        _hardware(model.hardware),
        None if model.metrics is None else model.metrics.model_dump(),
        model.provenance,
    )


def read_design(path: str | Path) -> Design:
    """Design from a JSON file; raises FieldError for whatever a person can get wrong."""
    return parse_design(read_json(path, finite=False))


def design_schema() -> dict[str, Any]:
    """JSON Schema of a design file; assets/design.schema.json is this, written by `make schema`."""
    return DesignModel.model_json_schema(by_alias=True)


def _hardware(model: HardwareModel | None) -> Hardware | None:
    if model is None:
        return None
    memory = [model.memory] * 4 if isinstance(model.memory, str) else model.memory
    macros = {} if model.macros is None else model.macros.model_dump(exclude_none=True)
    replicas = None if model.replicas is None else tuple(model.replicas)
    return Hardware(tuple(memory), macros, replicas)  # type: ignore[arg-type]


def _check_leaves(data: Mapping[str, Any]) -> None:
    """Refuse what the models do not see: half characters in texts and keys, and numbers of the
    free-form provenance that are not finite."""
    waiting: list[tuple[str, object]] = [("", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and not whole_text(value):
            found = f"found {shown(value)}"
            raise FieldError(path, found, "a text of whole Unicode characters is expected")
        if path.startswith("provenance") and isinstance(value, float) and not math.isfinite(value):
            raise FieldError(path, f"found {shown(value)}", "a finite number is expected")
        if isinstance(value, dict):
            for key in value:
                if isinstance(key, str) and not whole_text(key):
                    found = f"found the key {shown(key)}"
                    allowed = "keys of whole Unicode characters are expected"
                    raise FieldError(path or "design", found, allowed)
            inner = [(f"{path}.{key}".lstrip("."), part) for key, part in value.items()]
            waiting += reversed(inner)
        elif isinstance(value, list):
            waiting += reversed([(f"{path}[{i}]", part) for i, part in enumerate(value)])


def _field_error(error: ValidationError, data: Mapping[str, Any]) -> FieldError:
    """First complaint of pydantic in our own words; unknown keys come first, and what is wrong
    inside an object or list before that it is not a word."""

    def rank(issue: Any) -> int:
        if issue["type"] == "extra_forbidden":
            return 0
        return 2 if issue["type"] == "literal_error" and _nested(issue["input"]) else 1

    issue = min(error.errors(), key=rank)
    *owners, last = issue["loc"]
    loc = [part for part in owners if _on_path(part)]
    if issue["type"] == "extra_forbidden" or _on_path(last):
        loc.append(last)
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc).lstrip(".")
    if issue["type"] == "extra_forbidden":
        owner, key = loc[:-1], loc[-1]
        parent = path.rsplit(".", 1)[0] if owner else ""
        return unknown_key(parent, key, _known_keys([str(p) for p in owner]))
    if issue["type"] == "missing":
        return FieldError(path, "missing", "this field is required")
    found = f"found {shown(issue['input'])}"
    return FieldError(path or "design", found, _allowed(path, issue))


def _nested(value: object) -> bool:
    return isinstance(value, dict | list)


_UNIONS = {"TopK", "int", "float", "literal", "list"}


def _on_path(part: int | str) -> bool:
    """Whether a part of pydantic's location is a key of the file, not a branch of a union."""
    return isinstance(part, int) or not any(part == u or part.startswith(u + "[") for u in _UNIONS)


def _known_keys(owner: list[str]) -> list[str]:
    models: dict[tuple[str, ...], type[BaseModel]] = {
        (): DesignModel,
        ("workload",): WorkloadModel,
        ("workload", "routing"): TopK,
        ("architecture",): ArchitectureModel,
        ("hardware",): HardwareModel,
        ("hardware", "macros"): MacrosModel,
        ("metrics",): MetricsModel,
    }
    return [f.alias or n for n, f in models[tuple(owner)].model_fields.items()]


def _allowed(path: str, issue: Any) -> str:
    """What the schema accepts at that path, in words."""
    special = {
        "workload.routing": '"dense" or {"top_k": 1 to 5} is allowed',
        "workload.routing.top_k": '"dense" or {"top_k": 1 to 5} is allowed',
        "hardware.memory": '"rram", "sram" or a list of four of them is allowed',
    }
    if path in special:
        return special[path]
    context = issue.get("ctx", {})
    kind = issue["type"]
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if kind == "greater_than_equal" else "at most"
        return f"{bound} {context.get('ge', context.get('le'))} is allowed"
    if kind in ("too_short", "too_long"):
        return f"exactly {context.get('min_length', context.get('max_length'))} values are expected"
    if kind == "literal_error":
        return f"allowed are {context.get('expected')}"
    nouns = {
        "int_type": "a whole number is expected",
        "int_from_float": "a whole number is expected",
        "float_type": "a number is expected",
        "finite_number": "a finite number is expected",
        "list_type": "a list is expected",
        "dict_type": "an object is expected",
        "model_type": "an object is expected",
        "model_attributes_type": "an object is expected",
        "string_type": "a text is expected",
    }
    return nouns.get(kind, one_line(issue["msg"].lower(), 100))
