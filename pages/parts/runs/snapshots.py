"""What is known of a run at one generation: its designs, points, limits and history.

From the store, where a generation never changes, or from the examples that ship.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from cmn_core.design import Design
from cmn_core.runs.home import home_dir
from cmn_core.runs.store.examples import example_name, load_examples
from cmn_core.runs.store.store import Store
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import HistoryRow, Nearest, Points
from pages.parts.common.cache import Shared

if TYPE_CHECKING:
    from pages.parts.runs.run_view import Run

EXAMPLE = "example:"
_SNAPSHOTS: Shared[Snapshot] = Shared(200)
_DESIGNS: Shared[list[Design]] = Shared(40)


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """What is known of a run at one generation: designs, the architectures priced in it, limits in
    force and history so far; start where the search began with a design."""

    best: Design | None = None
    front: Sequence[Design] = ()
    nearest: Nearest | None = None
    points: Points | None = None
    limits: Limits | None = None
    history: Sequence[HistoryRow] = ()
    start: Design | None = None

    @property
    def columns(self) -> Mapping[str, Any] | None:
        """The points as columns of a table."""
        return None if self.points is None else vars(self.points)

    @property
    def ceilings(self) -> dict[str, float | None]:
        """The limits by name; none before the first generation."""
        return {} if self.limits is None else self.limits.to_json()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The history as rows of a table."""
        return [row.to_json() for row in self.history]


def snapshot(run: Run) -> Snapshot:
    """What is known of a run at its newest generation. Cached: a generation never changes."""
    if run.example:
        return _example_snapshot(_name(run))
    key = (str(home_dir()), run.run_id, run.generation)
    return _SNAPSHOTS.get(key, lambda: _stored_snapshot(run.run_id, run.generation))


def all_designs(run: Run) -> list[Design]:
    """Every different design that the run kept: the best and the front of each generation."""
    if run.example:
        example = shipped()[_name(run)]
        best = [_design(generation["best"]) for generation in example["generations"]]
        return list(dict.fromkeys([*(d for d in best if d), *snapshot(run).front]))
    key = (str(home_dir()), run.run_id, run.generation, "designs")
    return _DESIGNS.get(key, lambda: _all_designs(run))


def _all_designs(run: Run) -> list[Design]:
    store, found = Store(), dict[Design, None]()
    for number in range(1, run.generation + 1):
        if (one := store.generation(run.run_id, number)) is not None:
            found |= dict.fromkeys([*([one.best] if one.best else []), *one.front])
    return list(found)


def example_generation(run: Run, number: int) -> Snapshot:
    """Best design, points and limits of one recorded generation of a shipped run, from 1."""
    example = shipped()[_name(run)]
    generation = example["generations"][number - 1]
    return Snapshot(
        best=_design(generation["best"]),
        points=_points(generation),
        limits=Limits.from_json(example["run"]["limits"]),
    )


def first_points(run: Run) -> Mapping[str, Any] | None:
    """Designs of the first generation, which spread widest, as columns of a table."""
    if run.example:
        return _first_example_points(_name(run))
    return _first_points(str(home_dir()), run.run_id)


# Shared without copies: what these return is only read.
@st.cache_resource(max_entries=1, show_spinner=False)
def shipped() -> dict[str, dict[str, Any]]:
    return {example_name(example): example for example in load_examples()}


@st.cache_resource(max_entries=20, show_spinner=False)
def _example_snapshot(name: str) -> Snapshot:
    example = shipped()[name]
    run, last = example["run"], example["generations"][-1]
    return Snapshot(
        best=_design(run["best"]),
        front=[Design.from_stored(design) for design in run["front"]],
        nearest=None if run.get("nearest") is None else Nearest.from_json(run["nearest"]),
        points=_points(last),
        limits=Limits.from_json(run["limits"]),
        history=[HistoryRow.from_json(row) for row in run["history"]],
    )


def _stored_snapshot(run_id: str, generation: int) -> Snapshot:
    store = Store()
    found = store.latest(run_id) if generation else None
    if found is None:
        return Snapshot()
    return Snapshot(
        best=found.best,
        front=found.front,
        nearest=found.nearest,
        points=found.points,
        limits=found.limits,
        history=store.history(run_id),
        start=found.start,
    )


@st.cache_resource(max_entries=20, show_spinner=False)
def _first_example_points(name: str) -> Mapping[str, Any] | None:
    points: Mapping[str, Any] | None = shipped()[name]["generations"][0].get("points")
    return points


@st.cache_resource(max_entries=100, show_spinner=False)
def _first_points(home: str, run_id: str) -> Mapping[str, Any] | None:
    found = Store().generation(run_id, 1)
    return vars(found.points) if found else None


def _design(data: Mapping[str, Any] | None) -> Design | None:
    return None if data is None else Design.from_stored(data)


def _points(generation: Mapping[str, Any]) -> Points | None:
    points = generation.get("points")
    return None if points is None else Points.from_json(points)


def _name(run: Run) -> str:
    """Of an example among those that ship."""
    return run.run_id.removeprefix(EXAMPLE)
