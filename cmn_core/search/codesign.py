"""The nested search: a generator of generations that knows none of its consumers.

Every generation is a function of the scenario and the state of the one before. Continuing from a
stored generation therefore gives what an uninterrupted search gives, bit for bit, on any number
of workers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from itertools import compress

import numpy as np

from cmn_core.architecture import parted
from cmn_core.arrays import Bools, Ints
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.search.accuracy import Accuracy, default_accuracy, measure
from cmn_core.search.dispatch.parallel_accuracy import spread
from cmn_core.search.dispatch.pool import pool
from cmn_core.search.front import hypervolume, merged, models, shown
from cmn_core.search.generation import Generation, HistoryRow, Points
from cmn_core.search.objective import RANKS
from cmn_core.search.outer.evolution import Evolution
from cmn_core.search.result import RUN_SCHEMA, result
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.assessment import Assessor
from cmn_core.search.scoring.candidate import Candidate, ranking
from cmn_core.search.scoring.codesign_problem import CodesignProblem, default_limits
from cmn_core.search.state import Placed, SearchState
from cmn_core.search.warm_start import grid_point, priced_start

__all__ = ["RUN_SCHEMA", "Accuracy", "codesign", "default_limits", "result"]


def codesign(
    scenario: Scenario | str,
    *,
    seed: int | None = None,
    accuracy: Accuracy | None = None,
    start: Generation | None = None,
    workers: int = 1,
    executor: Executor | str | None = None,
    between: Callable[[], None] | None = None,
) -> Iterator[Generation]:
    """Generations of a search, from the first or from the one after `start`.

    scenario: or the name of its goal, the rest as by default; a design to begin with is its own
    `start`; seed: instead of the scenario's;
    accuracy: where mIoU comes from, the shipped predictor when left out; workers: processes of
    this machine that share the work; executor: what shares it instead, an Executor or the address
    of a cluster (`dask://host:port`); between: called several times within a generation that this
    process works on alone; what it raises ends the search. Ends after scenario.generations,
    earlier when scenario.patience is set and nothing improves, or when no new architecture can be
    found. FieldError when `start` has no state; LostWorkersError when all who share the work have
    gone.
    """
    scenario = Scenario(goal=scenario) if isinstance(scenario, str) else scenario
    scenario = scenario if seed is None else replace(scenario, seed=seed)
    if start is not None and start.state is None:
        raise FieldError("run", "its state is left out", "a checkpoint of the store is expected")
    with pool(workers, executor) as shared:
        source = default_accuracy(scenario) if accuracy is None else accuracy
        problem = CodesignProblem.of(scenario, spread(source, shared))
        search = _OuterSearch(problem, Assessor(problem, executor=shared, between=between))
        if start is not None:
            search.restore(start)
        while not search.over:
            generation = search.step()
            if generation is None:
                return
            yield generation


class _OuterSearch:
    """A search between two generations."""

    def __init__(self, problem: CodesignProblem, assessor: Assessor) -> None:
        self.problem, self.assessor = problem, assessor
        self.scenario = scenario = problem.scenario
        self.evolution = Evolution(
            scenario.search_space,
            population=scenario.population,
            seed=scenario.seed,
            constraints=RANKS,
            goal=scenario.goal,
            method=scenario.method,
            start=scenario.start_genes,
            routed=scenario.routing is not None,
        )
        self.index, self.evaluations, self.stalled = 0, 0, 0
        self.volume, self.seconds = 0.0, 0.0
        self.front: list[Candidate] = []
        self.best: Candidate | None = None
        self.closest: Candidate | None = None
        self.begun_with: Design | None = None  # the scenario's start, priced

    @property
    def over(self) -> bool:
        patience = self.scenario.patience
        converged = patience is not None and self.stalled >= patience
        return converged or self.index >= self.scenario.generations

    def step(self) -> Generation | None:
        """The next generation, or None when the operators find no new architecture."""
        begun = time.perf_counter()
        genes = self.evolution.ask(self.index + 1, models(self.front))
        if len(genes) == 0:
            return None
        chosen, wide = self._chosen(genes), self.evolution.wide
        fresh = self.assessor.assess(genes[chosen], self.evolution.feasible)
        self.evolution.tell(
            np.array([c.objectives for c in fresh]),
            np.array([c.excess for c in fresh]),
            chosen,
        )
        extra = self._trades(fresh, wide[chosen])
        if self.index == 0:
            extra += self._given([*fresh, *extra])
        self.index += 1
        self.evaluations += sum(c.evaluations for c in [*fresh, *extra])
        self._improve([*fresh, *extra])
        generation = self._generation(fresh, begun)
        self.seconds = generation.history.seconds
        return generation

    def _chosen(self, genes: Ints) -> Ints:
        """Rows of [N, 8] that are assessed in full: all, or the better half by mIoU as in
        Algorithm 1 (`Use a selection mechanism to identify architectures with optimal
        performance`), in the order they were asked for."""
        if self.scenario.method == "nsga2":
            return np.arange(len(genes))
        miou = measure(self.problem.accuracy, *parted(genes))[:, 0]
        half = max(2, -(-len(genes) // 2))
        best = np.argsort(-miou, kind="stable")[:half]
        start = self.scenario.start_genes if self.index == 0 else None
        if start is not None:
            best = np.union1d(best, np.flatnonzero((genes == np.array(start)).all(axis=1)))
        return np.sort(best)

    def _trades(self, fresh: Sequence[Candidate], wide: Bools) -> list[Candidate]:
        """New members of the front, and those bred for it, on other hardware. Neither Algorithm 1
        nor a robust search, which judges more than a chip's figures, has a front in this sense."""
        if self.scenario.method != "nsga2" or not self.problem.exact:
            return []
        front = {id(c) for c in merged(self.front, fresh)}
        chosen = (id(c) in front or (w and c.feasible) for c, w in zip(fresh, wide, strict=True))
        return self.assessor.trades(list(compress(fresh, chosen)))

    def _given(self, fresh: Sequence[Candidate]) -> list[Candidate]:
        """The start on the chip that it came with, where the search could have found that chip.

        On the chip that the search finds for its architecture it is among `fresh` already.
        """
        if self.scenario.start is None:
            return []
        self.begun_with = priced_start(self.scenario, self.problem.accuracy)
        if self.begun_with is None or self.begun_with.hardware is None:
            return []
        genes = self.scenario.start_genes
        same = [c for c in fresh if c.genes == genes]
        point = grid_point(self.problem.grid, self.begun_with.hardware)
        if point is None or not same or point in {c.point for c in same}:
            return []
        return self.assessor.rated([Placed(same[0].genes, same[0].miou, point, 1)])

    def restore(self, start: Generation) -> None:
        """Stand where the search stood after `start`."""
        state = start.state
        assert state is not None
        self.evolution.restore(state.evolution)
        self.index, self.evaluations = start.index, start.evaluations
        self.stalled, self.volume = state.stalled, state.hypervolume
        self.seconds = start.history.seconds
        self.assessor.swarm_s = start.history.swarm_seconds or 0.0
        self.front = self.assessor.rated(state.front)
        self.best, self.closest = (
            None if one is None else self.assessor.rated([one])[0]
            for one in (state.best, state.closest)
        )
        self.begun_with = start.start

    def _improve(self, fresh: Sequence[Candidate]) -> None:
        """Take in a generation: front, best, nearest, and whether anything became better."""
        key = ranking(self.scenario.goal)
        before = None if self.best is None else key(self.best)[0]
        self.front = merged(self.front, fresh)
        feasible = [c for c in fresh if c.feasible]
        best = min([*feasible, *_list(self.best)], key=key, default=None)
        if best is not None and best is not self.best:
            proven = self.assessor.proven(best)
            if proven is not best:
                self.front = merged(self.front, [proven])
            best = proven
        self.best = best
        self.closest = min([*_list(self.closest), *fresh], key=lambda c: c.excess)
        volume = max(self.volume, hypervolume(self.front, self.problem.largest))
        after = None if self.best is None else key(self.best)[0]
        better = volume > self.volume or after != before
        self.stalled = 0 if better else self.stalled + 1
        self.volume = volume

    def _generation(self, fresh: Sequence[Candidate], begun: float) -> Generation:
        design = self.assessor.design
        nearest = None
        if self.best is None and self.closest is not None:
            nearest = self.assessor.nearest(self.closest)
        priced = [c for c in fresh if c.point is not None and c.measured]
        history = HistoryRow(
            generation=self.index,
            evaluations=self.evaluations,
            best_objective=self._objective(),
            hypervolume=self.volume,
            feasible_share=sum(c.feasible for c in fresh) / len(fresh),
            seconds=self.seconds + time.perf_counter() - begun,
            swarm_seconds=self.assessor.swarm_s or None,
        )
        return Generation(
            index=self.index,
            evaluations=self.evaluations,
            best=None if self.best is None else design(self.best),
            front=tuple(design(c) for c in shown(self.front, self.best)),
            nearest=nearest,
            points=Points(
                miou=[c.plain[0] for c in priced],
                energy_uj=[c.plain[1] for c in priced],
                latency_us=[c.plain[2] for c in priced],
                feasible=[c.feasible for c in priced],
            ),
            history=history,
            limits=self.problem.limits,
            state=self._state(),
            start=self.begun_with,
        )

    def _objective(self) -> float | None:
        """mIoU (percent), energy (uJ) or latency (us) of the best, by the scenario's goal, as the
        search judges it."""
        if self.best is None:
            return None
        _, energy, latency = self.best.objectives
        own = {"performance": self.best.reached, "energy": energy, "latency": latency}
        return own[self.scenario.goal]

    def _state(self) -> SearchState:
        return SearchState(
            evolution=self.evolution.state(),
            stalled=self.stalled,
            hypervolume=self.volume,
            front=tuple(c.placed for c in self.front),
            best=None if self.best is None else self.best.placed,
            closest=None if self.closest is None else self.closest.placed,
        )


def _list(one: Candidate | None) -> list[Candidate]:
    return [] if one is None else [one]
