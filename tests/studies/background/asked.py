"""Studies small enough for a test."""

from __future__ import annotations

from typing import Any

from cmn_core.runs.store.keys import Visitor
from cmn_core.studies.background.choices import CHOICES
from cmn_core.studies.result import stored

ME, OTHER = Visitor("visitor-of-these-tests"), Visitor("another-visitor")


def chosen(name: str, **other: Any) -> dict[str, Any]:
    """Every choice of a study as its quick form has it."""
    found = stored(name)
    assert found is not None
    return {c.name: found.quick_settings[c.name] for c in CHOICES[name]} | other
