"""The run store as the pages see it: runs to show, and what a visitor wishes of them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from cmn_core.errors import FieldError
from cmn_core.quantities import LIMITS
from cmn_core.runs.home import StoreError, home_dir, told
from cmn_core.runs.store.accuracy_tables import AccuracyTables
from cmn_core.runs.store.record import CHIP, CODESIGN, RunRow, utc
from cmn_core.runs.store.steering import steer
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.launch import top_up
from cmn_core.search.scenario import Scenario
from pages.parts.common.cache import Brief
from pages.parts.common.visitor import holds_keys, keys_for, may_see, personal, visitor
from pages.parts.runs.snapshots import EXAMPLE, shipped

ACTIVE = ("queued", "running")
STARTED = "started_here"  # runs of this visitor, who waits for the first picture
KEYS_REACH = 1000  # newest runs among which a teacher's are looked for
EARLY = 3  # generations during which the page looks more often
GLANCE_S = 1.0
EFFORTS = ("population", "generations", "particles", "iterations")
# What may differ among runs of Table B1: who asked and how long, and how the answer is found.
_FREE = (*EFFORTS, "seed", "scenario", "memory", "patience", "inner", "method", "start")
_TROUBLE = "trouble_with_wish"
_GLANCES: Brief[Run] = Brief(100, GLANCE_S)  # searches well under way


@dataclass(frozen=True)
class Run:
    """One run as a page shows it, from the store or shipped as an example.

    generation: newest one stored; 0 while there is none; row: None for an example
    """

    run_id: str
    goal: str
    memory: str
    state: str
    seed: int
    generation: int
    generations: int
    label: str
    batch: str | None
    date: str
    settings: dict[str, Any]
    error: str | None = None
    wish: str = "run"
    row: RunRow | None = None

    @property
    def example(self) -> bool:
        return self.run_id.startswith(EXAMPLE)

    @property
    def chip(self) -> bool:
        """Whether it searches the chip of given networks, which the page Hardware shows."""
        return self.row is not None and self.row.kind == CHIP

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def share(self) -> float:
        """How much of it is done, 0 to 1; one that ended early is done."""
        if self.state == "done":
            return 1.0
        return min(1.0, self.generation / max(1, self.generations))

    @property
    def resumable(self) -> bool:
        """Whether it can be taken up again; a failed run only from a stored generation."""
        return not self.example and self.state in ("paused", "interrupted", "cancelled", "failed")


def open_store() -> Store:
    return Store()


def mine(run: Run) -> bool:
    """Whether this visitor queued it. Who sits at the machine may see and steer more than that."""
    return run.row is not None and run.row.owner == visitor().owner


def queue_place(run: Run) -> tuple[int, int] | None:
    """Its place among the queued runs, from 1, and how many these are; None where it is none."""
    waiting = open_store().waiting()
    return (waiting.index(run.run_id) + 1, len(waiting)) if run.run_id in waiting else None


def settled(runs: Sequence[Run]) -> list[Run]:
    """What a page shows unasked: the visitor's own finished runs on the paper's data set and the
    smallest network, then the shipped examples. Somebody else's run, one still at work, and one on
    an own table of accuracy is shown where it was asked for.
    """
    own = [run for run in runs if run.state == "done" and mine(run) and usual(run)]
    return [*own, *example_runs()]


def usual(run: Run) -> bool:
    """Whether it stands on the data set, the network and the tables that Table B1 stands on."""
    return comparable(run) and not unusual(run)


def unusual(run: Run) -> dict[str, str]:
    """Data set and network of the run, where they are not those of Table B1."""
    plain = Scenario()
    known = {"dataset": plain.dataset, "space": plain.space}
    found = {name: str(run.settings.get(name, value)) for name, value in known.items()}
    return {name: value for name, value in found.items() if value != known[name]}


def own_terms(run: Run) -> str:
    """What keeps a run from standing in Table B1 beside the paper: limits or conditions of its own,
    or less effort than a default search; empty for one that may."""
    asked = {name: value for name, value in run.settings.items() if name not in _FREE}
    usual, paper = (
        made(goal=run.goal, memory=run.memory).to_json() for made in (Scenario, Scenario.of_paper)
    )
    less = [name for name in EFFORTS if run.settings.get(name, usual[name]) < usual[name]]
    found = [f"{name} {run.settings[name]}" for name in less]
    if all(any(asked[n] != known.get(n) for n in asked) for known in (usual, paper)):
        limits = [n for n in LIMITS if n in asked and asked[n] not in (usual.get(n), paper.get(n))]
        found += [LIMITS[name].quantity.word for name in limits] or ["conditions"]
    return f"terms of its own: {', '.join(found)}" if found else ""


def comparable(run: Run) -> bool:
    """Whether its mIoU stands on the tables that ship, as that of other pages does."""
    return run.settings.get("accuracy_table") is None


def warm_up() -> None:
    """Start workers while runs wait, and one to spare. A store that is broken shows on the page."""
    try:
        top_up(home_dir())
    except (StoreError, OSError):
        return


def start(scenarios: Sequence[Scenario], *, label: str | None = None) -> list[str]:
    """Queue searches; several share a batch. Their run ids in order.

    FieldError for one that names a file: what comes from a browser opens no file of the server.
    """
    for scenario in scenarios:
        if scenario.data is not None or scenario.weights is not None:
            raise FieldError("data", "a file is named", "only the command line reads files")
    store = open_store()
    for digest, space in {(s.accuracy_table, s.space) for s in scenarios if s.accuracy_table}:
        if not AccuracyTables(store.path).owned(str(digest), space, visitor().owner):
            found = f"table {str(digest)[:12]} is not one of yours"
            raise FieldError("accuracy_table", found, "hand it in on Models first")
    batch = secrets.token_urlsafe(16) if len(scenarios) > 1 else None
    wanted = [scenario.to_json() for scenario in scenarios]
    ids = store.create_all(wanted, batch=batch, label=label, visitor=visitor())
    top_up(store.home)
    return ids


def ask(run_id: str, wish: Any) -> None:
    """Set the wish of a run: run, pause or cancel. What goes wrong is shown by `trouble`."""
    _GLANCES.drop((str(home_dir()), run_id))
    try:
        store = open_store()
        if personal():
            store.request(run_id, wish)
        else:
            steer(store, run_id, wish, keys_for(run_id))
        if wish == "run":
            top_up(store.home)
    except (StoreError, FieldError) as error:
        st.session_state[_TROUBLE] = told(error)


def trouble() -> str | None:
    """Why the last wish could not be set, told once."""
    found: str | None = st.session_state.pop(_TROUBLE, None)
    return found


def find_run(run_id: str) -> Run | None:
    """The run of that id, or None when neither the store nor the examples know it."""
    if run_id.startswith(EXAMPLE):
        return next((run for run in example_runs() if run.run_id == run_id), None)
    try:
        run = _from_row(open_store().get(run_id))
    except FieldError:
        return None
    key = str(home_dir()), run_id
    known = _GLANCES.get(key)
    if run.state != "running" or run.generation < EARLY or run.wish != "run":
        _GLANCES.drop(key)
    elif known is None or known.wish != run.wish:
        _GLANCES.put(key, run)
    return run


def watched(run_id: str) -> Run | None:
    """As `find_run`, for what redraws itself: a search at work looks the same to everybody for a
    second, so that its pictures are made once a second at most, however fast it is."""
    return _GLANCES.get((str(home_dir()), run_id)) or find_run(run_id)


def stored_runs(limit: int = 200, *, batch: str | None = None, kind: str = CODESIGN) -> list[Run]:
    """Newest first: all of them for who sits at the machine, else those of the visitor and those
    that their keys can stop. batch: all of that batch, for whoever knows its name; kind: searches
    for networks with their chips, or for chips of given networks (`runs.store.record`)."""
    store = open_store()
    if personal() or batch is not None:
        rows = store.list_runs(batch=batch, kind=kind, limit=limit)
    elif holds_keys():
        known = store.list_runs(kind=kind, limit=KEYS_REACH)
        rows = [row for row in known if may_see(row)][:limit]
    else:
        rows = store.list_runs(owner=visitor().owner, kind=kind, limit=limit)
    return [_from_row(row) for row in rows]


def example_runs() -> list[Run]:
    """The shipped runs, which look like finished ones."""
    runs = []
    for name, example in shipped().items():
        result, settings = example["run"], example["settings"]
        runs.append(
            Run(
                run_id=EXAMPLE + name,
                goal=result["scenario"],
                memory=result["memory"],
                state="done",
                seed=result["seed"],
                generation=len(example["generations"]),
                generations=settings["generations"],
                label=example.get("label") or "",
                batch=None,
                date=example["made"],
                settings=settings,
            )
        )
    return runs


def _from_row(row: RunRow) -> Run:
    return Run(
        run_id=row.run_id,
        goal=row.goal,
        memory=row.memory,
        state=row.state,
        seed=row.seed,
        generation=row.generation,
        generations=row.generations,
        label=row.label or "",
        batch=row.batch,
        date=utc(row.created)[:16].replace("T", " "),
        settings=row.scenario,
        error=row.error,
        wish=row.wish,
        row=row,
    )
