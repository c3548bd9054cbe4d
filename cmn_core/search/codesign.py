"""The nested search: a generator of generations that knows none of its consumers.

Every generation is a function of the scenario and the state of the one before. Continuing from a
stored generation therefore gives what an uninterrupted search gives, bit for bit, on any number
of workers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cmn_core.architecture import BLOCKS
from cmn_core.errors import FieldError
from cmn_core.search.accuracy import Accuracy, measure, predicted
from cmn_core.search.assessment import Assessor, Candidate, ranking
from cmn_core.search.evolution import Evolution
from cmn_core.search.front import hypervolume, merged, shown
from cmn_core.search.generation import Generation
from cmn_core.search.limits import Reference, default_limits, limits_from, reference
from cmn_core.search.scenario import Limits, Scenario
from cmn_core.search.spread import spread
from cmn_core.search.workers import pool

Ints = NDArray[np.int64]

__all__ = ["Accuracy", "codesign", "continues", "default_limits", "result"]

RUN_SCHEMA = "cmn.run/1"
STATE_VERSION = 4  # another cost model, too, is another version


def codesign(
    scenario: Scenario | str,
    *,
    seed: int | None = None,
    accuracy: Accuracy | None = None,
    start: Generation | None = None,
    workers: int = 1,
    executor: Executor | str | None = None,
) -> Iterator[Generation]:
    """Generations of a search, from the first or from the one after `start`.

    scenario: or the name of its goal, the rest as by default; seed: instead of the scenario's;
    accuracy: where mIoU comes from, the shipped predictor when left out; workers: processes of
    this machine that share the work; executor: what shares it instead, an Executor or the address
    of a cluster (`dask://host:port`). Ends after scenario.generations, earlier when
    scenario.patience is set and nothing improves, or when no new architecture can be found.
    FieldError when `start` belongs to another version; LostWorkersError when all who share the
    work have gone.
    """
    scenario = Scenario(goal=scenario) if isinstance(scenario, str) else scenario
    scenario = scenario if seed is None else replace(scenario, seed=seed)
    if start is not None:
        continues(start)
    with pool(workers, executor) as shared:
        source = spread(default_accuracy(scenario) if accuracy is None else accuracy, shared)
        largest = reference(scenario, source)
        limits = limits_from(scenario, largest)
        assessor = Assessor(scenario, limits, source, executor=shared)
        search = _Search(scenario, limits, largest, assessor)
        if start is not None:
            search.restore(start)
        while not search.over:
            generation = search.step()
            if generation is None:
                return
            yield generation


def continues(start: Generation) -> None:
    """FieldError when this version of the search cannot go on from there."""
    version = start.state.get("version")
    if version != STATE_VERSION:
        raise FieldError(
            "run",
            f"it was made by version {version} of the search",
            f"this program continues version {STATE_VERSION}; start the search anew",
        )


def default_accuracy(scenario: Scenario) -> Accuracy:
    """The shipped predictor; FieldError where the scenario asks for another source."""
    if scenario.accuracy != "predictor":
        raise FieldError(
            "accuracy",
            f"the scenario asks for {scenario.accuracy}",
            "hand in accuracy=cmn_core.runs.accuracy.accuracy_of(scenario)",
        )
    return predicted(scenario)


class _Search:
    """A search between two generations."""

    def __init__(
        self, scenario: Scenario, limits: Limits, largest: Reference, assessor: Assessor
    ) -> None:
        self.scenario, self.limits, self.largest = scenario, limits, largest
        self.assessor = assessor
        self.evolution = Evolution(
            scenario.search_space,
            population=scenario.population,
            seed=scenario.seed,
            constraints=1,
            goal=scenario.goal,
            method=scenario.method,
        )
        self.index, self.evaluations, self.stalled = 0, 0, 0
        self.volume, self.seconds = 0.0, 0.0
        self.front: list[Candidate] = []
        self.best: Candidate | None = None
        self.closest: Candidate | None = None

    @property
    def over(self) -> bool:
        patience = self.scenario.patience
        converged = patience is not None and self.stalled >= patience
        return converged or self.index >= self.scenario.generations

    def step(self) -> Generation | None:
        """The next generation, or None when the operators find no new architecture."""
        begun = time.perf_counter()
        genes = self.evolution.ask(self.index + 1)
        if len(genes) == 0:
            return None
        chosen = self._chosen(genes)
        fresh = self.assessor.assess(genes[chosen])
        self.evolution.tell(
            np.array([c.objectives for c in fresh]),
            np.array([[c.excess] for c in fresh]),
            chosen,
        )
        extra = self._trades(fresh)
        self.index += 1
        self.evaluations += sum(c.evaluations for c in [*fresh, *extra])
        self._improve([*fresh, *extra])
        generation = self._generation(fresh, begun)
        self.seconds = float(generation.history["seconds"])
        return generation

    def _chosen(self, genes: Ints) -> Ints:
        """Rows of [N, 8] that are assessed in full: all, or the better half by mIoU as in
        Algorithm 1 (`Use a selection mechanism to identify architectures with optimal
        performance`), in the order they were asked for."""
        if self.scenario.method == "nsga2":
            return np.arange(len(genes))
        miou = measure(self.assessor.accuracy, genes[:, :BLOCKS], genes[:, BLOCKS:])[:, 0]
        half = max(2, -(-len(genes) // 2))
        return np.sort(np.argsort(-miou, kind="stable")[:half])

    def _trades(self, fresh: Sequence[Candidate]) -> list[Candidate]:
        """New members of the front on other hardware. Neither Algorithm 1 nor a robust search,
        which judges more than a chip's figures, has a front in this sense."""
        if self.scenario.method != "nsga2" or self.assessor.judgement is not None:
            return []
        front = {id(c) for c in merged(self.front, fresh)}
        return self.assessor.trades([c for c in fresh if id(c) in front])

    def restore(self, start: Generation) -> None:
        """Stand where the search stood after `start`."""
        state = start.state
        self.evolution.restore(state["evolution"])
        self.index, self.evaluations = start.index, start.evaluations
        self.stalled, self.volume = state["stalled"], state["hypervolume"]
        self.seconds = float(start.history["seconds"])
        self.front = self.assessor.restore(state["front"])
        self.best = _only(self.assessor.restore(state["best"]))
        self.closest = _only(self.assessor.restore(state["closest"]))

    def _improve(self, fresh: Sequence[Candidate]) -> None:
        """Take in a generation: front, best, nearest, and whether anything became better."""
        key = ranking(self.scenario.goal)
        before = None if self.best is None else key(self.best)[0]
        self.front = merged(self.front, fresh)
        feasible = [c for c in fresh if c.feasible]
        self.best = min([*feasible, *_list(self.best)], key=key, default=None)
        self.closest = min([*_list(self.closest), *fresh], key=lambda c: c.excess)
        volume = max(self.volume, hypervolume(self.front, self.largest))
        after = None if self.best is None else key(self.best)[0]
        better = volume > self.volume or after != before
        self.stalled = 0 if better else self.stalled + 1
        self.volume = volume

    def _generation(self, fresh: Sequence[Candidate], begun: float) -> Generation:
        design = self.assessor.design
        nearest = None
        if self.best is None and self.closest is not None:
            nearest = self.assessor.nearest(self.closest)
        priced = [c for c in fresh if c.point is not None]
        history = {
            "generation": self.index,
            "evaluations": self.evaluations,
            "best_objective": self._objective(),
            "hypervolume": self.volume,
            "feasible_share": sum(c.feasible for c in fresh) / len(fresh),
            "seconds": self.seconds + time.perf_counter() - begun,
        }
        return Generation(
            index=self.index,
            evaluations=self.evaluations,
            best=None if self.best is None else design(self.best),
            front=[design(c) for c in shown(self.front, self.best)],
            nearest=nearest,
            points={
                "miou": [c.plain[0] for c in priced],
                "energy_uj": [c.plain[1] for c in priced],
                "latency_us": [c.plain[2] for c in priced],
                "feasible": [c.feasible for c in priced],
            },
            history=history,
            limits=self.limits.to_json(),
            state=self._state(),
        )

    def _objective(self) -> float | None:
        """mIoU (percent), energy (uJ) or latency (us) of the best, by the scenario's goal, as the
        search judges it."""
        if self.best is None:
            return None
        _, energy, latency = self.best.objectives
        own = {"performance": self.best.reached, "energy": energy, "latency": latency}
        return own[self.scenario.goal]

    def _state(self) -> dict[str, Any]:
        return {
            "version": STATE_VERSION,
            "evolution": self.evolution.state(),
            "stalled": self.stalled,
            "hypervolume": self.volume,
            "front": [c.to_json() for c in self.front],
            "best": [c.to_json() for c in _list(self.best)],
            "closest": [c.to_json() for c in _list(self.closest)],
        }


def result(
    run_id: str,
    scenario: Scenario,
    limits: Limits,
    history: Sequence[dict[str, Any]],
    last: Generation | None,
    seconds: float,
) -> dict[str, Any]:
    """The result of a search as `cmn.run/1`: history rows of all generations, the last in full."""
    return {
        "schema": RUN_SCHEMA,
        "run_id": run_id,
        "scenario": scenario.goal,
        "memory": scenario.memory,
        "seed": scenario.seed,
        "limits": limits.to_json(),
        "seconds": seconds,
        "feasible": last is not None and last.feasible,
        "best": None if last is None else last.best,
        "front": [] if last is None else last.front,
        "nearest": None if last is None else last.nearest,
        "history": list(history),
        "settings": scenario.to_json(),
    }


def _list(candidate: Candidate | None) -> list[Candidate]:
    return [] if candidate is None else [candidate]


def _only(candidates: Sequence[Candidate]) -> Candidate | None:
    return candidates[0] if candidates else None
