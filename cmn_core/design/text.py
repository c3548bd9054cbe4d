"""JSON texts of people: read strictly, refused in one sentence, shown safely."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from cmn_core.errors import FieldError, one_line

MAX_FILE_BYTES = 1_000_000
LONGEST_WHOLE = 308  # digits; a longer number is beyond what a float holds


def read_json(path: str | Path, limit: int = MAX_FILE_BYTES, *, finite: bool = True) -> Any:
    """JSON value of a file; FieldError when it is missing, too large or no JSON.

    finite: refuse NaN and infinity; False leaves them to who can name the field (parse_design).
    """
    path = Path(path)
    name = path.name or "design"
    try:
        size = path.stat().st_size
        if size > limit:
            raise FieldError(name, f"{size} bytes", f"at most {limit} bytes are read")
        raw = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise FieldError(name, reason, "a readable JSON file is expected") from None
    return parse_json(raw, name, finite=finite)


def parse_json(raw: bytes | str, name: str = "file", *, finite: bool = True) -> Any:
    """JSON value of a text; a key given twice is refused, as are, if `finite`, NaN,
    infinity and what is larger than any float."""

    def real(text: str) -> float:
        value = float(text)
        if finite and not math.isfinite(value):
            raise FieldError(name, f"found {one_line(text, 24)}", "numbers must be finite")
        return value

    def whole(text: str) -> int:
        if finite and len(text) > LONGEST_WHOLE:
            raise FieldError(name, f"found {one_line(text, 24)}", "numbers must be finite")
        return int(text)

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in items:
            if key in out:
                raise FieldError(printable(key), "given twice", "each key may appear once")
            out[key] = value
        return out

    try:
        text = raw.decode("utf-8-sig") if isinstance(raw, bytes) else raw
        return json.loads(
            text,
            parse_constant=real,
            parse_float=real,
            parse_int=whole,
            object_pairs_hook=pairs,
        )
    except FieldError:
        raise
    except UnicodeDecodeError:
        raise FieldError(name, "no UTF-8 text", "a JSON file is expected") from None
    except json.JSONDecodeError as error:
        found = f"no JSON ({error.msg.lower()} at line {error.lineno})"
        raise FieldError(name, found, "a JSON file is expected") from None
    except (RecursionError, ValueError):
        raise FieldError(name, "no readable JSON", "a plain JSON file is expected") from None


def kind(value: object) -> str:
    """What sort of JSON value it is, for a sentence."""
    names = {
        dict: "an object",
        list: "a list",
        str: "a text",
        bool: "a boolean",
        type(None): "null",
    }
    return names.get(type(value), f"the number {value}")


def shown(value: object) -> str:
    """A value as JSON, short enough for a sentence."""
    try:
        return one_line(json.dumps(value, default=str), 40)
    except (RecursionError, ValueError):  # nested or long beyond what Python writes
        return "a value of great size"


def stated(value: object) -> str:
    """A value as a person states it: texts in quotes, else as JSON or Python writes it."""
    if isinstance(value, str):
        return f"'{one_line(value, 40)}'"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return one_line(value, 40)


def height_and_width(field: str, text: str) -> tuple[int, int]:
    """Height and width in pixels of a text such as 120x160; their range is left to the caller."""
    found = re.fullmatch(r"\s*([0-9]{1,5})\s*[x×]\s*([0-9]{1,5})\s*", text)
    if not found:
        raise FieldError(
            field, f"found '{one_line(text, 40)}'", "HEIGHTxWIDTH is expected, as 120x160"
        )
    return int(found[1]), int(found[2])


_TOP_K = re.compile("[1-5](/[1-5]){3}|[1-5]")


def top_k(field: str, text: str) -> int | list[int]:
    """Experts of a token of a search's routing that is neither dense nor searched: 1 to 5 for all
    blocks, or four such as 1/2/5/3."""
    if not _TOP_K.fullmatch(text):
        allowed = "dense, 1 to 5, four such as 1/2/5/3, or searched is allowed"
        raise FieldError(field, f"found '{one_line(text, 40)}'", allowed)
    each = [int(k) for k in text.split("/")]
    return each if len(each) > 1 else each[0]


def printable(text: str) -> str:
    """The text with half characters (lone surrogates) escaped: no output can encode them."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def whole_text(text: str) -> bool:
    """Whether a text holds no half characters."""
    return printable(text) == text
