"""From architectures to candidates: accuracy first, then hardware for those that are good enough.

This is the order of Algorithm 1: selection by performance comes before the hardware search. An
architecture below the floor of mIoU is infeasible on any hardware, so none is searched for it.
An assessment depends on the architecture and the scenario alone, never on what else is assessed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from cmn_core.architecture import BLOCKS, Architecture
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.cim.workload import weights
from cmn_core.design import Design
from cmn_core.quantities import LIMITS
from cmn_core.search.accuracy import Accuracy, measure, provenance
from cmn_core.search.constraints import Limits
from cmn_core.search.dispatch.batching import Portions
from cmn_core.search.hardware_jobs import grid_of, question, search_hardware, search_tradeoffs
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.objective import BOUNDED, found, violations
from cmn_core.search.outer.survival import crowded
from cmn_core.search.robust.descent import Judged
from cmn_core.search.robust.judgement import Judgement, judgement_of
from cmn_core.search.scenario import HYBRID, Scenario
from cmn_core.search.scoring.candidate import CONSTRAINTS, Candidate, ranking

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
        self.grid = grid_of(scenario)
        self._portions = None if executor is None else Portions(executor)
        self._completed: dict[tuple[int, ...], Candidate] = {}

    def assess(self, genes: Ints, rivals: Ints | None = None) -> list[Candidate]:
        """Candidates of architectures [N, 8], in that order.

        rivals: [M, 8] those of the population within the limits. A costly source of mIoU is then
        not asked for architectures whose hardware breaks a limit and that cannot survive.
        """
        costly = getattr(self.accuracy, "costly", False) and self.judgement is None
        if costly and rivals is not None and self.scenario.method == "nsga2":
            return self._thrifty(genes, rivals)
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

    def _thrifty(self, genes: Ints, rivals: Ints) -> list[Candidate]:
        """`assess` with hardware first, and mIoU for those alone whose rank depends on it."""
        unknown = np.full((len(genes), 3), -np.inf)
        index, evaluations = self._search(genes, unknown)
        chip = first(self.grid.chip(genes[:, :BLOCKS], genes[:, BLOCKS:], index[:, None]))
        broken = (violations(chip, self.limits) > 0.0).any(axis=1)
        miou, floor = unknown, self.limits.min_miou

        def ask(rows: Ints) -> None:
            if len(rows):
                miou[rows] = measure(self.accuracy, genes[rows, :BLOCKS], genes[rows, BLOCKS:])

        ask(np.flatnonzero(~broken))
        within = ~broken & (miou[:, 0] >= (-np.inf if floor is None else floor))
        everybody = np.concatenate([rivals, genes[within]])
        if floor is not None and not crowded(everybody, self.scenario.population):
            ask(np.flatnonzero(broken))  # among those beyond the limits the floor decides
        below = np.isfinite(miou[:, 0]) & (miou[:, 0] < (-np.inf if floor is None else floor))
        points = [
            None if b else tuple(p) for b, p in zip(below.tolist(), index.tolist(), strict=True)
        ]
        return self._candidates(genes, miou, points, evaluations.tolist())

    def trades(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The same architectures on chips from the fastest to the most frugal, if others.

        One chip per architecture leaves most of its trade of energy for latency unseen.
        """
        if not candidates:
            return []
        known = {(c.genes, c.point) for c in candidates}
        genes = np.array([c.genes for c in candidates])
        done = self._shared(search_tradeoffs, len(genes), lambda rows: (genes[rows],))
        index, fits, spent = (np.concatenate(column) for column in zip(*done, strict=True))
        rows, columns = np.nonzero(fits)
        points = [tuple(point) for point in index[rows, columns].tolist()]
        # What an architecture cost is counted once, with its first chip.
        cost = np.where(np.diff(rows, prepend=-1) > 0, spent[rows], 0)
        miou = np.array([c.miou for c in candidates])[rows]
        out = []
        for other in self._candidates(genes[rows], miou, points, cost.tolist()):
            if (other.genes, other.point) not in known:
                known.add((other.genes, other.point))
                out.append(other)
        return out

    def with_hardware(self, candidate: Candidate) -> Candidate:
        """The candidate with hardware and mIoU, found now if it was not worth it before."""
        if candidate.point is not None and candidate.measured:
            return candidate
        known = self._completed.get(candidate.genes)
        if known is None:
            genes, miou = np.array([candidate.genes]), np.array([candidate.miou])
            if not candidate.measured:
                miou = measure(self.accuracy, genes[:, :BLOCKS], genes[:, BLOCKS:])
            index, spent = self._search(genes, miou)
            stored = [candidate.genes, miou[0].tolist(), index[0].tolist(), int(spent[0])]
            known = self._completed[candidate.genes] = self.restore([stored])[0]
        return known

    def proven(self, candidate: Candidate) -> Candidate:
        """The candidate on the best chip of all mixtures, where only the likeliest were tried."""
        if self.scenario.memory != HYBRID or self.judgement is not None:
            return candidate
        genes, key = np.array([candidate.genes]), ranking(self.scenario.goal)
        index, spent = search_hardware(self.scenario, self.limits, genes, proof=True)
        stored = [candidate.genes, candidate.miou, index[0].tolist(), int(spent[0])]
        return min(candidate, *self.restore([stored]), key=key)

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
        limit = LIMITS[name]
        quantity, sign = limit.quantity.name, -1.0 if limit.floor else 1.0
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

    def _search(self, genes: Ints, miou: Floats) -> tuple[Ints, Ints]:
        """Hardware points [N, D] and evaluations [N] of architectures [N, 8]; miou [N, 3]."""
        if len(genes) == 0:
            return np.empty((0, len(self.grid.levels)), dtype=np.int64), np.empty(0, dtype=np.int64)
        judgement = self.judgement
        done = self._shared(
            search_hardware, len(genes), lambda rows: (genes[rows], miou[rows], judgement)
        )
        return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done])

    def _shared(
        self, work: Callable[..., Any], rows: int, arguments: Callable[[Ints], tuple[Any, ...]]
    ) -> list[Any]:
        """Results of the work on all rows, in parts, by whoever does it."""
        asked = self.scenario, self.limits
        if self._portions is None:
            return [work(*asked, *arguments(np.arange(rows)))]
        return self._portions.share(rows, work, lambda part: (*asked, *arguments(part)))

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


def _figures(chip: ChipCost, row: int) -> dict[str, float]:
    return {name: float(getattr(chip, name)[row]) for name in _CHIP}


def _costs(figures: Mapping[str, float]) -> tuple[float, float]:
    return figures["energy_uj"], figures["latency_us"]
