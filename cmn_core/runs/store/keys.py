"""Who may steer a run: whoever shows its owner's key, or a teacher's.

A run is viewed by whoever knows its id. To steer it takes a key: the run's own one steers and
deletes; the key of the class in which it was started, or the server's (CMN_TEACHER_KEY), stops it.
The store keeps digests only. Keys are random and long, so that a plain digest cannot be searched.

A visitor has one secret; the keys of all their runs follow from it, so that a lent key steers one
run and tells nothing about the others. Whoever can write the store's file needs no key.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cmn_core.runs.store.record import RunRow

TEACHER_KEY = "CMN_TEACHER_KEY"
MIN_TEACHER_KEY = 16
MAX_KEY = 128
CODE_CHARACTERS = 16  # of a class code, as in cmn_core.classroom.lesson

Deed = Literal["run", "pause", "cancel", "delete"]
STOPS: tuple[Deed, ...] = ("pause", "cancel")


@dataclass(frozen=True)
class Visitor:
    """Who queues a search: their secret, the code of the class they are in, if any, how many
    searches of theirs may wait or run at a time (None: any number), and the network address that
    they ask from, where it says anything. The store keeps a digest of it."""

    secret: str
    class_code: str | None = None
    most: int | None = None
    address: str | None = None

    @property
    def owner(self) -> str:
        """Tells visitors apart in the queue, and nothing else."""
        return digest(f"owner {self.secret}")[:32]

    def key(self, run_id: str) -> str:
        """The key of one of their runs, 22 letters, digits, - and _."""
        raw = hmac.digest(self.secret.encode(), run_id.encode(), "sha256")
        return urlsafe_b64encode(raw[:16]).decode().rstrip("=")


def new_secret() -> str:
    """128 random bits as 22 letters, digits, - and _."""
    return secrets.token_urlsafe(16)


def digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def is_teacher(key: str) -> bool:
    """Whether that is the key of this server's teacher; one too short to be safe never is, nor one
    that a compose file was to fill in and did not."""
    own = os.environ.get(TEACHER_KEY, "")
    same = hmac.compare_digest(digest(key), digest(own))
    return same and len(own) >= MIN_TEACHER_KEY and not own.startswith("${")


def may(row: RunRow, deed: Deed, keys: Iterable[str]) -> bool:
    """Whether one of the keys allows that."""
    for key in keys:
        found = digest(key)
        if row.key_digest is not None and hmac.compare_digest(found, row.key_digest):
            return True
        if deed in STOPS:
            code = row.class_code
            if code is not None and hmac.compare_digest(found[:CODE_CHARACTERS], code):
                return True
            if is_teacher(key):
                return True
    return False
