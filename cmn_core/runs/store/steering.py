"""What a visitor may do to a run: pause, resume, cancel, delete, and who may; and which of many
runs an operator means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmn_core.errors import FieldError

if TYPE_CHECKING:
    from cmn_core.runs.store.reading import Wish
    from cmn_core.runs.store.record import RunRow
    from cmn_core.runs.store.store import Store

from cmn_core.runs.store.keys import STOPS, Deed, may
from cmn_core.runs.store.schema import opened

MAX_LABEL = 60


@dataclass(frozen=True, kw_only=True)
class Which:
    """Some runs of a store; None: whatever it is.

    owner, address: as `runs list` shows them, or the beginning of that; state: as there
    """

    owner: str | None = None
    address: str | None = None
    state: str | None = None

    def __bool__(self) -> bool:
        return any(part is not None for part in (self.owner, self.address, self.state))

    def has(self, row: RunRow) -> bool:
        named = ((self.owner, row.owner), (self.address, row.address))
        if not all(wanted is None or (of or "").startswith(wanted) for wanted, of in named):
            return False
        return self.state in (None, row.state)


def steer(store: Store, run_id: str, wish: Wish, keys: Iterable[str]) -> RunRow:
    """`store.request` for somebody who shows keys; FieldError when none of them will do."""
    _check(store.get(run_id), wish, keys)
    return store.request(run_id, wish)


def delete(store: Store, run_id: str, keys: Iterable[str] | None) -> None:
    """`store.delete` for somebody who shows keys; FieldError when none of them will do. None:
    whoever sits at the machine."""
    if keys is not None:
        _check(store.get(run_id), "delete", keys)
    store.delete(run_id)


def rename(store: Store, run_id: str, label: str, keys: Iterable[str] | None = None) -> RunRow:
    """Give the run that name, of at most MAX_LABEL characters; an empty one takes its name away.

    FieldError when none of the keys will do, and where the name is too long; keys None: whoever
    sits at the machine.
    """
    if keys is not None:
        _check(store.get(run_id), "delete", keys)
    name = " ".join(label.split())
    if len(name) > MAX_LABEL:
        found = f"{len(name)} characters"
        raise FieldError("name", found, f"at most {MAX_LABEL} characters are allowed")
    store.get(run_id)  # an unknown run must not bring an empty store into being
    with opened(store.path, write=True) as db:
        db.execute("UPDATE runs SET label = ? WHERE run_id = ?", (name or None, run_id))
    return store.get(run_id)


def _check(row: RunRow, deed: Deed, keys: Iterable[str]) -> None:
    if not may(row, deed, keys):
        who = "its owner" if deed not in STOPS else "its owner or the teacher"
        raise FieldError("key", "no key of this run was shown", f"only {who} may do that")
