"""Answers for designs, shared by all sessions: a design never changes what it costs."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import streamlit as st

from cmn_core.design import Design
from cmn_core.search.constraints import Limits
from cmn_core.whatif.answer import Answer, answer
from cmn_core.whatif.formats.link import pack_design, unpack_design
from cmn_core.whatif.hardware import found_hardware
from cmn_core.whatif.sensitivity import Step, steps
from pages.parts.common.cache import Shared

_ANSWERS: Shared[Answer] = Shared(400)
_STEPS: Shared[list[Step]] = Shared(200)


def answer_of(design: Design) -> Answer:
    """FieldError where it cannot be built."""
    return _ANSWERS.get(token := pack_design(design), lambda: answer(unpack_design(token)))


def steps_of(design: Design) -> list[Step]:
    return _STEPS.get(token := pack_design(design), lambda: steps(unpack_design(token)))


def best_hardware_of(design: Design, objective: str, free_memory: bool) -> Design:
    return _hardware(pack_design(design), objective, free_memory)


def limits_of(known: dict[str, Any]) -> Limits:
    """Limits in force in a run; those of every search where it has none yet."""
    names = {field.name for field in fields(Limits)}
    return Limits(**{k: v for k, v in known.items() if k in names})


# Shared without copies: what this returns is only read.
@st.cache_resource(max_entries=100, show_spinner=False)
def _hardware(token: str, objective: str, free_memory: bool) -> Design:
    return found_hardware(unpack_design(token), objective=objective, free_memory=free_memory)
