"""Texts of the command line as values; what does not fit is refused with the field's name."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cmn_core.errors import FieldError, nearest, one_line

# Python itself also reads 1_000, blanks around a number and the digits of every script.
_WHOLE = re.compile(r"[+-]?[0-9]+")
_REAL = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|nan|inf|infinity)",
    re.IGNORECASE | re.ASCII,
)


def whole(field: str, text: str) -> int:
    try:
        if _WHOLE.fullmatch(text):
            return int(text)
    except ValueError:  # more digits than Python reads
        pass
    raise FieldError(field, f"found '{one_line(text, 40)}'", "a whole number is expected")


def real(field: str, text: str) -> float:
    """A number; NaN and infinity are left to whoever knows the field's range."""
    if not _REAL.fullmatch(text):
        raise FieldError(field, f"found '{one_line(text, 40)}'", "a number is expected")
    return float(text)


def choice(field: str, text: str, allowed: Iterable[str]) -> str:
    names = list(allowed)
    if text in names:
        return text
    allowed = f"{nearest(text, names)}allowed are {', '.join(names)}"
    raise FieldError(field, f"found '{one_line(text, 40)}'", allowed)


def within(field: str, value: float, low: float, high: float) -> float:
    """The value, which must be finite and from low to high."""
    if not low <= value <= high:  # false for NaN too
        allowed = f"{_shown(low)} to {_shown(high)} is allowed"
        raise FieldError(field, f"found {_shown(value)}", allowed)
    return value


def span(field: str, text: str, most: tuple[float, float]) -> tuple[float, float]:
    """LOW:HIGH within what is possible at most, the first below the second."""
    ends = text.split(":")
    if len(ends) != 2:
        raise FieldError(field, f"found '{one_line(text, 40)}'", "LOW:HIGH is expected")
    low, high = (within(field, real(field, end), *most) for end in ends)
    if not low < high:
        found = f"found {_shown(low)}:{_shown(high)}"
        raise FieldError(field, found, "the first number must be the smaller one")
    return low, high


def _shown(value: float) -> str:
    return one_line(value, 40) if isinstance(value, int) else f"{value:g}"


def bits_pair(given: str) -> tuple[int, int]:
    """ "8" or "4/8": bits of weights and of activations, alike where one number stands."""
    parts = given.strip().split("/")
    if len(parts) > 2:
        raise FieldError("bits", f"found '{given}'", "such as 8 or 4/8 is expected")
    found = [int(within("bits", whole("bits", p), 1, 16)) for p in parts]
    return found[0], found[-1]
