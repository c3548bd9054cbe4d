"""How the app holds up while a class watches a search that runs on the same machine.

Run: python benchmarks/ui_load.py [--sessions N] [--seconds S] [--queued N] [--no-browser]

The app is started as for a visitor, with an empty store. One search runs (as long as this takes),
others wait behind it. The sessions watch it on the Search page; each speaks Streamlit's own
protocol over a WebSocket, ticks as a browser does and keeps what a browser caches. Where Chromium
and playwright are there, one real browser moves a slider of Explore and loads pages with an empty
cache. A third visitor, without a browser, moves the same slider: its times are the server's share.

What it is at is told on stderr, the table on stdout. It takes about a minute and a half longer than
the seconds asked for; on a busy machine the searches, which run at low priority, can take longer.

A gap is the time between two complete redraws of one session; an age is the time from the moment
a generation is stored until a session has it all. "At rest": the whole page has been redrawn.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from load.browser import Explorer, available, chromium, cold_load
from load.server import Server, busy_cores
from load.session import Session, ages, gaps

from cmn_core.runs.home import prepare, store_path
from cmn_core.runs.store.schema import opened
from cmn_core.runs.store.store import Store
from cmn_core.search.scenario import Scenario

LONG = 1000  # generations: more than this measurement has time for
SETTLE_S = 5.0
PAUSE_S = 1.5  # between two moves of a slider
HEALTH_S = 0.5
CHART = '[data-testid="stVegaLiteChart"] svg'
Row = tuple[str, str, str, str]


@dataclass
class Seen:
    """What was measured, in seconds unless named otherwise."""

    start_health: float = 0.0
    start_page: float = 0.0
    idle_load: list[float] = field(default_factory=list)
    busy_load: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    slider: list[tuple[float, float]] = field(default_factory=list)
    server: list[tuple[float, float]] = field(default_factory=list)
    gaps: list[float] = field(default_factory=list)
    ages: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    cpu: float = 0.0  # of one core
    cores: float = 0.0  # share of the usable cores that was at work
    memory_mb: tuple[float, float] = (0.0, 0.0)
    generations: int = 0
    received_mb_s: float = 0.0
    queued: int = 0
    next_search: float = 0.0


def tell(begun: float, what: str) -> None:
    """Say on stderr how far the measurement is."""
    print(f"{time.monotonic() - begun:6.1f} s  {what}", file=sys.stderr, flush=True)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


async def measure(asked: argparse.Namespace, home: Path) -> Seen:
    seen = Seen()
    task = asyncio.current_task()
    if task is not None:  # ended from outside, it still ends what it started
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    if asked.no_browser:
        return await _measure(asked, home, None, seen)
    async with chromium() as browser:
        return await _measure(asked, home, browser, seen)


async def _measure(asked: argparse.Namespace, home: Path, browser: Any, seen: Seen) -> Seen:
    begun = time.monotonic()
    server = Server(home)
    try:
        tell(begun, "the app starts")
        await asyncio.to_thread(server.wait)
        seen.start_health = time.monotonic() - begun
        if browser is None:
            first = Session(server.stream, "")
            await first.open()
            await first.close()
        else:
            await cold_load(browser, server.address, "h1")
        seen.start_page = time.monotonic() - begun
        tell(begun, "first page; searches are queued")
        store, running = _searches(home, asked.queued)
        seen.queued = asked.queued  # not counted: how many a worker has taken by now is chance
        await _under_load(asked, server, browser, store, running, seen, begun)
        tell(begun, "the running search is cancelled, the next one comes")
        seen.next_search = await _turn_over(store, running)
        tell(begun, "done")
    finally:
        await asyncio.to_thread(server.stop)
    return seen


def _searches(home: Path, queued: int) -> tuple[Store, str]:
    """A search of the default effort that will not end by itself, and those behind it."""
    store = Store(store_path(prepare(home)))
    running = store.create(Scenario(goal="energy", memory="rram", generations=LONG).to_json())
    for seed in range(1, queued):
        store.create(Scenario(goal="latency", memory="sram", seed=seed).to_json())
    return store, running


async def _under_load(
    asked: argparse.Namespace,
    server: Server,
    browser: Any,
    store: Store,
    running: str,
    seen: Seen,
    begun: float,
) -> None:
    sessions = [Session(server.stream, "search", f"run={running}") for _ in range(asked.sessions)]
    seen.opened.append(await sessions[0].open())  # which calls for a worker
    await _until(lambda: store.get(running).generation > 0, 180.0)
    tell(begun, "the search has its first generation")
    if browser is not None:
        address = f"{server.address}/search?run={running}"
        seen.idle_load = [await cold_load(browser, address, CHART) for _ in range(asked.loads)]
    tell(begun, f"{asked.sessions} sessions open the page at once")
    memory = server.memory_mb()
    seen.opened += await asyncio.gather(*(s.open() for s in sessions[1:]))
    explorer = None if browser is None else await Explorer.open(browser, server.address, running)
    moving = Session(server.stream, "explore", f"run={running}")
    await moving.open()
    await asyncio.sleep(min(SETTLE_S, asked.seconds))
    tell(begun, f"measuring for {asked.seconds:g} s")
    since, cpu, cores = time.monotonic(), server.cpu_s(), busy_cores()
    received, first = sum(s.received for s in sessions), store.get(running).generation
    until = since + asked.seconds
    await asyncio.gather(
        _move(moving, until, seen.server),
        _health(server, until, seen.health),
        *([] if explorer is None else [_press(explorer, until, seen.slider)]),
        asyncio.sleep(asked.seconds),
    )
    now = time.monotonic()
    seen.cpu = (server.cpu_s() - cpu) / (now - since)
    at_work, idle = (b - a for a, b in zip(cores, busy_cores(), strict=True))
    seen.cores = at_work / (at_work + idle)
    seen.received_mb_s = (sum(s.received for s in sessions) - received) / 1e6 / (now - since)
    seen.memory_mb = memory, server.memory_mb()
    seen.gaps = [gap for s in sessions for gap in gaps(s, since, now)]
    seen.generations = store.get(running).generation - first
    seen.ages = ages(sessions, _stored(store, running), since)
    tell(begun, f"{seen.generations} generations, {seen.cpu:.2f} cores for the app")
    if browser is not None:
        seen.busy_load = [await cold_load(browser, address, CHART) for _ in range(asked.loads)]
    await asyncio.gather(*(session.close() for session in [*sessions, moving]))


async def _press(explorer: Explorer, until: float, found: list[tuple[float, float]]) -> None:
    while time.monotonic() < until:
        found.append(await explorer.move())
        await asyncio.sleep(PAUSE_S)


async def _move(session: Session, until: float, found: list[tuple[float, float]]) -> None:
    value = 1
    while time.monotonic() < until:
        value = value % 5 + 1
        found.append(await session.move("experts_1", value))
        await asyncio.sleep(PAUSE_S)


async def _health(server: Server, until: float, found: list[float]) -> None:
    while time.monotonic() < until:
        found.append(await asyncio.to_thread(server.health))
        await asyncio.sleep(HEALTH_S)


async def _turn_over(store: Store, running: str) -> float:
    """Seconds from cancelling the search at work until the next one has a generation."""
    if not store.queued():
        return 0.0
    begun = time.monotonic()
    store.request(running, "cancel")
    rows = [row.run_id for row in store.list_runs() if row.run_id != running]
    await _until(lambda: any(store.get(name).generation for name in rows), 120.0)
    spent = time.monotonic() - begun
    for name in rows:
        store.request(name, "cancel")
    return spent


async def _until(true: Any, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError("the searches do not get on; is the machine busy with other work?")
        await asyncio.sleep(0.1)


def _stored(store: Store, run_id: str) -> dict[int, float]:
    """Moment, on the monotonic clock, at which each generation was stored."""
    shift = time.monotonic() - time.time()
    with opened(store.path) as db:
        query = "SELECT number, created FROM generations WHERE run_id = ?"
        return {row["number"]: row["created"] + shift for row in db.execute(query, (run_id,))}


def table(seen: Seen) -> Iterator[Row]:
    """(what, p50, p95 or highest, what it must reach and whether it does)"""

    def line(what: str, values: list[float], unit: str, limit: float | None, share: float) -> Row:
        factor, digits = (1e3, 0) if unit == "ms" else (1.0, 2)
        if not values:
            return what, "–", "–", "not measured"
        middle, end = statistics.median(values), percentile(values, share)
        told = "" if limit is None else f"{'<' if end < limit else 'NOT <'} {limit * factor:g}"
        return (
            what,
            f"{middle * factor:.{digits}f} {unit}",
            f"{end * factor:.{digits}f} {unit}",
            told,
        )

    yield line("slider to new figures, Chromium", [a for a, _ in seen.slider], "ms", 0.15, 0.95)
    yield line("slider to a page at rest, Chromium", [b for _, b in seen.slider], "ms", None, 0.95)
    yield line("slider to new figures, server", [a for a, _ in seen.server], "ms", 0.15, 0.95)
    yield line("slider to a page at rest, server", [b for _, b in seen.server], "ms", None, 0.95)
    yield line("gap between updates (p95)", seen.gaps, "s", 2.5, 0.95)
    yield line("gap between updates (longest)", seen.gaps, "s", None, 1.0)
    yield line("age of a generation", seen.ages, "s", None, 0.95)
    yield line("processor of the app (cores)", [seen.cpu], "", 0.5, 1.0)
    yield line("health check (longest)", seen.health, "ms", 1.0, 1.0)
    yield line("cold load, one viewer (longest)", seen.idle_load, "s", 3.0, 1.0)
    yield line("cold load, all viewers (longest)", seen.busy_load, "s", 3.0, 1.0)
    yield line("start to health", [seen.start_health], "s", None, 1.0)
    yield line("start to first page", [seen.start_page], "s", 5.0, 1.0)
    yield line("a session's first page, all at once", seen.opened, "s", None, 1.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sessions", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--queued", type=int, default=8, help="searches, the running one included")
    parser.add_argument("--loads", type=int, default=3, help="cold page loads of each kind")
    parser.add_argument("--no-browser", action="store_true")
    asked = parser.parse_args()
    if not asked.no_browser and (reason := available()):
        print(f"no browser: {reason}; what needs one is left out", file=sys.stderr)
        asked.no_browser = True
    with tempfile.TemporaryDirectory() as folder:
        seen = asyncio.run(measure(asked, Path(folder) / "home"))
    cores = sorted(os.sched_getaffinity(0))
    print(f"{asked.sessions} sessions, {asked.seconds:g} s, cores {cores}, of which at work"
          f" {seen.cores:.0%}")  # fmt: skip
    print(f"{'':38}{'p50':>12}{'p95/longest':>14}   must be")
    for what, middle, end, told in table(seen):
        print(f"{what:38}{middle:>12}{end:>14}   {told}")
    before, after = seen.memory_mb
    print(f"memory of the app: {before:.0f} MB with one viewer, {after:.0f} MB with all")
    print(f"{seen.generations} generations meanwhile, {seen.received_mb_s:.2f} MB/s to the viewers")
    print(f"{seen.queued} searches queued; the next one's first generation came"
          f" {seen.next_search:.1f} s after a cancel")  # fmt: skip


if __name__ == "__main__":
    main()
