"""Files that a measurement needs, named by what is in them, so that any machine can hold them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from cmn_core.errors import FieldError

_HELD: dict[str, Path] = {}  # of this process: files that a cluster has brought here


@dataclass(frozen=True)
class SharedFile:
    """digest: SHA-256 of the content; path: where it lies on the machine that asks."""

    digest: str
    path: Path

    @classmethod
    def of(cls, path: Path) -> SharedFile:
        return cls(sha256(path.read_bytes()), path.absolute())

    def here(self) -> Path:
        """The file on the machine at hand; FieldError where it is not, or is another one now."""
        held = _HELD.get(self.digest)
        if held is not None and held.exists():
            return held
        try:
            found = sha256(self.path.read_bytes())
        except OSError:
            found = None
        if found != self.digest:
            state = "is not on this machine" if found is None else "has changed since the start"
            raise FieldError(
                "accuracy", f"{self.path.name} {state}", "the file of the search's start is needed"
            )
        return self.path


def hold(content: bytes, name: str, folder: Path) -> None:
    """Put a file into a folder of this machine, whole or not at all, for `SharedFile.here`."""
    digest = sha256(content)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{digest[:16]}-{name}"
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(content)
    partial.replace(path)
    _HELD[digest] = path


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
