"""Explore: change one thing of a design and see who pays."""

from __future__ import annotations

import streamlit as st

from cmn_core.charts.base.palette import palette
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import ENERGY
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.compare import compare, judged, verdicts
from cmn_core.whatif.formats.link import memory_kind
from pages.parts.design.answers import answer_of, known_answer, steps_of
from pages.parts.design.conditions import conditions_line
from pages.parts.design.draft import design_before, draft_trouble, open_draft, turn_page
from pages.parts.design.figures import STYLE, answer_cards, slim_bar, source
from pages.parts.design.knob_effects import effect_lines
from pages.parts.design.knobs import (
    all_row,
    block_cards,
    condition_knobs,
    hardware_knobs,
    refusal_text,
    workload_knobs,
)
from pages.parts.design.limit_inputs import limits_box
from pages.parts.design.pinned import (
    LETTERS,
    basket_trouble,
    open_basket,
    pinned_answers,
    reference_box,
)
from pages.parts.design.technology_files import technology_box
from pages.parts.explore.actions import toolbar
from pages.parts.explore.advice import advice
from pages.parts.explore.design_on_front import (
    place,
    run_box,
    run_limits,
    shown_run,
    visible_runs,
)
from pages.parts.explore.floor_plan import show_floor_plan
from pages.parts.explore.gallery import show_breakdown, show_tornado
from pages.parts.explore.presets import first_design
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.learn.class_lesson import kept_lesson, lesson_limits, lesson_strip
from pages.parts.runs.pictures import theme
from pages.parts.runs.run_view import Run

HELP = """
- **Figures**: energy, latency and area of one image, simulated; mIoU, predicted. Below each the
  90 % interval, and beside a difference the probability that it has the sign shown.
- **What helps most**: the three single steps that save most within the limits, with all that they
  move and how likely the saving is. A press makes the change; Undo takes it back.
- **The network and its chip**: above, experts and hidden sizes; below, the chip to scale. A block
  has a frame; within it lie arrays, conversion, buffers and digital unit. Where they lie on a real
  die is not known.
- **Where it goes**: each bar is a block, or what goes *with* it: its patch embedding and its share
  of the decoder, on its memory and copies. Parts are the arrays, the conversion and summing of what
  they read, the digital unit, buffers, wires and leakage. The digital unit has attention scores,
  normalisation and router.
- **One step of every knob**: what a single step would do, all else kept. Hollow bars: the
  sign of the effect is less than 95 % likely. Dashed, with ✗: the step breaks a limit
  or goes further beyond one.
- **Place**: your design is the large ring, pinned ones are diamonds, dashed lines are the limits of
  the search whose front is drawn. While that search runs, its front moves under your ring.
"""
GOOD = "draft_good"  # the last design that could be built


def _answered(draft: Design) -> tuple[Evaluation | None, FieldError | None]:
    """The answer, or that to the last design that could be built, and why this one cannot."""
    try:
        found = answer_of(draft)
    except FieldError as error:
        good = st.session_state.get(GOOD)
        return (None if good is None else answer_of(good)), error
    st.session_state[GOOD] = draft
    return found, None


def _front(
    answer: Evaluation,
    run: Run | None,
    stored: list[Run],
    limits: Limits,
    held: list[Design],
    twin: bool,
) -> None:
    if run is None:
        st.info("No search is here yet. Start one, and its front appears here while it runs.")
        st.page_link("search.py", label="Go to Search", icon=":material/play_arrow:")
        return
    run_box(run, stored)
    place(run, answer, pinned_answers(held), limits=limits, twin=twin)


turn_page()
title(
    "Explore",
    "Change one thing and see who pays: what does a design cost, where does it go, and which knob"
    " matters?",
    terms=("Array (crossbar, macro)", "ADC", "Output error", "mIoU", "Leakage"),
)
st.html(STYLE)
open_class = kept_lesson()
draft = open_draft(first_design, beside=open_class.query if open_class else None)
held = open_basket()
answer, refusal = _answered(draft)
toolbar(draft, None if refusal else answer)
for trouble in (draft_trouble(), basket_trouble()):
    if trouble:
        st.warning(trouble)
if refusal:
    kept = " Greyed below: the last design that can." if answer else ""
    st.error(f"This design cannot be built. {refusal_text(refusal)}.{kept}")
stored = visible_runs()
run = shown_run(memory_kind(draft), stored)
held_class = lesson_limits()
against, beside = None, ""
with st.container(horizontal=True, vertical_alignment="bottom"):
    if held_class:
        limits = limits_box(held_class[1], "the lesson of your class")
    else:
        known_limits = run_limits(run)
        limits = limits_box(known_limits, "the search whose front is drawn")
    at = reference_box(held) if held else 0
if held:
    known = dict(pinned_answers(held))
    beside = LETTERS[at]
    against = compare(answer, known[beside]) if answer and beside in known else None
earlier = None if refusal else known_answer(design_before())
if answer:
    answer_cards(
        answer,
        verdicts=verdicts(answer, limits),
        against=against,
        beside=beside,
        before=compare(answer, earlier) if earlier else None,
        stale=bool(refusal),
        stay=True,
    )
    slim_bar(answer, palette(theme()).page)
if held_class:
    lesson, asked = held_class
    whole = None if refusal else answer
    lesson_strip(lesson, whole, verdicts(whole, asked) if whole else {})
# After the figures: those are what somebody at a slider waits for.
steps, quantity = steps_of(answer) if answer else [], ENERGY.name
limits_of_changes = judged(limits, draft.workload)
if answer:
    with st.container(key="stale_advice" if refusal else "advice"):
        quantity = advice(answer, steps, limits_of_changes, stale=bool(refusal))
effects = effect_lines(steps, quantity)
left, right = st.columns(2, gap="large")
with left:
    all_row()
    block_cards(draft, effects)
    with st.expander(
        "Macros: the hardware knobs", expanded=bool(refusal), key="macros", on_change="rerun"
    ) as folded:
        if folded.open:  # twenty sliders that a moved one would redraw
            hardware_knobs(draft, refusal, effects)
    with st.expander(
        "Workload: network family, image, precision, routing", key="workload", on_change="rerun"
    ) as folded:
        if folded.open:
            workload_knobs(draft)
    at_work = conditions_line(draft.workload) or "back to back, 25 °C, 28 nm"
    with st.expander(f"Conditions: {at_work}", key="conditions"):  # one that reports would close
        condition_knobs(draft)  # whenever its label changes
    technology_box("explore_technologies")
with right:
    if answer is None:
        st.info(
            "Its figures and charts appear here once it can be built: mend the knob that is"
            " named above, or start from a preset."
        )
if answer:
    with right, st.container(key="stale_charts" if refusal else "charts"):
        st.subheader("The network and its chip", anchor=False)
        show_floor_plan(answer, quantity, earlier.cost.area_mm2 if earlier else None)
        twin = st.toggle("Numbers as tables", key="twin_explore")
        st.subheader("Where it goes", anchor=False)
        show_breakdown(answer, quantity, twin=twin)
        st.subheader("Against a front", anchor=False)
        _front(answer, run, stored, limits, held, twin)
        st.subheader("One step of every knob", anchor=False)
        show_tornado(answer, steps, quantity, limits_of_changes, twin=twin)
how_to_read(HELP)
if answer:
    source(answer)
