"""A claimed run being worked on: each generation is stored before anybody sees it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Executor

from cmn_core.runs.lock import Claim
from cmn_core.runs.store.record import outcome
from cmn_core.runs.store.store import Store, Wish
from cmn_core.runs.workers.accuracy import SupernetAccuracy, accuracy_of
from cmn_core.search.accuracy import Accuracy
from cmn_core.search.codesign import codesign
from cmn_core.search.generation import Generation
from cmn_core.search.scenario import Scenario


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
) -> Iterator[Generation]:
    """Carry the run on from its last stored generation until it ends or is asked to stop.

    accuracy: as the run's scenario names it, when left out; workers, executor: who shares the work
    of a generation, see codesign; turn_s: how long it works before it gives way to the searches of
    others that wait, after a generation; None never does.
    When the iterator is exhausted the run is done, cancelled, paused or queued in the store. Left
    early, or by an exception, it stays as its last generation left it, and can be resumed.
    """
    run_id = claim.run_id
    scenario = Scenario.from_json(store.get(run_id).scenario)
    source = accuracy_of(scenario, store.path) if accuracy is None else accuracy
    start = last = store.checkpoint(run_id)
    wish: Wish = "run"

    def obey() -> None:
        asked = store.wish(run_id)
        if asked != "run":
            raise _Asked(asked)

    if isinstance(source, SupernetAccuracy):
        source.between = obey  # one network takes seconds there
    begun = clock = time.perf_counter()
    try:
        steps = codesign(
            scenario,
            accuracy=source,
            start=start,
            workers=workers,
            executor=executor,
            between=obey,
        )
        for last in steps:
            now = time.perf_counter()
            store.append(run_id, last, seconds=now - clock)
            clock = now
            yield last
            obey()
            late = turn_s is not None and time.perf_counter() - begun >= turn_s
            if late and last.index < scenario.generations and store.give_way(run_id):
                return
    except _Asked as asked:
        wish = asked.wish
    if wish == "pause":
        store.lay_down(run_id)
        return
    result = outcome(store.get(run_id), store.history(run_id), last)
    store.finish(run_id, result, state="cancelled" if wish == "cancel" else "done")
