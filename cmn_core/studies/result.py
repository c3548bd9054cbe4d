"""What a study leaves behind: a JSON file that says what was done, with what, and what came out."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cmn_core.assets import ASSETS
from cmn_core.errors import FieldError, unknown_key

SCHEMA = "cmn.study/1"
FOLDER = ASSETS / "studies"
MAX_BYTES = 20_000_000

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Result:
    """A finished study.

    settings: everything that the rows depend on but the versions; versions: simulator, predictor
    and weights (digests); machine: where it ran; started: UTC, to the second; seconds,
    cpu_seconds: of all steps, interruptions left out; rows: one per measured point; summary: the
    figures that pages and docs quote, worked out from the rows alone; quick_settings, quick_rows:
    the quick form made in the same run, which `--check` makes again.
    """

    name: str
    seed: int
    quick: bool
    settings: Mapping[str, Any]
    versions: Mapping[str, Any]
    machine: Mapping[str, Any]
    started: str
    seconds: float
    cpu_seconds: float
    rows: list[Row]
    summary: Mapping[str, Any]
    quick_settings: Mapping[str, Any]
    quick_rows: list[Row]
    schema: str = SCHEMA

    def to_json(self) -> dict[str, Any]:
        names = ["schema", *(f.name for f in fields(self) if f.name != "schema")]
        return {name: getattr(self, name) for name in names}

    def text(self) -> str:
        """The file: one line per row, so that a change of one shows as one."""
        parts = []
        for name, value in self.to_json().items():
            if name in ("rows", "quick_rows") and value:
                lines = ",\n  ".join(json.dumps(row, allow_nan=False) for row in value)
                parts.append(f' "{name}": [\n  {lines}\n ]')
            else:
                parts.append(f' "{name}": {json.dumps(value, allow_nan=False)}')
        return "{\n" + ",\n".join(parts) + "\n}\n"

    @classmethod
    def from_json(cls, data: object, field: str = "study") -> Result:
        """FieldError where the object is no stored study."""
        if not isinstance(data, Mapping):
            raise FieldError(field, "no JSON object", "a stored study is expected")
        if data.get("schema") != SCHEMA:
            raise FieldError(
                f"{field}.schema", f"found {data.get('schema')!r}", f"'{SCHEMA}' is expected"
            )
        names = [f.name for f in fields(cls)]
        for key in data:
            if key not in names:
                raise unknown_key(field, key, names)
        for name in names:
            if name not in data:
                raise FieldError(f"{field}.{name}", "missing", "this field is required")
        return cls(**{name: data[name] for name in names})


def stored_path(name: str) -> Path:
    """Where the result that ships lies."""
    return FOLDER / f"{name}.json"


def read_result(path: Path, field: str = "study") -> Result:
    """The result in that file; FieldError where there is none."""
    try:
        if path.stat().st_size > MAX_BYTES:
            found = f"{path.name} has {path.stat().st_size:,} bytes"
            raise FieldError(field, found, f"at most {MAX_BYTES:,} are read")
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = (error.strerror or "cannot be read").lower()
        raise FieldError(field, f"{path.name}: {reason}", "a stored study is expected") from None
    except (ValueError, RecursionError):
        raise FieldError(field, f"{path.name} is no JSON", "a stored study is expected") from None
    return Result.from_json(data, field)


def stored(name: str) -> Result | None:
    """The result that ships, or None where that study has none yet."""
    path = stored_path(name)
    return read_result(path, name) if path.exists() else None


def write_result(result: Result, path: Path) -> None:
    """In one step: a reader sees the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".new")
    partial.write_text(result.text(), encoding="utf-8")
    os.replace(partial, path)
