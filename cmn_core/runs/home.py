"""Where runs live: the directory CMN_HOME with its store, locks and logs."""

from __future__ import annotations

import os
from pathlib import Path

APPLICATION = "cmn-explorer"
STORE_NAME = "runs.sqlite"
STORE = "the run store"


class StoreError(RuntimeError):
    """The run store cannot be used as it stands. Its text is one sentence for who runs the machine;
    told: the same for a visitor, who is not to learn where files lie."""

    def __init__(self, text: str, *, told: str | None = None) -> None:
        super().__init__(text)
        self.told = text if told is None else told

    @classmethod
    def at(cls, place: Path, text: str) -> StoreError:
        """text: with {place} where the path stands, which a visitor reads as "the run store"."""
        return cls(text.replace("{place}", str(place)), told=text.replace("{place}", STORE))


def told(error: Exception) -> str:
    """What a page may say of an error."""
    return error.told if isinstance(error, StoreError) else str(error)


def home_dir() -> Path:
    """Absolute path of CMN_HOME, or of the user's data directory for this application."""
    named = os.environ.get("CMN_HOME")
    if named:
        return Path(named).expanduser().absolute()
    import platformdirs

    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def prepare(home: Path) -> Path:
    """Make the directory and its folders; StoreError with one sentence when that is impossible."""
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        for folder in (locks_dir(home), logs_dir(home)):
            folder.mkdir(exist_ok=True)
    except OSError as error:
        raise unusable(home, error) from None
    return home


def unusable(home: Path, error: OSError) -> StoreError:
    reason = (error.strerror or "it cannot be made").lower()
    return StoreError.at(
        home,
        f"CMN_HOME: {{place}} cannot be used ({reason});"
        " set CMN_HOME to a directory that is writable",
    )


def store_path(home: Path) -> Path:
    return home / STORE_NAME


def locks_dir(home: Path) -> Path:
    return home / "locks"


def run_lock(home: Path, run_id: str) -> Path:
    """Held by whoever works on that run."""
    return locks_dir(home) / f"{run_id}.lock"


def logs_dir(home: Path) -> Path:
    return home / "logs"
