"""A map of `whatif.phase`, made in a process of its own and shared by all visitors."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

from cmn_core.design import Design
from cmn_core.whatif.phase import POINTS, PhasePoint
from pages.parts.common.cache import Shared
from pages.parts.common.child import told_by
from pages.parts.design.technology_files import kept_documents, kept_texts

log = logging.getLogger("cmn_core.app")


class PhaseJob:
    """points: of the rows that are known so far; over: no more will come; trouble: why not."""

    def __init__(
        self, design: Design, objective: str, technology: Mapping[str, Any] | None = None
    ) -> None:
        self.points: tuple[PhasePoint, ...] = ()
        self.over, self.trouble = False, ""
        asked = json.dumps(
            {"design": design.to_json(), "objective": objective, "technology": technology}
        )
        threading.Thread(target=self._follow, args=(asked,), name="phase", daemon=True).start()

    @property
    def rows(self) -> int:
        return len(self.points) // POINTS

    def _follow(self, asked: str) -> None:
        try:
            with _ONE:
                self._made(asked)
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("no map of memories: %s", error)
        if self.rows < POINTS:
            self.trouble = "the machine is busy or this version cannot price the network"
        self.over = True

    def _made(self, asked: str) -> None:
        for line in told_by("cmn_core.whatif.phase", asked):
            row = tuple(PhasePoint.from_json(point) for point in json.loads(line))
            self.points = (*self.points, *row)


_ONE = threading.Semaphore(1)  # the others wait: a class opens a page in the same moment
_JOBS: Shared[PhaseJob] = Shared(60)


def phase_job(design: Design, objective: str, attempt: int) -> PhaseJob:
    """The map of that network on the visitor's technologies, begun now where nobody asked for it
    yet; attempt: of this visitor, counted up to try again what failed."""
    documents = kept_documents()
    key = design, objective, attempt, *kept_texts().items()
    return _JOBS.get(key, lambda: PhaseJob(design, objective, documents))
