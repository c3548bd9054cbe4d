"""Whether the disk under the run store takes anything more."""

from __future__ import annotations

import os
from pathlib import Path

FULL_BYTES = 1_000_000  # a generation of a large search is some 100 kB, and SQLite writes it twice
LOW_BYTES = 50_000_000


def disk_trouble(home: Path) -> tuple[str, str] | None:
    """Why nothing can be stored, or soon cannot: ("stopped" or "soon", a sentence without a path);
    None where all is well."""
    place = home
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        disk = os.statvfs(place)
    except OSError:
        return "stopped", "The server's disk cannot be reached, so nothing new is kept."
    if disk.f_flag & os.ST_RDONLY or not os.access(place, os.W_OK | os.X_OK):
        return (
            "stopped",
            "The server's disk is read-only: what is there can be looked at, searches stand still,"
            " and nothing new is kept.",
        )
    free = disk.f_bavail * disk.f_frsize
    if free < FULL_BYTES:
        return (
            "stopped",
            "The server's disk is full: searches stand still, and nothing new is kept until there"
            " is room.",
        )
    if free < LOW_BYTES:
        return "soon", f"The server's disk is nearly full ({free / 1e6:.0f} MB are left)."
    return None
