"""Texts of the command line as values; what does not fit is refused with the field's name."""

from __future__ import annotations

from collections.abc import Iterable

from cmn_core.errors import FieldError, one_line, unknown_key


def whole(field: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise FieldError(
            field, f"found '{one_line(text, 40)}'", "a whole number is expected"
        ) from None


def real(field: str, text: str) -> float:
    """A number; NaN and infinity are left to whoever knows the field's range."""
    try:
        return float(text)
    except ValueError:
        raise FieldError(field, f"found '{one_line(text, 40)}'", "a number is expected") from None


def choice(field: str, text: str, allowed: Iterable[str]) -> str:
    names = list(allowed)
    if text in names:
        return text
    near = unknown_key("", text, names).allowed.split("known keys are")[0]
    raise FieldError(
        field, f"found '{one_line(text, 40)}'", f"{near}allowed are {', '.join(names)}"
    )


def within(field: str, value: float, low: float, high: float) -> float:
    """The value, which must be finite and from low to high."""
    if not low <= value <= high:  # false for NaN too
        raise FieldError(field, f"found {value:g}", f"{low:g} to {high:g} is allowed")
    return value
