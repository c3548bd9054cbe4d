"""From architectures to candidates: accuracy first, then hardware for those that are good enough.

This is the order of Algorithm 1: selection by performance comes before the hardware search. An
architecture below the floor of mIoU is infeasible on any hardware, so none is searched for it.
An assessment depends on the architecture and the scenario alone, never on what else is assessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
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
from cmn_core.search.candidate import CONSTRAINTS, Candidate, ranking
from cmn_core.search.descent import Judged, best_judged
from cmn_core.search.grid import Grid, make_grid
from cmn_core.search.hardware import best_hardware
from cmn_core.search.judgement import Judgement, judgement_of
from cmn_core.search.portions import Portions
from cmn_core.search.scenario import GOALS, Limits, Scenario
from cmn_core.search.score import BOUNDED, found, violations
from cmn_core.search.task import first

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

__all__ = ["Assessor", "Candidate", "provenance", "ranking", "search_hardware"]

_CHIP = ("energy_uj", "latency_us", "area_mm2", "array_mb", "tops_per_mm2")


class Assessor:
    """Assesses architectures for one scenario.

    executor: who does the hardware searches, cut into portions; None is this process.
    """

    def __init__(
        self,
        scenario: Scenario,
        limits: Limits,
        accuracy: Accuracy,
        *,
        executor: Executor | None = None,
    ) -> None:
        self.scenario, self.limits, self.accuracy = scenario, limits, accuracy
        self.judgement = judgement_of(scenario, accuracy)
        self.grid = make_grid(
            scenario.search_space,
            scenario.workload,
            scenario.memory,
            technologies=scenario.library,
        )
        self._portions = None if executor is None else Portions(executor)
        self._completed: dict[tuple[int, ...], Candidate] = {}

    def assess(self, genes: Ints) -> list[Candidate]:
        """Candidates of architectures [N, 8], in that order."""
        miou = measure(self.accuracy, genes[:, :BLOCKS], genes[:, BLOCKS:])
        floor = self.limits.min_miou
        worthy = np.ones(len(genes), dtype=bool) if floor is None else self._most(miou) >= floor
        points: list[tuple[int, ...] | None] = [None] * len(genes)
        spent = [0] * len(genes)
        rows = np.flatnonzero(worthy)
        index, evaluations = self._search(genes[rows], miou[rows])
        for row, point, count in zip(rows, index, evaluations, strict=True):
            points[row], spent[row] = tuple(int(i) for i in point), int(count)
        return self._candidates(genes, miou, points, spent)

    def trades(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The same architectures on the hardware that the other goals would choose, if another.

        One chip per architecture leaves most of its trade of energy for latency unseen.
        """
        known = {(c.genes, c.point) for c in candidates}
        genes = np.array([c.genes for c in candidates])
        miou = np.array([c.miou for c in candidates])
        out: list[Candidate] = []
        for goal in GOALS:
            if goal != self.scenario.goal and len(candidates):
                index, spent = self._search(genes, miou, goal)
                points = [tuple(int(i) for i in point) for point in index]
                for found in self._candidates(genes, miou, points, spent.tolist()):
                    if (found.genes, found.point) not in known:
                        known.add((found.genes, found.point))
                        out.append(found)
        return out

    def with_hardware(self, candidate: Candidate) -> Candidate:
        """The candidate with hardware, searched now if it was not worth it before."""
        if candidate.point is not None:
            return candidate
        known = self._completed.get(candidate.genes)
        if known is None:
            genes = np.array([candidate.genes])
            index, spent = self._search(genes, np.array([candidate.miou]))
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
            provenance=self._provenance(candidate),
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
        quantity = {"min_miou": "miou", "max_noise_loss": "noise_loss", **BOUNDED}[name]
        sign = -1.0 if name == "min_miou" else 1.0
        if candidate.judged is not None and quantity in candidate.judged:
            value = candidate.judged[quantity]
        elif name == "min_miou":
            value = candidate.miou[0]
        elif name == "max_sigma_rel":
            assert candidate.sigma_rel is not None
            value = candidate.sigma_rel
        else:
            assert candidate.metrics is not None
            value = candidate.metrics[quantity]
        return {"amount": sign * (value - allowed), "allowed": allowed, "found": value}

    def _provenance(self, candidate: Candidate) -> dict[str, Any]:
        out = provenance(self.scenario, self.accuracy)
        if self.judgement is None or candidate.judged is None:
            return out
        return {**out, "judged": {"by": self.judgement.text, **candidate.judged}}

    def _search(self, genes: Ints, miou: Floats, goal: str | None = None) -> tuple[Ints, Ints]:
        """Hardware points [N, D] and evaluations [N] of architectures [N, 8]; miou [N, 3].

        goal: what the hardware is for where it is not the scenario's.
        """
        if len(genes) == 0:
            return np.empty((0, len(self.grid.levels)), dtype=np.int64), np.empty(0, dtype=np.int64)
        scenario = self.scenario if goal is None else replace(self.scenario, goal=goal)
        limits, judgement = self.limits, self.judgement
        if self._portions is None:
            return search_hardware(scenario, limits, genes, miou, judgement)
        done = self._portions.share(
            len(genes),
            search_hardware,
            lambda rows: (scenario, limits, genes[rows], miou[rows], judgement),
        )
        return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done])

    def _most(self, miou: Floats) -> Floats:
        """[N] the mIoU that no hardware can judge any higher; miou [N, 3]."""
        if self.judgement is None:
            return miou[:, 0].copy()
        noisy = np.full((len(miou), BLOCKS), "sram" not in self.scenario.technologies)
        return self.judgement.miou(miou, noisy, np.zeros(noisy.shape))

    def _candidates(
        self, genes: Ints, miou: Floats, points: Sequence[tuple[int, ...] | None], spent: list[int]
    ) -> list[Candidate]:
        rows = [i for i, p in enumerate(points) if p is not None]
        at = {row: k for k, row in enumerate(rows)}
        reached, chip, judged = self._most(miou), None, None
        if rows:
            index = np.array([points[i] for i in rows])[:, None]
            experts, hidden = genes[rows, :BLOCKS], genes[rows, BLOCKS:]
            chip = first(self.grid.chip(experts, hidden, index))
            sigma = found(chip, "max_sigma_rel")
            broken = violations(chip, self.limits)
            if self.judgement is not None:
                question = self._question(self.judgement)
                judged, broken = question.verdict(experts, hidden, index[:, 0], miou[rows])
                reached[rows] = judged["miou"]
        out = []
        for i, row in enumerate(genes):
            known = i in at
            figures = _figures(chip, at[i]) if known else None  # type: ignore[arg-type]
            verdict = None
            if judged is not None and known:
                verdict = {name: float(values[at[i]]) for name, values in judged.items()}
            costs = (np.inf, np.inf) if figures is None else _costs(verdict or figures)
            rest = broken[at[i]].tolist() if known else [-1.0] * len(BOUNDED)
            noisy = [-1.0] * (len(CONSTRAINTS) - 1 - len(rest))
            out.append(
                Candidate(
                    tuple(int(g) for g in row),
                    (float(miou[i, 0]), float(miou[i, 1]), float(miou[i, 2])),
                    points[i],
                    spent[i],
                    figures,
                    float(sigma[at[i]]) if known else None,
                    (100.0 - float(reached[i]), *costs),
                    (self._below_floor(float(reached[i])), *rest, *noisy),
                    verdict,
                )
            )
        return out

    def _question(self, judgement: Judgement) -> Judged:
        return question(self.scenario, self.limits, judgement, self.grid)

    def _below_floor(self, miou: float) -> float:
        floor = self.limits.min_miou
        return -1.0 if not floor else (floor - miou) / floor


