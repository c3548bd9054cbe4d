"""The search for hardware of given networks, one step after the other, each of a few seconds.

First the macros that each memory alone would want, then turns of blocks and macros, then each
network alone where several share the chip, then larger dies. A step is a value that is shown and
stored; the next one follows from it alone, so an interrupted search ends as any other.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cmn_core.cim.chip import SIMULATOR
from cmn_core.cim.technologies.technology import Knobs
from cmn_core.errors import FieldError
from cmn_core.models.assigning.answer import network_row, searched, sharing
from cmn_core.models.assigning.problem import ChipProblem
from cmn_core.models.assigning.search import (
    ROUNDS,
    SearchedChip,
    Turn,
    alone_macro,
    first_turn,
    larger_dies,
    next_turn,
    nothing_fits,
    on_larger_die,
)
from cmn_core.models.assigning.task import HardwareTask
from cmn_core.models.chip import BlockChoice, Chip
from cmn_core.models.layers import Model

RESULT = "cmn.chip/1"
STATE_VERSION = f"1, {SIMULATOR}"  # another cost model, too, is another version


@dataclass(frozen=True)
class ChipStep:
    """index: from 1; answer: a cmn.chip/1 of what is known so far, with a row of `history` per
    step; state: what the next step is computed from, empty where it is only to be looked at."""

    index: int
    answer: Mapping[str, Any]
    state: Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        """JSON object; `from_json` makes the same step of it."""
        return {
            "index": self.index,
            "answer": dict(self.answer),
            "history": self.answer["history"][-1],
            "state": dict(self.state),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ChipStep:
        """FieldError for a state of another version of the search."""
        version = data["state"].get("version", STATE_VERSION)
        if version != STATE_VERSION:
            found = f"found version {version}"
            allowed = f"this version goes on with {STATE_VERSION}; start the search again"
            raise FieldError("state", found, allowed)
        return cls(data["index"], data["answer"], data["state"])


def most_steps(task: HardwareTask, networks: int) -> int:
    """How many steps a search has at most."""
    alone = networks if networks > 1 else 0
    return len(task.memories) + ROUNDS + alone + len(larger_dies(task.limits))


def settings(task: HardwareTask, models: Sequence[Model]) -> dict[str, Any]:
    """The task as the run store keeps it, with what follows from the networks."""
    task.problem(models)
    return {
        **task.to_json(),
        "models": [model.name for model in models],
        "generations": most_steps(task, len(models)),
        "seed": 0,  # nothing is drawn at random
    }


def searched_hardware(task: HardwareTask, models: Sequence[Model]) -> dict[str, Any]:
    """JSON of the best chip: `best` as `model` answers, with memory and copies of each block.

    Several networks lie on it together, each with weights of its own; energy and latency of `best`
    are those of one inference of each. `networks` says what one costs there and on the chip that
    it alone would get within the same limits, `sharing` what that means on average. Where nothing
    keeps the limits, `feasible` is false and `why_not` says what can be had.
    """
    *_, last = steps(task, models)
    return dict(last.answer)


def steps(
    task: HardwareTask, models: Sequence[Model], start: ChipStep | None = None
) -> Iterator[ChipStep]:
    """The steps of the search, or those after `start`. FieldError for networks that it cannot be
    about."""
    search = _Search(task, models)
    step = search.blank if start is None else start
    while (what := search.todo(step)) is not None:
        begun = time.perf_counter()
        answer, state = search.done(step, what)
        seconds = answer["seconds"] + time.perf_counter() - begun
        row = {"step": step.index + 1, "what": what.words, **_reached(answer), "seconds": seconds}
        history = [*step.answer["history"], row]
        step = ChipStep(step.index + 1, {**answer, "history": history, "seconds": seconds}, state)
        yield step


@dataclass(frozen=True)
class _Todo:
    """A step: its kind, what it is about, and what it is called."""

    kind: str
    about: Any
    words: str


class _Search:
    """The steps of one search; everything that changes is in the step."""

    def __init__(self, task: HardwareTask, models: Sequence[Model]) -> None:
        self.task, self.models = task, models
        self.problem: ChipProblem = task.problem(models)
        self.dies = larger_dies(task.limits)

    @property
    def blank(self) -> ChipStep:
        """Before the first step."""
        limits = self.task.limits
        answer = {
            "schema": RESULT,
            "models": [model.name for model in self.models],
            "memory": self.task.memory,
            "objective": self.task.objective,
            "weights": list(self.task.weights),
            "limits": {
                name: None if np.isinf(value) else value
                for name, value in (
                    ("max_area_mm2", limits.area_mm2),
                    ("max_latency_us", limits.latency_us),
                    ("max_array_mb", limits.array_mb),
                    ("max_sigma_rel", limits.sigma_rel),
                )
            },
            "feasible": False,
            "why_not": "no chip was looked at yet",
            "proven": False,
            "best": None,
            "groups": [],
            "networks": [],
            "sharing": None,
            "larger_die": [],
            "history": [],
            "seconds": 0.0,
        }
        state: dict[str, Any] = {"version": STATE_VERSION, "alone": {}, "turn": None, "dies": 0}
        return ChipStep(0, answer, state)

    def todo(self, step: ChipStep) -> _Todo | None:
        """What comes after that step."""
        state, answer = step.state, step.answer
        for name in self.task.memories:
            if name not in state["alone"]:
                return _Todo("macro", name, f"{name.upper()} for everything")
        turn = state["turn"]
        if turn is None or not turn["settled"]:
            number = 1 if turn is None else turn["number"] + 1
            return _Todo("turn", number, f"blocks and macros, round {number}")
        if not answer["feasible"]:
            return None
        if len(self.models) > 1 and len(answer["networks"]) < len(self.models):
            number = len(answer["networks"]) + 1
            return _Todo("network", number, f"{self.models[number - 1].name} alone")
        if state["dies"] < len(self.dies):
            factor = self.dies[state["dies"]]
            return _Todo("die", factor, f"a die of {factor * self.task.limits.area_mm2:g} mm²")
        return None

    def done(self, step: ChipStep, what: _Todo) -> tuple[dict[str, Any], dict[str, Any]]:
        """Answer and state after it."""
        answer, state = dict(step.answer), dict(step.state)
        if what.kind == "macro":
            macro = alone_macro(self.problem, self.task.chip, what.about)
            state["alone"] = {**state["alone"], what.about: _numbers(macro)}
        elif what.kind == "turn":
            turn = self._turn(state)
            after = next_turn(self.problem, turn)
            state["turn"] = _turn_json(after)
            if after.best is None:
                answer["why_not"] = str(nothing_fits(self.problem, after.chip))
            elif turn.best is None or after.best.value != turn.best.value:
                answer |= searched(self.problem, after.best, self.task.parameters)
        elif what.kind == "network":
            chip = self._best(state).chip
            row = network_row(self.task, self.models, what.about, self.problem, chip)
            answer["networks"] = rows = [*answer["networks"], row]
            if len(rows) == len(self.models):
                answer["sharing"] = sharing(rows, answer["best"]["area_mm2"])
        else:
            die = on_larger_die(self.problem, self._best(state), what.about)
            answer["larger_die"] = [*answer["larger_die"], *([] if die is None else [die])]
            state["dies"] += 1
        return answer, state

    def _turn(self, state: Mapping[str, Any]) -> Turn:
        first = first_turn(self.problem, self.task.chip, state["alone"])
        known = state["turn"]
        if known is None:
            return first
        chip = replace(first.chip, macros=known["macros"])
        best = None if known["best"] is None else self._best(state)
        return Turn(chip, best, known["settled"], known["number"])

    def _best(self, state: Mapping[str, Any]) -> SearchedChip:
        known = state["turn"]["best"]
        blocks = {name: BlockChoice(*choice) for name, choice in known["blocks"].items()}
        bare = first_turn(self.problem, self.task.chip, known["macros"]).chip
        return SearchedChip(replace(bare, blocks=blocks), known["value"], known["proven"])


def _turn_json(turn: Turn) -> dict[str, Any]:
    best = turn.best
    return {
        "number": turn.number,
        "settled": turn.settled,
        "macros": _macros(turn.chip),
        "best": None
        if best is None
        else {
            "macros": _macros(best.chip),
            "blocks": {name: [c.memory, c.copies] for name, c in best.chip.blocks.items()},
            "value": best.value,
            "proven": best.proven,
        },
    }


def _macros(chip: Chip) -> dict[str, dict[str, float]]:
    return {name: _numbers(knobs) for name, knobs in chip.macros.items()}


def _numbers(knobs: Knobs) -> dict[str, float]:
    return {knob: float(np.asarray(value)) for knob, value in knobs.items()}


def _reached(answer: Mapping[str, Any]) -> dict[str, float | None]:
    """Costs of the best chip so far."""
    best = answer["best"]
    return {n: None if best is None else best[n] for n in ("energy_uj", "latency_us", "area_mm2")}
