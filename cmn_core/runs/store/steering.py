"""What a visitor may do to a run: pause, resume, cancel, delete, and who may; and which of many
runs an operator means."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cmn_core.errors import FieldError

if TYPE_CHECKING:
    from cmn_core.runs.store.record import RunRow
    from cmn_core.runs.store.store import Store, Wish

from cmn_core.runs.store.keys import STOPS, Deed, may


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


def delete(store: Store, run_id: str, keys: Iterable[str]) -> None:
    """`store.delete` for somebody who shows keys; FieldError when none of them will do."""
    _check(store.get(run_id), "delete", keys)
    store.delete(run_id)


def _check(row: RunRow, deed: Deed, keys: Iterable[str]) -> None:
    if not may(row, deed, keys):
        who = "its owner" if deed not in STOPS else "its owner or the teacher"
        raise FieldError("key", "no key of this run was shown", f"only {who} may do that")
