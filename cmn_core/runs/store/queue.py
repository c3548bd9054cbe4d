"""Whose turn it is: visitors are served in turn, each one's searches in the order they came, and
a search gives way to another visitor's after a while (`gives_way`)."""

from __future__ import annotations

import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from cmn_core.errors import FieldError
from cmn_core.runs.home import run_lock
from cmn_core.runs.lock import is_held
from cmn_core.runs.store.keys import Visitor, digest

MAX_ACTIVE = 12  # queued and running searches of one visitor; Table B1 and Figure C1 are nine
OF_ADDRESS, MAX_OF_ADDRESS = "CMN_MAX_RUNS_ADDRESS", 60  # two for each of a class of thirty
MAX_QUEUED = 200  # of all visitors together
# Architectures of one search of a visitor, and what its swarms may price for each of them.
EFFORT, MAX_ARCHITECTURES = "CMN_MAX_ARCHITECTURES", 20_000
MAX_SWARM = 10_000
MAX_LAYERS = 2000  # of all networks of one search for their chip
_QUEUED = "SELECT COUNT(*) FROM runs WHERE state = 'queued'"


def fair(waiting: Iterable[tuple[str, str]], served: dict[str, int]) -> list[str]:
    """Run ids in the order in which one worker would take them.

    waiting: (run id, owner) by age; served: when an owner's last search was taken up, any rising
    count. The owner who has waited longest is next; who was never served comes first.
    """
    lines: dict[str, list[str]] = defaultdict(list)
    for run_id, owner in waiting:
        lines[owner].append(run_id)
    turn = sorted(lines, key=lambda owner: served.get(owner, 0))  # stable: the older run first
    out: list[str] = []
    for place in range(max(map(len, lines.values()), default=0)):
        out += [lines[owner][place] for owner in turn if place < len(lines[owner])]
    return out


def waiting(db: sqlite3.Connection) -> list[str]:
    """The queued runs of the store in the order in which they are taken."""
    queued = db.execute(
        "SELECT run_id, COALESCE(owner, '') AS owner FROM runs WHERE state = 'queued' ORDER BY seq"
    ).fetchall()
    if not queued:
        return []
    # A count, not a time: a clock that is set back must not let anybody wait for ever.
    served = db.execute(
        "SELECT COALESCE(owner, '') AS owner, MAX(served) AS last FROM runs"
        " WHERE served > 0 GROUP BY 1"
    ).fetchall()
    return fair(
        [(row["run_id"], row["owner"]) for row in queued],
        {row["owner"]: row["last"] for row in served},
    )


def gives_way(db: sqlite3.Connection, run_id: str) -> bool:
    """Whether that run, which is at work, makes room: somebody else's search waits."""
    row = db.execute(
        "SELECT COALESCE(owner, '') AS owner, wish FROM runs WHERE run_id = ?", (run_id,)
    ).fetchone()
    if row is None or row["wish"] != "run":  # what was asked of it comes first
        return False
    others = "SELECT COUNT(*) FROM runs WHERE state = 'queued' AND COALESCE(owner, '') != ?"
    return int(db.execute(others, (row["owner"],)).fetchone()[0]) > 0


def check_effort(scenario: Mapping[str, Any], networks: Sequence[Mapping[str, Any]] = ()) -> None:
    """FieldError for a search that is more than a visitor of a shared server may ask for.

    networks: of a search for their chip, whose layers count instead
    """
    if networks:
        layers = sum(len(network["layers"]) for network in networks)
        if layers > MAX_LAYERS:
            allowed = f"at most {MAX_LAYERS} are searched for, so that everybody gets a turn"
            raise FieldError("model", f"found {layers} layers in all", allowed)
        return
    count = int(scenario["population"]) * int(scenario["generations"])
    most, why = most_architectures(), "so that everybody gets a turn on this server"
    if count > most:
        raise FieldError(
            "generations",
            f"found {scenario['generations']} of {scenario['population']} architectures each,"
            f" {count} in all",
            f"at most {most} are searched, {why}; on your own machine there is no such limit",
        )
    priced = int(scenario["particles"]) * int(scenario["iterations"])
    if scenario.get("inner", "exact") != "exact" and priced > MAX_SWARM:
        raise FieldError(
            "iterations",
            f"found {priced} steps of particles",
            f"at most {MAX_SWARM} of a swarm are taken, {why}",
        )


def most_architectures() -> int:
    """How many a visitor's search, or all searches of a study, may judge; CMN_MAX_ARCHITECTURES
    sets another number."""
    return _named(EFFORT, MAX_ARCHITECTURES)


def limit() -> int:
    """How many searches of one visitor may wait or run; CMN_MAX_RUNS sets another number."""
    return _named("CMN_MAX_RUNS", MAX_ACTIVE)


def check(
    db: sqlite3.Connection,
    home: Path,
    visitor: Visitor,
    scenarios: Sequence[Mapping[str, Any]],
    networks: Sequence[Mapping[str, Any]] = (),
) -> None:
    """FieldError where a visitor with limits (`most`) may not queue these searches; networks: of
    those for a chip."""
    if visitor.most is not None:
        _check_room(db, home, visitor, len(scenarios), visitor.most)
        for scenario in scenarios:
            check_effort(scenario, networks)


def _check_room(
    db: sqlite3.Connection, home: Path, visitor: Visitor, wanted: int, most: int
) -> None:
    """FieldError when that visitor, their network address, or everybody together, has enough in
    the queue. Cookies are easily thrown away, addresses are not; a class may share one.

    A search that was interrupted takes no room: nobody works on it.
    """
    own = _active(db, home, "owner", visitor.owner)
    if own + wanted > most:
        raise FieldError(
            "search",
            f"{own} of yours wait or run and {wanted} more are asked for",
            f"{most} at a time are allowed, so wait for one to end or cancel one",
        )
    mark = address_mark(db, visitor.address)
    if mark is not None:
        there, allowed = _active(db, home, "address", mark), _named(OF_ADDRESS, MAX_OF_ADDRESS)
        if there + wanted > allowed:
            raise FieldError(
                "search",
                f"{there} from your network address wait or run and {wanted} more are asked for",
                f"{allowed} at a time are allowed from one address, so wait for one to end",
            )
    queued = int(db.execute(_QUEUED).fetchone()[0])
    if queued + wanted > MAX_QUEUED:
        raise FieldError(
            "search",
            f"{queued} searches wait on this server",
            f"{MAX_QUEUED} may, so try again later",
        )


def address_mark(db: sqlite3.Connection, address: str | None) -> str | None:
    """Tells addresses apart within this store: a digest with the store's own salt."""
    if address is None:
        return None
    salt = db.execute("SELECT salt FROM machine").fetchone()["salt"]
    return digest(f"{salt.hex()} {address}")[:12]


def _active(db: sqlite3.Connection, home: Path, column: str, value: str) -> int:
    """Searches with that value in that column that wait or are at work."""
    running = f"SELECT run_id FROM runs WHERE state = 'running' AND {column} = ?"
    at_work = sum(is_held(run_lock(home, row["run_id"])) for row in db.execute(running, (value,)))
    return at_work + int(db.execute(f"{_QUEUED} AND {column} = ?", (value,)).fetchone()[0])


def _named(variable: str, usual: int) -> int:
    named = os.environ.get(variable, "")
    return int(named) if named.isdigit() and int(named) > 0 else usual
