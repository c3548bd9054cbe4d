"""What a command prints: one JSON document, or a short table for people."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from cmn_core.errors import FieldError

JSON_HELP = "print one JSON document and nothing else"


def program_name() -> str:
    """How this program was started, for help and advice: `cmn` or `python -m cmn_core`."""
    started = Path(sys.argv[0]).stem if sys.argv else ""
    return "cmn" if started == "cmn" else "python -m cmn_core"


def document(value: object) -> str:
    """JSON text; ValueError for NaN and infinity, which are not JSON."""
    return json.dumps(value, indent=1, allow_nan=False)


def put(text: str) -> None:
    sys.stdout.write(encodable(text, sys.stdout) + "\n")


def encodable(text: str, stream: TextIO) -> str:
    """The text with what the stream cannot encode escaped, such as bytes of an odd file name."""
    code = stream.encoding or "utf-8"
    return text.encode(code, "backslashreplace").decode(code)


def put_json(value: object) -> None:
    put(document(value))


def table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] | None = None) -> str:
    """Rows under their column names; numbers to the right, in five significant digits."""
    if not rows:
        return "nothing to show"
    names = list(columns or rows[0])
    cells = [[_cell(row.get(name)) for name in names] for row in rows]
    right = [all(_is_number(row.get(name)) for row in rows) for name in names]
    widths = [max(len(name), *(len(line[i]) for line in cells)) for i, name in enumerate(names)]
    lines = [names, ["-" * width for width in widths], *cells]
    return "\n".join(
        "  ".join(
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def facts(values: Mapping[str, Any]) -> str:
    """One name and value per line."""
    width = max(map(len, values), default=0)
    return "\n".join(f"{name.ljust(width)}  {_cell(value)}" for name, value in values.items())


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.5g}"
    if isinstance(value, list | tuple):
        return " ".join(_cell(v) for v in value)
    return str(value)


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def writable(path: Path) -> Path:
    """The path, or FieldError when no file can be made there."""
    try:
        if path.is_dir():
            raise IsADirectoryError(21, "it is a directory")
        with tempfile.TemporaryFile(dir=path.absolute().parent):
            pass
        if path.exists():
            with path.open("ab"):
                pass
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise FieldError(
            "out", f"{path}: {reason}", "a file that can be written is expected"
        ) from None
    return path


def replace_text(path: Path, text: str) -> None:
    """Put the text into the file whole or not at all: whoever reads meanwhile sees the old one."""
    whole, partial = text.encode(), path.with_name(f".{path.name}.{os.getpid()}")
    partial.write_bytes(whole)
    partial.replace(path)
