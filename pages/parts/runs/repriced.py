"""A searched design priced anew with its run's own constants: intervals and the error of its chip,
which a run does not store. Shared by all sessions."""

from __future__ import annotations

import json
import math
from typing import Any

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS
from cmn_core.search.constraints import Limits
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from cmn_core.whatif.edits import bare
from pages.parts.common.cache import Shared
from pages.parts.runs.run_view import Run
from pages.parts.runs.snapshots import snapshot

CLOSE = 1e-6  # relative; a run of another version differs by more
SETTINGS = ("dataset", "parameters", "technology")
_ANSWERS: Shared[Evaluation | None] = Shared(400)


def priced(run: Run, design: Design) -> Evaluation | None:
    """The answer to a design of that run; None where this version prices it differently. Its mIoU
    may be of a newer predictor (`same_miou`)."""
    settings = {name: run.settings[name] for name in SETTINGS if run.settings.get(name)}
    asked = {"memory": run.memory, **settings}
    key = bare(design), json.dumps(asked)  # a technology file has no hash of its own
    found = _ANSWERS.get(key, lambda: _priced(bare(design), asked))
    stored = design.metrics or {}
    same = found is not None and all(_close(found.metrics[n], stored.get(n)) for n in COSTS)
    return found if same else None


def same_miou(answer: Evaluation, design: Design) -> bool:
    """Whether the run was predicted, or measured, as this version would."""
    return _close(answer.metrics["miou"], (design.metrics or {}).get("miou"))


def chip_counted(run: Run) -> bool:
    """Whether that search judges mIoU with the error of the chip itself."""
    asked = run.settings.get("chip_miou")
    if asked is not None:
        return bool(asked)
    measured = run.settings.get("accuracy", "predictor") == "predictor"
    analog = run.memory != "sram" or "sram" in (run.settings.get("technology") or {})
    return measured and analog and run.settings.get("accuracy_table") is None


def in_force(run: Run) -> Limits:
    """The limits of that run."""
    return snapshot(run).limits or Limits()


def _close(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=CLOSE)


def _priced(design: Design, settings: dict[str, Any]) -> Evaluation | None:
    try:
        scenario = Scenario.from_json(settings)
        return answer(design, dataset=scenario.dataset, technologies=scenario.library)
    except FieldError:
        return None
