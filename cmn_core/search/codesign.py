"""The nested search: a generator of generations that knows none of its consumers.

Every generation is a function of the scenario and the state of the one before. Continuing from a
stored generation therefore gives what an uninterrupted search gives, bit for bit, on any number
of workers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from cmn_core.errors import FieldError
from cmn_core.search.accuracy import Accuracy
from cmn_core.search.assessment import Assessor, Candidate, ranking
from cmn_core.search.evolution import Evolution
from cmn_core.search.front import hypervolume, merged, shown
from cmn_core.search.generation import Generation
from cmn_core.search.limits import Reference, default_limits, limits_from, reference
from cmn_core.search.scenario import Limits, Scenario
from cmn_core.search.workers import pool

__all__ = ["Accuracy", "codesign", "default_limits", "result"]

RUN_SCHEMA = "cmn.run/1"
STATE_VERSION = 3  # another cost model, too, is another version


def codesign(
    scenario: Scenario,
    *,
    accuracy: Accuracy,
    start: Generation | None = None,
    workers: int = 1,
) -> Iterator[Generation]:
    """Generations of a search, from the first or from the one after `start`.

    accuracy: where mIoU comes from; workers: processes that share the hardware searches. Ends
    after scenario.generations, earlier when scenario.patience is set and nothing improves, or
    when no new architecture can be found. FieldError when `start` belongs to another version.
    """
    if start is not None and start.state.get("version") != STATE_VERSION:
        found = f"found {start.state.get('version')!r}"
        raise FieldError("start.state.version", found, f"this version continues {STATE_VERSION}")
    largest = reference(scenario, accuracy)
    limits = limits_from(scenario, largest)
    with pool(workers) as executor:
        assessor = Assessor(scenario, limits, accuracy, executor=executor, workers=workers)
        search = _Search(scenario, limits, largest, assessor)
        if start is not None:
            search.restore(start)
        while not search.over:
            generation = search.step()
            if generation is None:
                return
            yield generation


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
        fresh = self.assessor.assess(genes)
        self.evolution.tell(
            np.array([c.objectives for c in fresh]), np.array([[c.excess] for c in fresh])
        )
        self.index += 1
        self.evaluations += sum(c.evaluations for c in fresh)
        self._improve(fresh)
        generation = self._generation(fresh, begun)
        self.seconds = float(generation.history["seconds"])
        return generation

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
                "miou": [c.miou[0] for c in priced],
                "energy_uj": [c.objectives[1] for c in priced],
                "latency_us": [c.objectives[2] for c in priced],
                "feasible": [c.feasible for c in priced],
            },
            history=history,
            limits=self.limits.to_json(),
            state=self._state(),
        )

    def _objective(self) -> float | None:
        """mIoU (percent), energy (uJ) or latency (us) of the best, by the scenario's goal."""
        if self.best is None:
            return None
        _, energy, latency = self.best.objectives
        own = {"performance": self.best.miou[0], "energy": energy, "latency": latency}
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
