"""A searched design priced anew with its run's own constants: intervals and the error of its chip,
which a run does not store. Shared by all sessions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.design import parse_design
from cmn_core.errors import FieldError
from cmn_core.quantities import COSTS
from cmn_core.search.constraints import Limits
from cmn_core.search.scenario import Scenario
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer
from pages.parts.common.cache import Shared
from pages.parts.design.answers import limits_of
from pages.parts.runs.run_view import Run, snapshot

CLOSE = 1e-6  # relative; a run of another version differs by more
SETTINGS = ("dataset", "parameters", "technology")
_ANSWERS: Shared[Evaluation | None] = Shared(400)


def priced(run: Run, design: Mapping[str, Any]) -> Evaluation | None:
    """The answer to a design of that run; None where this version prices it differently. Its mIoU
    may be of a newer predictor (`same_miou`)."""
    settings = {name: run.settings[name] for name in SETTINGS if run.settings.get(name)}
    asked = json.dumps({"memory": run.memory, **settings})
    found = _ANSWERS.of(design, asked, lambda: _priced(design, asked))
    stored = design.get("metrics") or {}
    same = found is not None and all(_close(found.metrics[n], stored.get(n)) for n in COSTS)
    return found if same else None


def same_miou(answer: Evaluation, design: Mapping[str, Any]) -> bool:
    """Whether the run was predicted, or measured, as this version would."""
    return _close(answer.metrics["miou"], (design.get("metrics") or {}).get("miou"))


def in_force(run: Run) -> Limits:
    """The limits of that run."""
    return limits_of(snapshot(run)["limits"])


def _close(ours: float | None, theirs: float | None) -> bool:
    if ours is None or theirs is None:
        return ours is theirs
    return math.isclose(ours, theirs, rel_tol=CLOSE)


def _priced(design: Mapping[str, Any], settings: str) -> Evaluation | None:
    bare = {k: v for k, v in design.items() if k not in ("metrics", "provenance")}
    return _answer(json.dumps(bare), settings)


# Shared without copies: what this returns is only read.
@st.cache_resource(max_entries=400, show_spinner=False)
def _answer(design: str, settings: str) -> Evaluation | None:
    try:
        scenario = Scenario.from_json(json.loads(settings))
        return answer(
            parse_design(json.loads(design)),
            dataset=scenario.dataset,
            technologies=scenario.library,
        )
    except FieldError:
        return None
