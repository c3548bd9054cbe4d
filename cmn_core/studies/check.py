"""A stored study beside a quick re-run of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cmn_core.studies.provenance import versions
from cmn_core.studies.result import Result, Row
from cmn_core.studies.runner import quick_rows
from cmn_core.studies.study import Study


@dataclass(frozen=True)
class Check:
    """rows: compared; differences: in words, empty where the re-run agrees; stale: versions that
    are others now than when the result was made."""

    name: str
    rows: int
    differences: tuple[str, ...]
    stale: tuple[str, ...]

    @property
    def agrees(self) -> bool:
        return not self.differences

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "agrees": self.agrees,
            "rows": self.rows,
            "differences": list(self.differences),
            "stale": list(self.stale),
        }


def check(study: Study, result: Result) -> Check:
    """Make the quick rows again and compare them with the stored ones."""
    again = quick_rows(study, dict(result.quick_settings))
    return Check(
        study.name,
        len(again),
        tuple(differences(result.quick_rows, again, loose=study.loose, slack=study.slack)),
        stale(result),
    )


def stale(result: Result) -> tuple[str, ...]:
    """Versions that changed since, such as "weights: 12ab, now 34cd"."""
    now = versions(result.versions)
    return tuple(
        f"{name}: {was}, now {now.get(name)}"
        for name, was in result.versions.items()
        if was != now.get(name)
    )


def differences(
    stored: Sequence[Row], again: Sequence[Row], *, loose: Sequence[str], slack: float
) -> list[str]:
    """One text per cell that differs; loose columns need not agree."""
    if len(stored) != len(again):
        return [f"{len(stored)} rows stored, {len(again)} now"]
    out = []
    for number, (old, new) in enumerate(zip(stored, again, strict=True), 1):
        names = [n for n in {**old, **new} if n not in loose]
        out += [
            f"row {number}, {name}: {old.get(name)} stored, {new.get(name)} now"
            for name in names
            if not _same(old.get(name), new.get(name), slack)
        ]
    return out


def _same(old: Any, new: Any, slack: float) -> bool:
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(
            _same(a, b, slack) for a, b in zip(old, new, strict=True)
        )
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (old, new))
    return math.isclose(old, new, rel_tol=slack, abs_tol=1e-12) if numbers else bool(old == new)