def search_hardware(
    scenario: Scenario,
    limits: Limits,
    genes: Ints,
    miou: Floats | None = None,
    judgement: Judgement | None = None,
) -> tuple[Ints, Ints]:
    """Inner search of architectures [N, 8]: points [N, D], evaluations [N]. Runs in any process.

    miou: [N, 3] value, low and high, needed where there is a judgement.
    """
    if judgement is not None and miou is not None:
        grid = make_grid(
            scenario.search_space, scenario.workload, scenario.memory, technologies=scenario.library
        )
        asked = question(scenario, limits, judgement, grid)
        return best_judged(asked, genes[:, :BLOCKS], genes[:, BLOCKS:], miou)
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


def question(scenario: Scenario, limits: Limits, judgement: Judgement, grid: Grid) -> Judged:
    """What a robust search asks of hardware; grid: the scenario's."""
    return Judged(
        grid,
        judgement,
        limits,
        scenario.objective,
        scenario.goal == "performance" and judgement.by_hardware,
        scenario.seed,
        scenario.particles,
        scenario.iterations,
    )


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


def _figures(chip: ChipCost, row: int) -> dict[str, float]:
    return {name: float(getattr(chip, name)[row]) for name in _CHIP}


def _costs(figures: Mapping[str, float]) -> tuple[float, float]:
    return figures["energy_uj"], figures["latency_us"]
