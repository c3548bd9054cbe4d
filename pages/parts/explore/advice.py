"""What bounds the design at hand, and the three single changes that help most, a press each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cmn_core.quantities import COSTS, ENERGY, LATENCY, QUANTITIES
from cmn_core.search.constraints import Limits
from cmn_core.search.scoring.evaluation import Evaluation
from cmn_core.whatif.bounds import best_changes, bottleneck, bottleneck_text
from cmn_core.whatif.sensitivity import Step, applied
from pages.parts.common.text import number
from pages.parts.design.draft import change
from pages.parts.design.knob_effects import all_effects, step_title

MOST = 3


def bounded(answer: Evaluation) -> str:
    """What takes most of its time and of its energy, as sentences."""
    texts = []
    for name in (LATENCY.name, ENERGY.name):
        shown = QUANTITIES[name]
        found = bottleneck(answer.cost, name)
        value = f"{number(found.value)} {shown.unit}"
        texts.append(f"**{shown.label} {value}**: {bottleneck_text(found)}.")
    return " ".join(texts)


def advice(
    answer: Evaluation, steps: Sequence[Step], limits: Limits, *, stale: bool = False
) -> str:
    """The sentence, the quantity that matters to the reader, and the best changes, each with all
    that it moves. The quantity, which the charts show too.

    limits: as of `compare.judged`; stale: the design at hand is another, which cannot be built
    """
    st.markdown(bounded(answer))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.markdown("**What helps most**", width="content")
        quantity: str = st.segmented_control(
            "Quantity",
            COSTS,
            default=ENERGY.name,
            required=True,
            format_func=lambda name: QUANTITIES[name].label,
            key="quantity",
            bind="query-params",
            label_visibility="collapsed",
        )
    best = best_changes(answer, steps, quantity, limits, MOST)
    if not best:
        st.caption(
            f"No single step saves {QUANTITIES[quantity].word} within the limits. Two at once may:"
            " a search tries those."
        )
        return quantity
    with st.grid(MOST, min_column_width=250, gap="small"):
        for at, step in enumerate(best):
            with st.container(border=True, gap="xsmall"):
                st.button(
                    step_title(step),
                    key=f"apply_{at}",
                    on_click=change,
                    args=(applied, step),
                    width="stretch",
                    disabled=stale,
                    help="Makes this change; Undo takes it back.",
                )
                st.caption(all_effects(step, quantity, sigma=answer.sigma))
    return quantity
