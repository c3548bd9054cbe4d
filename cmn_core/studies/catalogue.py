"""The studies by name; each is loaded when it is asked for, because some bring torch."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from cmn_core.errors import FieldError, unknown_key
from cmn_core.studies.study import Study

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
    found = getattr(import_module(f"cmn_core.studies.{name}"), CLASSES[name])(data)
    assert isinstance(found, Study)
    return found
