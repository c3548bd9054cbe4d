"""The figures of two runs of a study beside each other: those that ship, and one's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cmn_core.quantities import TITLES
from cmn_core.studies.result import Result

_SPREAD = {"median", "low", "high"}


@dataclass(frozen=True)
class FigurePair:
    """name: in words; stored, own: None where only the other run has it."""

    name: str
    stored: float | None
    own: float | None

    @property
    def change(self) -> float | None:
        """Of one's own against the stored one, as a share; None where there is nothing to say."""
        if self.stored is None or self.own is None or self.stored == 0.0:
            return None
        return self.own / self.stored - 1.0


def beside(stored: Result, own: Result) -> list[FigurePair]:
    """Every number of both summaries, in the order of one's own; of several seeds the median."""
    theirs, ours = (dict(_figures(result.summary, ())) for result in (stored, own))
    names = [*ours, *(name for name in theirs if name not in ours)]
    return [FigurePair(name, theirs.get(name), ours.get(name)) for name in names]


def _figures(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    if isinstance(value, Mapping):
        if set(value) >= _SPREAD:
            yield from _figures(value["median"], path)
            return
        for name, part in value.items():
            yield from _figures(part, (*path, TITLES.get(name, name.replace("_", " "))))
    elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        yield ", ".join(path), float(value)
