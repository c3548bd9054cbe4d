"""From architectures to candidates: accuracy first, then hardware for those that are good enough.

This is the order of Algorithm 1: selection by performance comes before the hardware search. An
architecture below the floor of mIoU is infeasible on any hardware, so none is searched for it.
An assessment depends on the architecture and the scenario alone, never on what else is assessed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import cached_property
from typing import Any

import numpy as np

from cmn_core.architecture import parted
from cmn_core.arrays import Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.design import HYBRID, Design
from cmn_core.search.accuracy import measure
from cmn_core.search.dispatch.batching import Portions, Stretches
from cmn_core.search.generation import Nearest
from cmn_core.search.inner.error_budget import ErrorBudget
from cmn_core.search.inner.problem import joined
from cmn_core.search.objective import violations
from cmn_core.search.outer.survival import crowded
from cmn_core.search.scenario import EXPERT
from cmn_core.search.scoring.candidate import Candidate, ranking
from cmn_core.search.scoring.codesign_problem import CodesignProblem
from cmn_core.search.scoring.hardware_jobs import search_hardware, search_judged, search_tradeoffs
from cmn_core.search.scoring.rating import rated
from cmn_core.search.scoring.reachable import reachable
from cmn_core.search.scoring.searched_design import searched_design
from cmn_core.search.scoring.violation import limits_broken
from cmn_core.search.state import Placed

_DESIGNS = 4096  # kept at most


class Assessor:
    """Assesses architectures for one problem.

    executor: who does the hardware searches, cut into portions; None is this process. between:
    called now and then in this process; it may raise, which ends an assessment. swarm_s: what the
    swarms took of the time so far.
    """

    def __init__(
        self,
        problem: CodesignProblem,
        *,
        executor: Executor | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        self.problem = problem
        self._shares: Stretches | Portions = (
            Stretches(between) if executor is None else Portions(executor)
        )
        self.swarm_s = 0.0
        self._at_once = executor is not None  # parts of a generation are worked on side by side
        self._completed: dict[tuple[int, ...], Candidate] = {}
        self._designs: dict[Placed, Design] = {}

    def assess(self, genes: Ints, rivals: Ints | None = None) -> list[Candidate]:
        """Candidates of architectures [N, 8], in that order.

        rivals: [M, 8] those of the population within the limits. A costly source of mIoU is then
        not asked for architectures whose hardware breaks a limit and that cannot survive.
        """
        problem = self.problem
        costly = getattr(problem.accuracy, "costly", False) and problem.judgement is None
        if costly and rivals is not None and problem.scenario.method == "nsga2":
            return self._thrifty(genes, rivals)
        miou = self._measured(genes)
        floor = problem.limits.min_miou
        worthy = (
            np.ones(len(genes), dtype=bool) if floor is None else problem.most_miou(miou) >= floor
        )
        rows = np.flatnonzero(worthy)
        index, evaluations, chip = self._search(genes[rows], miou[rows])
        points: list[list[int] | None] = [None] * len(genes)
        spent = [0] * len(genes)
        for row, point, count in zip(rows, index.tolist(), evaluations.tolist(), strict=True):
            points[row], spent[row] = point, count
        return self.rated(_placed(genes, miou, points, spent), chip)

    def _thrifty(self, genes: Ints, rivals: Ints) -> list[Candidate]:
        """`assess` with hardware first, and mIoU for those alone whose rank depends on it."""
        limits = self.problem.limits
        miou = np.full((len(genes), 3), -np.inf)
        index, evaluations, chip = self._search(genes, miou)
        assert chip is not None
        broken = (violations(chip, limits) > 0.0).any(axis=1)
        floor = -np.inf if limits.min_miou is None else limits.min_miou

        def ask(rows: Ints) -> None:
            if len(rows):
                miou[rows] = self._measured(genes[rows])

        ask(np.flatnonzero(~broken))
        within = ~broken & (miou[:, 0] >= floor)
        everybody = np.concatenate([rivals, genes[within]])
        if limits.min_miou is not None and not crowded(everybody, self.problem.scenario.population):
            ask(np.flatnonzero(broken))  # among those beyond the limits the floor decides
        below = np.isfinite(miou[:, 0]) & (miou[:, 0] < floor)
        points = [
            None if b else point for b, point in zip(below.tolist(), index.tolist(), strict=True)
        ]
        placed = _placed(genes, miou, points, evaluations.tolist())
        return self.rated(placed, chip.at(np.flatnonzero(~below)))

    def trades(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The same architectures on chips from the fastest to the most frugal, if others.

        One chip per architecture leaves most of its trade of energy for latency unseen.
        """
        if not candidates:
            return []
        known = {(c.genes, c.point) for c in candidates}
        genes = np.array([c.genes for c in candidates])
        budget = self.problem.budget(np.array([c.miou[0] for c in candidates]))
        done = self._shared(
            search_tradeoffs, len(genes), lambda rows: (genes[rows], _part(budget, rows))
        )
        index, fits, spent = (np.concatenate(column) for column in zip(*done, strict=True))
        rows, columns = np.nonzero(fits)
        # What an architecture cost is counted once, with its first chip.
        cost = np.where(np.diff(rows, prepend=-1) > 0, spent[rows], 0)
        miou = np.array([c.miou for c in candidates])[rows]
        points = index[rows, columns].tolist()
        out = []
        for other in self.rated(_placed(genes[rows], miou, points, cost.tolist())):
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
                miou = self._measured(genes)
            index, spent, chip = self._search(genes, miou)
            placed = _placed(genes, miou, index.tolist(), spent.tolist())
            known = self._completed[candidate.genes] = self.rated(placed, chip)[0]
        return known

    def proven(self, candidate: Candidate) -> Candidate:
        """The candidate on the best chip of all mixtures, where only the likeliest were tried."""
        scenario, limits = self.problem.scenario, self.problem.limits
        likely = scenario.objective == "edp" or scenario.placement == EXPERT
        if scenario.memory != HYBRID or not (likely and self.problem.exact):
            return candidate
        genes, miou = np.array([candidate.genes]), np.array([candidate.miou])
        budget = self.problem.budget(miou[:, 0])
        found = search_hardware(scenario, limits, genes, budget, proof=True)
        placed = _placed(genes, miou, found.index.tolist(), found.evaluations.tolist())
        return min(candidate, *self.rated(placed, found.chip), key=ranking(scenario.goal))

    def rated(self, placed: Sequence[Placed], chip: ChipCost | None = None) -> list[Candidate]:
        """Candidates of architectures at their places; chip: as `rating.rated` takes it."""
        return rated(self.problem, placed, chip)

    def design(self, candidate: Candidate) -> Design:
        """With complete hardware, metrics and provenance; one on the front is asked for again in
        every generation."""
        if len(self._designs) > _DESIGNS:
            self._designs.clear()
        known = self._designs.get(candidate.placed)
        if known is None:
            known = self._designs[candidate.placed] = searched_design(self.problem, candidate)
        return known

    def nearest(self, candidate: Candidate) -> Nearest:
        """The design and the limits it breaks, the worst (relatively) first."""
        complete = self.with_hardware(candidate)
        broken = limits_broken(self.problem.limits, complete)
        return Nearest(
            design=self.design(complete),
            violated=next(iter(broken)),
            all=broken,
            reachable=self._reachable,
        )

    @cached_property
    def _reachable(self) -> dict[str, float | None]:
        """Not where mIoU is costly: the networks that are tried for it are not of the search."""
        costly = getattr(self.problem.accuracy, "costly", False)
        return {} if costly else reachable(self.problem)

    def _measured(self, genes: Ints) -> Floats:
        """[N, 3] mIoU, low and high of architectures [N, 8]."""
        return measure(self.problem.accuracy, *parted(genes))

    def _search(self, genes: Ints, miou: Floats) -> tuple[Ints, Ints, ChipCost | None]:
        """Hardware points [N, D], evaluations [N] and, where it was priced, the chip [N] of
        architectures [N, 8]; miou [N, 3]."""
        judgement = self.problem.judgement
        if len(genes) == 0:
            nowhere = np.empty((0, len(self.problem.grid.levels)), dtype=np.int64)
            return nowhere, np.empty(0, dtype=np.int64), None
        if judgement is None or self.problem.exact:
            budget = self.problem.budget(miou[:, 0])
            parts = self._shared(
                search_hardware, len(genes), lambda rows: (genes[rows], _part(budget, rows))
            )
            best = joined(parts)
            self.swarm_s += best.swarm_s / (len(parts) if self._at_once else 1)
            return best.index, best.evaluations, best.chip
        done = self._shared(
            search_judged, len(genes), lambda rows: (genes[rows], miou[rows], judgement)
        )
        return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done]), None

    def _shared(
        self, work: Callable[..., Any], rows: int, arguments: Callable[[Ints], tuple[Any, ...]]
    ) -> list[Any]:
        """Results of the work on all rows, in parts, by whoever does it."""
        asked = self.problem.scenario, self.problem.limits
        return self._shares.share(rows, work, lambda part: (*asked, *arguments(part)))


def _part(budget: ErrorBudget | None, rows: Ints) -> ErrorBudget | None:
    return None if budget is None else budget.some(rows)


def _placed(
    genes: Ints, miou: Floats, points: Sequence[Sequence[int] | None], spent: Sequence[int]
) -> list[Placed]:
    """Architectures [N, 8] with mIoU [N, 3], N points and N counts of evaluations."""
    return [
        Placed(tuple(row), (value, low, high), None if point is None else tuple(point), count)
        for row, (value, low, high), point, count in zip(
            genes.tolist(), miou.tolist(), points, spent, strict=True
        )
    ]
