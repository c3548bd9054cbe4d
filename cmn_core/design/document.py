"""The JSON of a design (schema cmn.design/1): pydantic models, and refusals that name the field.

The models also write assets/design.schema.json. Knobs of a macro belong to their technology and are
checked there (cim.technology); here they are only finite numbers under a name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from cmn_core.architecture import MIN_HIDDEN, SPACES, Architecture, SearchSpace
from cmn_core.design.hardware import Hardware, HardwareModel
from cmn_core.design.text import kind, read_json, shown
from cmn_core.design.validation import Strict, check_texts, refused
from cmn_core.design.workload import Count, Workload, WorkloadModel
from cmn_core.errors import FieldError

SCHEMA = "cmn.design/1"
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
        shape = data["architecture"]
        return cls(
            Architecture(tuple(shape["experts"]), tuple(shape["hidden"])),
            data["space"],
            Workload.from_stored(data["workload"]),
            None if data.get("hardware") is None else Hardware.from_stored(data["hardware"]),
            data.get("metrics"),
            data.get("provenance"),
        )


Hidden = Annotated[int, Field(ge=MIN_HIDDEN, le=8192)]


class ArchitectureModel(Strict):
    experts: Annotated[list[Count], Field(min_length=4, max_length=4)]
    hidden: Annotated[list[Hidden], Field(min_length=4, max_length=4)]


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
    hardware = None if model.hardware is None else model.hardware.checked(experts)
    return Design(
        architecture,
        space.name,
        asked.checked(),
        hardware,
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
