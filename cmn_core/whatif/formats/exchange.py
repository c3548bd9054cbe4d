"""Designs out of a file or a pasted text: one design, a list of them, or the best of a run."""

from __future__ import annotations

from typing import Any

from cmn_core.design import MAX_FILE_BYTES, Design, parse_design, parse_json
from cmn_core.errors import FieldError

RUN = "cmn.run/1"
MOST = 50


def read_designs(raw: bytes | str, name: str = "file") -> list[Design]:
    """Every design of the text, validated; FieldError names the first field that is wrong."""
    size = len(raw if isinstance(raw, bytes) else raw.encode("utf-8", "replace"))
    if size > MAX_FILE_BYTES:
        raise FieldError(name, f"{size:,} bytes", f"at most {MAX_FILE_BYTES:,} are read")
    if not raw.strip():
        raise FieldError(name, "empty", "a design as JSON is expected")
    value = parse_json(raw, name, finite=False)
    if isinstance(value, dict) and value.get("schema") == RUN:
        return [_best(value, name)]
    if not isinstance(value, list):
        return [parse_design(value)]
    if not 1 <= len(value) <= MOST:
        raise FieldError(name, f"found {len(value)} designs", f"1 to {MOST} are read")
    return [_at(i, item) for i, item in enumerate(value)]


def _best(run: dict[str, Any], name: str) -> Design:
    if not isinstance(run.get("best"), dict):
        raise FieldError(name, "a run without a best design", "a run that found one is expected")
    try:
        return parse_design(run["best"])
    except FieldError as error:
        raise error.under("best") from None


def _at(index: int, value: Any) -> Design:
    try:
        return parse_design(value)
    except FieldError as error:
        raise error.under(f"[{index}]") from None
