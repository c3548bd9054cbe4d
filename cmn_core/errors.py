"""How input of a person is refused: which field, what was found, what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FieldError(ValueError):
    """Bad input in one named field. Its text is one line: `FIELD: found; allowed`.

    field: path of the field as the person wrote it, e.g. `architecture.hidden[2]`
    found: what was found there; allowed: what would have been accepted
    """

    def __init__(self, field: str, found: str, allowed: str) -> None:
        self.field, self.found, self.allowed = field, one_line(found), one_line(allowed)
        super().__init__(f"{one_line(field)}: {self.found}; {self.allowed}")

    def __reduce__(self) -> tuple[type[FieldError], tuple[str, str, str]]:
        """Refusals come back from other processes."""
        return type(self), (self.field, self.found, self.allowed)

    def under(self, prefix: str) -> FieldError:
        """The same refusal, seen from a level further up."""
        return FieldError(f"{prefix}.{self.field}", self.found, self.allowed)


class LostWorkersError(RuntimeError):
    """Processes that a search needs have gone; it can go on from its last generation.

    Its text is one sentence for a person.
    """


def not_installed(error: ImportError) -> str | None:
    """Sentence about torch, which not every set-up has; None for every other failed import."""
    if (error.name or "").split(".")[0] != "torch":
        return None
    return (
        "torch: not installed; the extra 'train' brings it"
        " (pip install '.[train]' in the project's folder; in a checkout, -r requirements.txt)"
    )


def one_line(text: object, limit: int = 160) -> str:
    """Text on a single line, cut in the middle of nowhere rather than flooding a terminal; what
    would steer a terminal or turn the direction of reading is written as its code."""
    flat = " ".join(str(text).split())
    if not flat.isprintable():
        flat = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in flat[: 2 * limit])
    return flat if len(flat) <= limit else flat[: limit - 3] + "..."


def unknown_key(path: str, key: object, known: Iterable[str]) -> FieldError:
    """Refusal of a key that does not exist, naming the nearest one that does."""
    names = sorted(known)
    return FieldError(
        f"{path}.{key}" if path else str(key),
        "unknown key",
        f"{nearest(key, names)}known keys are {', '.join(names)}",
    )


def nearest(word: object, known: Iterable[str]) -> str:
    """A question about the word that was meant, empty where none is near."""
    near = difflib.get_close_matches(str(word), sorted(known), n=1, cutoff=0.5)
    return f"did you mean '{near[0]}'? " if near else ""
