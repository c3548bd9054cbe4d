"""What happened to the runs, and what was lost by it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any


@dataclass
class FaultTally:
    """lost: generations, stores and results; redone_s: work since the last stored generation."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    by: Counter[str] = field(default_factory=Counter)
    runs: int = 0
    lives: int = 0
    generations: int = 0
    redone_s: list[float] = field(default_factory=list)
    lost_generations: int = 0
    lost_runs: int = 0
    damaged_stores: int = 0
    different_results: int = 0
    seconds: float = 0.0

    @property
    def lost(self) -> int:
        return self.lost_generations + self.lost_runs + self.damaged_stores + self.different_results

    def to_json(self) -> dict[str, Any]:
        found = {f.name: getattr(self, f.name) for f in fields(self)}
        return found | {"lost": self.lost}

    def report(self) -> str:
        names = ", ".join(f"{count} {name}" for name, count in self.faults.most_common())
        hit = ", ".join(f"{count} {who}" for who, count in self.by.most_common())
        redone = self.redone_s or [0.0]
        lines = [
            f"{self.faults.total()} faults ({names}; {hit}), seed {self.seed},"
            f" in {self.seconds:.0f} s",
            f"{self.runs} runs, {self.generations} generations, {self.lives} processes",
            f"work since the last stored generation: median {median(redone):.3f} s,"
            f" most {max(redone):.3f} s",
            f"stored generations lost: {self.lost_generations}",
            f"searches that had ended lost: {self.lost_runs}",
            f"stores damaged: {self.damaged_stores}",
            f"results that differ from the uninterrupted run: {self.different_results}",
        ]
        return "\n".join(lines)
