"""What every study has: settings, steps that stand on their own, rows, and a summary of them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from cmn_core.errors import FieldError, one_line, unknown_key
from cmn_core.studies.provenance import digest
from cmn_core.studies.result import Row

Settings = dict[str, Any]
Step = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a person wants a study run.

    data: file or folder of images, for studies that measure on real ones; chosen: settings that
    replace the study's own.
    """

    quick: bool = False
    seed: int = 0
    data: Path | None = None
    chosen: Mapping[str, Any] = field(default_factory=dict)


class Study(ABC):
    """One question of the paper. Steps do not know of each other, so a run can stop and go on."""

    name: ClassVar[str]
    question: ClassVar[str]
    figure: ClassVar[str]  # what it answers in the paper
    full: ClassVar[Settings]  # settings of the full form
    small: ClassVar[Settings]  # what the quick form replaces of them
    stands_on: ClassVar[tuple[str, ...]] = ("simulator", "constants")  # names of origin.versions
    loose: ClassVar[tuple[str, ...]] = ()  # columns that no re-run repeats, such as times
    slack: ClassVar[float] = 1e-6  # relative difference that a re-run may show
    needs_data: ClassVar[str | None] = None  # what --data must name for the full form

    def __init__(self, data: Path | None = None) -> None:
        self.data = data

    def settings(self, asked: Asked) -> Settings:
        """Settings in force; FieldError for one that does not exist or is of another type."""
        known: Settings = {**self.full, **(self.small if asked.quick else {})}
        for name, value in asked.chosen.items():
            if name not in known:
                raise unknown_key("set", name, known)
            known[name] = _like(name, value, known[name])
        if self.needs_data is not None:
            known["data"] = "generated scenes" if asked.quick else self._source(asked.data)
        return {**known, "seed": asked.seed}

    @abstractmethod
    def steps(self, settings: Settings) -> list[Step]:
        """What is to be done, in order; plain JSON values."""

    @abstractmethod
    def take(self, settings: Settings, step: Step) -> list[Row]:
        """Do one step."""

    @abstractmethod
    def summary(self, settings: Settings, rows: Sequence[Row]) -> dict[str, Any]:
        """Figures to quote, from the rows alone."""

    def _source(self, data: Path | None) -> dict[str, Any]:
        """Name and digest of the images, without the folder they lie in on this machine."""
        if data is None:
            allowed = f"{self.needs_data} is expected; --quick needs none"
            raise FieldError("data", "missing", allowed)
        files = [data] if data.is_file() else sorted(data.glob("*.npz"))
        if not files:
            raise FieldError(
                "data", f"{data.name}: nothing there", f"{self.needs_data} is expected"
            )
        return {f.name: digest(f) for f in files}


def _like(name: str, value: Any, known: Any) -> Any:
    """A text of the command line as the type of the setting that it replaces."""
    kind = type(known)
    if not isinstance(value, str) or kind is str:
        return value
    try:
        if isinstance(known, list):
            kinds = {type(v) for v in known} or {str}
            one = float if float in kinds else kinds.pop()
            return [one(part) for part in value.split(",")]
        if kind is bool:
            return {"true": True, "false": False}[value.lower()]
        return kind(value)
    except (ValueError, KeyError):
        found = f"found '{one_line(value, 40)}'"
        raise FieldError(name, found, f"such as {known!r} is expected") from None


CLASSES = {
    "silicon": "Silicon",
    "hybrid": "Hybrid",
    "discrepancy": "Discrepancy",
    "noise": "Noise",
    "compression": "Compression",
    "scaling": "Scaling",
}


NAMES = tuple(CLASSES)


def study_of(name: str, data: Path | None = None) -> Study:
    """The study of that name; FieldError that names the nearest one."""
    if name not in CLASSES:
        allowed = unknown_key("", name, NAMES).allowed.replace("known keys are", "studies are")
        raise FieldError("name", f"found '{name}'", allowed)
    found = getattr(import_module(f"cmn_core.studies.appendices.{name}"), CLASSES[name])(data)
    assert isinstance(found, Study)
    return found
