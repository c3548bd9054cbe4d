"""A claimed run being worked on: each generation is stored before anybody sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from cmn_core.runs.lock import Claim
from cmn_core.runs.store.reading import Wish
from cmn_core.runs.store.record import CHIP
from cmn_core.runs.store.store import Store
from cmn_core.runs.workers.accuracy import SupernetAccuracy, accuracy_of
from cmn_core.search.accuracy import Accuracy
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.scenario import Scenario

if TYPE_CHECKING:
    from cmn_core.models.assigning.steps import ChipStep


class _Asked(Exception):
    """Somebody wishes that the run stops."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish


def work(
    store: Store,
    claim: Claim,
    *,
    accuracy: Accuracy | None = None,
    workers: int = 1,
    executor: Executor | None = None,
    turn_s: float | None = None,
) -> Iterator[Generation | ChipStep]:
    """Carry the run on from its last stored generation until it ends or is asked to stop.

    accuracy: as the run's scenario names it, when left out; workers, executor: who shares the work
    of a generation, see codesign; turn_s: how long it works before it gives way to the searches of
    others that wait, after a generation; None never does.
    When the iterator is exhausted the run is done, cancelled, paused or queued in the store. Left
    early, or by an exception, it stays as its last generation left it, and can be resumed.
    """
    run_id = claim.run_id
    row = store.get(run_id)
    wish: Wish = "run"

    def obey() -> None:
        asked = store.wish(run_id)
        if asked != "run":
            raise _Asked(asked)

    found: Iterator[Generation | ChipStep]
    if row.kind == CHIP:
        found = _of_chip(store, run_id)
    else:
        found = _of_network(store, run_id, obey, accuracy, workers, executor)
    begun = clock = time.perf_counter()
    try:
        for last in found:
            now = time.perf_counter()
            store.append(run_id, last, seconds=now - clock)
            clock = now
            yield last
            obey()
            late = turn_s is not None and time.perf_counter() - begun >= turn_s
            if late and last.index < row.generations and store.give_way(run_id):
                return
    except _Asked as asked:
        wish = asked.wish
    if wish == "pause":
        store.lay_down(run_id)
        return
    result = store.outcome(store.get(run_id))
    store.finish(run_id, result, state="cancelled" if wish == "cancel" else "done")


def _of_network(
    store: Store,
    run_id: str,
    obey: Callable[[], None],
    accuracy: Accuracy | None,
    workers: int,
    executor: Executor | None,
) -> Iterator[Generation]:
    """Generations of networks with their chips, after the last that is stored."""
    scenario = Scenario.from_json(store.get(run_id).scenario)
    source = accuracy_of(scenario, store.path) if accuracy is None else accuracy
    if isinstance(source, SupernetAccuracy):
        source.between = obey  # one network takes seconds there
    start = store.checkpoint(run_id)
    return codesign(
        scenario,
        accuracy=source,
        start=start,
        workers=workers,
        executor=executor,
        between=obey,
    )


def _of_chip(store: Store, run_id: str) -> Iterator[ChipStep]:
    """Steps of the search for the chip of given networks, after the last that is stored."""
    from cmn_core.models.assigning.steps import steps  # of no use to other searches
    from cmn_core.models.assigning.task import HardwareTask
    from cmn_core.models.file import parse_model

    task = HardwareTask.from_json(store.get(run_id).scenario)
    networks = [parse_model(data) for data in store.networks(run_id)]
    return steps(task, networks, store.chip_step(run_id, whole=True))
