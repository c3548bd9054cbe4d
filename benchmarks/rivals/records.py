"""What was run already, kept in a file, and when nothing new may be begun."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class OutOfTime(Exception):
    """Nothing more may be begun."""


class Records:
    """Rows by what they belong to, kept in a file.

    minutes: after which nothing new is begun.
    """

    def __init__(
        self, path: Path | None, settings: dict[str, Any], minutes: float | None = None
    ) -> None:
        self._path, self._settings = path, settings
        self._end = None if minutes is None else time.monotonic() + 60.0 * minutes
        self.rows: dict[str, Row] = {}
        if path is not None and path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored["settings"] == settings:
                self.rows = stored["rows"]

    def get(self, key: str, make: Callable[[], Row]) -> Row:
        if key not in self.rows:
            if self._end is not None and time.monotonic() > self._end:
                raise OutOfTime
            self.rows[key] = make()
            if self._path is not None:
                text = json.dumps({"settings": self._settings, "rows": self.rows}, indent=1)
                self._path.write_text(text + "\n", encoding="utf-8")
        return self.rows[key]
