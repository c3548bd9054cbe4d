"""Sizes of a graph's dynamic dimensions, as people write them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cmn_core.errors import FieldError

LARGEST = 10_000_000


def parse_dims(given: Iterable[str]) -> dict[str, int]:
    """["batch=1", "tokens=128"] -> {"batch": 1, "tokens": 128}; FieldError for anything else."""
    out: dict[str, int] = {}
    for item in given:
        name, _, size = item.strip().rpartition("=")
        name, size = name.strip(), size.strip()
        if not name or not size.isascii() or not size.isdigit() or len(size) > 8 or name in out:
            allowed = "each name once with a whole number, such as batch=1"
            raise FieldError("dim", f"found '{item}'", allowed)
        out[name] = int(size)
    return out


def check_dims(dims: Mapping[str, int]) -> None:
    """FieldError for a size that is no whole number or too large."""
    for name, size in dims.items():
        if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= LARGEST:
            raise FieldError(f"dim {name}", f"found {size}", f"1 to {LARGEST} is allowed")


def unsized(where: str, labels: Sequence[str]) -> FieldError:
    """The refusal of an input some of whose dimensions have no size; all of them are named."""
    names = list(dict.fromkeys(labels))
    such_as = ", ".join(f"{name}=1" for name in names)
    quoted = ", ".join(f"'{name}'" for name in names)
    if len(names) == 1:
        found, cure = f"dimension {quoted} has no size", "a size for it"
    else:
        found, cure = f"dimensions {quoted} have no size", "a size for each"
    return FieldError(where, found, f"{cure}, such as {such_as}, is expected (--dim of a command)")
