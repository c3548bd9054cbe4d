"""Evaluations of designs, shared by all sessions: a design never changes what it costs."""

from __future__ import annotations

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.answer import answer, found_hardware
from cmn_core.whatif.edits import bare
from cmn_core.whatif.formats.link import design_name
from cmn_core.whatif.sensitivity import Step, steps
from pages.parts.common.cache import Shared
from pages.parts.design.technology_files import kept_library, kept_texts

_EVALUATIONS: Shared[Evaluation] = Shared(400)
_STEPS: Shared[list[Step]] = Shared(200)
_HARDWARE: Shared[Design] = Shared(100)


def answer_of(design: Design) -> Evaluation:
    """On the visitor's technologies where there are any. FieldError where it cannot be built."""
    library = kept_library()
    key = bare(design), design_name(design), *kept_texts().items()
    return _EVALUATIONS.get(key, lambda: answer(design, technologies=library))


def known_answer(design: Design | None) -> Evaluation | None:
    """None for no design and for one that cannot be built."""
    try:
        return None if design is None else answer_of(design)
    except FieldError:
        return None


def steps_of(evaluation: Evaluation) -> list[Step]:
    library = kept_library()
    key = "steps", *kept_texts().items()
    return _STEPS.of(evaluation, key, lambda: steps(evaluation, technologies=library))


def best_hardware_of(design: Design, objective: str, free_memory: bool) -> Design:
    library = kept_library()
    key = bare(design), design_name(design), objective, free_memory, *kept_texts().items()
    return _HARDWARE.get(
        key,
        lambda: found_hardware(
            design, objective=objective, free_memory=free_memory, technologies=library
        ),
    )
