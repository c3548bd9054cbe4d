"""From architectures to candidates: accuracy first, then hardware for those that are good enough.

This is the order of Algorithm 1: selection by performance comes before the hardware search. An
architecture below the floor of mIoU is infeasible on any hardware, so none is searched for it.
An assessment depends on the architecture and the scenario alone, never on what else is assessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import BLOCKS, Architecture
from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.parameters import own_technologies
from cmn_core.cim.workload import weights
from cmn_core.design import Design
from cmn_core.search.accuracy import Accuracy, measure
from cmn_core.search.grid import make_grid
from cmn_core.search.hardware import best_hardware
from cmn_core.search.scenario import Limits, Scenario
from cmn_core.search.score import BOUNDED, below_floor, excess, found, violations
from cmn_core.search.task import first

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONSTRAINTS = ("min_miou", *BOUNDED)
_CHIP = ("energy_uj", "latency_us", "area_mm2", "array_mb", "tops_per_mm2")


@dataclass(frozen=True)
class Candidate:
    """An assessed architecture.

    genes: 8 integers; miou: value, low, high in percent; point: its place in the scenario's
    hardware grid, None when no hardware was searched; evaluations: designs priced for it;
    metrics: chip figures; objectives: 100 - mIoU, energy (uJ), latency (us), infinite without
    hardware; violation: relative excess over each of CONSTRAINTS, at most 0 where kept.
    """

    genes: tuple[int, ...]
    miou: tuple[float, float, float]
    point: tuple[int, ...] | None
    evaluations: int
    metrics: dict[str, float] | None
    sigma_rel: float | None
    objectives: tuple[float, float, float]
    violation: tuple[float, ...]

    @property
    def feasible(self) -> bool:
        return self.point is not None and max(self.violation) <= 0.0

    @property
    def excess(self) -> float:
        """How far from the limits, as infeasible architectures are ranked; 0 when feasible.

        Below the floor of mIoU the cost is unknown, so nothing can be said in its favour: it
        ranks after everything that was worth a hardware search, by what is missing in mIoU.
        """
        shortfall, *broken = self.violation
        known = float(excess(np.array(broken)))
        return known if shortfall <= 0.0 else known + below_floor(shortfall)

    def to_json(self) -> list[Any]:
        """What cannot be worked out again at once: genes, mIoU, hardware point, evaluations."""
        point = None if self.point is None else list(self.point)
        return [list(self.genes), list(self.miou), point, self.evaluations]


class Assessor:
    """Assesses architectures for one scenario.

    executor, workers: where hardware searches run, and into how many parts they are cut.
    """

    def __init__(
        self,
        scenario: Scenario,
        limits: Limits,
        accuracy: Accuracy,
        *,
        executor: Executor | None = None,
        workers: int = 1,
    ) -> None:
        self.scenario, self.limits, self.accuracy = scenario, limits, accuracy
        self.grid = make_grid(
            scenario.search_space,
            scenario.workload,
            scenario.memory,
            technologies=scenario.library,
        )
        self._executor, self._workers = executor, workers
        self._completed: dict[tuple[int, ...], Candidate] = {}

    def assess(self, genes: Ints) -> list[Candidate]:
        """Candidates of architectures [N, 8], in that order."""
        miou = measure(self.accuracy, genes[:, :BLOCKS], genes[:, BLOCKS:])
        floor = self.limits.min_miou
        worthy = np.ones(len(genes), dtype=bool) if floor is None else miou[:, 0] >= floor
        points: list[tuple[int, ...] | None] = [None] * len(genes)
        spent = [0] * len(genes)
        rows = np.flatnonzero(worthy)
        index, evaluations = self._search(genes[rows])
        for row, point, count in zip(rows, index, evaluations, strict=True):
            points[row], spent[row] = tuple(int(i) for i in point), int(count)
        return self._candidates(genes, miou, points, spent)

    def with_hardware(self, candidate: Candidate) -> Candidate:
        """The candidate with hardware, searched now if it was not worth it before."""
        if candidate.point is not None:
            return candidate
        known = self._completed.get(candidate.genes)
        if known is None:
            genes = np.array([candidate.genes])
            index, spent = search_hardware(self.scenario, self.limits, genes)
            stored = [candidate.genes, candidate.miou, index[0].tolist(), int(spent[0])]
            known = self._completed[candidate.genes] = self.restore([stored])[0]
        return known

    def restore(self, stored: Sequence[Any]) -> list[Candidate]:
        """Candidates from what their `to_json` gave."""
        if not stored:
            return []
        genes, miou, points, spent = zip(*stored, strict=True)
        tuples = [None if p is None else tuple(p) for p in points]
        return self._candidates(np.array(genes), np.array(miou), tuples, list(spent))

    def design(self, candidate: Candidate) -> dict[str, Any]:
        """DESIGN JSON with complete hardware, metrics and provenance."""
        assert candidate.point is not None and candidate.metrics is not None
        scenario = self.scenario
        genes = np.array(candidate.genes)
        count = float(weights(scenario.search_space, genes[:BLOCKS], genes[BLOCKS:]))
        miou, low, high = candidate.miou
        metrics: dict[str, float | None] = {
            **candidate.metrics,
            "weights_mb": count * scenario.workload.weight_bits / 8e6,
            "miou": miou,
            "miou_low": low,
            "miou_high": high,
        }
        design = Design(
            Architecture.from_row(candidate.genes),
            scenario.space,
            scenario.workload,
            self.grid.hardware(np.array(candidate.point)),
            provenance=provenance(scenario, self.accuracy),
        )
        return design.with_metrics(metrics).to_json()

    def nearest(self, candidate: Candidate) -> dict[str, Any]:
        """The design and the limit it breaks most (relatively), with the amount."""
        complete = self.with_hardware(candidate)
        order = np.argsort(-np.array(complete.violation), kind="stable")
        names = [CONSTRAINTS[i] for i in order if complete.violation[i] > 0.0]
        broken = {name: self._breach(complete, name) for name in names}
        worst = names[0]
        return {"design": self.design(complete), "violated": worst, **broken[worst], "all": broken}

    def _breach(self, candidate: Candidate, name: str) -> dict[str, float]:
        allowed = float(getattr(self.limits, name))
        if name == "min_miou":
            value, sign = candidate.miou[0], -1.0
        elif name == "max_sigma_rel":
            assert candidate.sigma_rel is not None
            value, sign = candidate.sigma_rel, 1.0
        else:
            assert candidate.metrics is not None
            value, sign = candidate.metrics[BOUNDED[name]], 1.0
        return {"amount": sign * (value - allowed), "allowed": allowed, "found": value}

    def _search(self, genes: Ints) -> tuple[Ints, Ints]:
        """Hardware points [N, D] and evaluations [N] of architectures [N, 8]."""
        if len(genes) == 0:
            return np.empty((0, len(self.grid.levels)), dtype=np.int64), np.empty(0, dtype=np.int64)
        if self._executor is None or self._workers < 2:
            return search_hardware(self.scenario, self.limits, genes)
        parts = np.array_split(genes, min(self._workers, len(genes)))
        jobs = [
            self._executor.submit(search_hardware, self.scenario, self.limits, p) for p in parts
        ]
        done = [job.result() for job in jobs]
        return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done])

    def _candidates(
        self, genes: Ints, miou: Floats, points: Sequence[tuple[int, ...] | None], spent: list[int]
    ) -> list[Candidate]:
        rows = [i for i, p in enumerate(points) if p is not None]
        at = {row: k for k, row in enumerate(rows)}
        chip = None
        if rows:
            index = np.array([points[i] for i in rows])[:, None]
            chip = first(self.grid.chip(genes[rows, :BLOCKS], genes[rows, BLOCKS:], index))
            broken, sigma = violations(chip, self.limits), found(chip, "max_sigma_rel")
        out = []
        for i, row in enumerate(genes):
            below = self._below_floor(float(miou[i, 0]))
            figures = None if i not in at else _figures(chip, at[i])  # type: ignore[arg-type]
            costs = (np.inf, np.inf) if figures is None else _costs(figures)
            rest = [-1.0] * len(BOUNDED) if figures is None else broken[at[i]].tolist()
            out.append(
                Candidate(
                    tuple(int(g) for g in row),
                    (float(miou[i, 0]), float(miou[i, 1]), float(miou[i, 2])),
                    points[i],
                    spent[i],
                    figures,
                    None if figures is None else float(sigma[at[i]]),
                    (100.0 - float(miou[i, 0]), *costs),
                    (below, *rest),
                )
            )
        return out

    def _below_floor(self, miou: float) -> float:
        floor = self.limits.min_miou
        return -1.0 if not floor else (floor - miou) / floor


def search_hardware(scenario: Scenario, limits: Limits, genes: Ints) -> tuple[Ints, Ints]:
    """Inner search of architectures [N, 8]: points [N, D], evaluations [N]. Runs in any process."""
    result = best_hardware(
        scenario.search_space,
        scenario.workload,
        genes[:, :BLOCKS],
        genes[:, BLOCKS:],
        memory=scenario.memory,
        objective=scenario.objective,
        limits=limits,
        seed=scenario.seed,
        particles=scenario.particles,
        iterations=scenario.iterations,
        technologies=scenario.library,
    )
    return result.index, result.evaluations


def provenance(scenario: Scenario, accuracy: Accuracy) -> dict[str, Any]:
    """Where the numbers of a searched design come from."""
    own = own_technologies(scenario.technology)
    files = {"technology": {m: t.title for m, t in own.items()}} if own else {}
    return {
        "seed": scenario.seed,
        "scenario": scenario.goal,
        "memory": scenario.memory,
        "dataset": scenario.dataset,
        "parameters": scenario.parameters,
        **files,
        "simulator": SIMULATOR,
        "miou_source": accuracy.source,
    }


def ranking(goal: str) -> Callable[[Candidate], tuple[float, ...]]:
    """Key by which the best of the feasible candidates is the smallest."""

    def key(candidate: Candidate) -> tuple[float, ...]:
        loss, energy, latency = candidate.objectives
        if goal == "performance":
            return (loss, energy * latency, *candidate.genes)
        return ((energy, latency) if goal == "energy" else (latency, energy)) + (
            loss,
            *candidate.genes,
        )

    return key


def _figures(chip: ChipCost, row: int) -> dict[str, float]:
    return {name: float(getattr(chip, name)[row]) for name in _CHIP}


def _costs(figures: dict[str, float]) -> tuple[float, float]:
    return figures["energy_uj"], figures["latency_us"]
