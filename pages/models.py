"""Models: any network as a list of layers, on RRAM, SRAM or both, and what its size takes."""

from __future__ import annotations

import json

import streamlit as st

from cmn_core.quantities import COSTS, QUANTITIES
from pages.parts.common.text import plain
from pages.parts.design.draft import turn_page
from pages.parts.design.figures import STYLE
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.models.answers import PLACEMENTS, Answer, Wanted, answers_of, has_genes
from pages.parts.models.exchange import exchange_box
from pages.parts.models.form import wanted
from pages.parts.models.operators import operator_table
from pages.parts.models.own_chip import own_chip_form
from pages.parts.models.own_table import own_accuracy
from pages.parts.models.placement_table import placement_table
from pages.parts.models.searched import search_box
from pages.parts.models.views import (
    about,
    cards,
    remarks,
    show_layers,
    show_placements,
    size_words,
    source_words,
)

HELP = """
- **Figures** are those of one inference with every weight resident in arrays, as many chips as that
  takes. Below each the 90 % interval of the simulator.
- **Latency** of sparse experts takes the busiest expert at its worst; *equal shares* is the other
  end. Measured routing, given as a histogram in the file, lies between.
- **One chip that reloads**: what does not fit passes through part of the arrays at every inference.
  RRAM bears a limited number of writes, so it wears out; SRAM pays in energy and time only.
- **Idle experts** leak although no token visits them: SRAM does, RRAM keeps its content without
  power.
- **By layer**: the largest layers in their order, all repetitions together; layers beside each
  other overlap in time, so their bars may add up to more than the latency.
- **Hardware for it** searches macros, and for each block its memory and 1 to 64 copies, within the
  die. It runs in the background, alone or with other networks on one chip; Hardware shows it.
"""
NO_GENES = (
    "Explore cannot open it: there the eight sizes of a ViT-MoE are turned, its experts and their"
    " hidden sizes in four blocks."
)
GOOD = "models_good"  # the last wish that had an answer


def _downloads(asked: Wanted, answer: Answer) -> None:
    files = (
        ("Answer (JSON)", json.dumps(answer, indent=1) + "\n", "answer.json"),
        ("Model (JSON)", asked.model + "\n", "model.json"),
    )
    with st.container(horizontal=True, gap="small"):
        for text, data, name in files:
            st.download_button(
                text,
                data,
                name,
                "application/json",
                on_click="ignore",
                key=f"download_{name}",
                icon=":material/download:",
            )


def _page(asked: Wanted) -> None:
    found, refused = answers_of(asked)
    stale = asked.placement not in found
    if stale:
        good = st.session_state.get(GOOD)
        kept = " Greyed below: the last one that can." if good else ""
        st.error(f"This chip cannot be built. {plain(str(refused[asked.placement]), 400)}.{kept}")
        if good is None:
            return
        asked, found = good, answers_of(good)[0]
    else:
        st.session_state[GOOD] = asked
        for key, error in refused.items():
            name = PLACEMENTS[key].name
            st.warning(f"{name} is left out. {plain(str(error), 400)}.")
    with st.container(key="stale_models" if stale else "shown_models"):
        _answer(asked, found)


def _answer(asked: Wanted, found: dict[str, Answer]) -> None:
    answer = found[asked.placement]
    about(answer)
    if not has_genes(asked.model):
        st.caption(NO_GENES)
    cards(answer)
    for sentence in remarks(answer):
        st.caption(sentence)
    st.markdown(size_words(answer))
    st.header("Which memory", anchor=False)
    show_placements(asked, found)
    if st.toggle("All figures as a table", key="twin_placements"):
        placement_table(found, asked.placement)
    st.header("Where it goes", anchor=False)
    quantity = st.segmented_control(
        "Show",
        COSTS,
        default="energy_uj",
        required=True,
        format_func=lambda name: QUANTITIES[name].label,
        key="by_layer",
        bind="query-params",
    )
    twin = st.toggle("Numbers as a table", key="twin_layers")
    show_layers(asked, quantity, twin=twin)
    if "operators" in answer and st.toggle("What each operator came to", key="twin_operators"):
        operator_table(answer)
    _downloads(asked, answer)
    exchange_box(asked, answer)
    st.header("Hardware for it", anchor=False)
    search_box(asked)
    how_to_read(HELP)
    source_words(answer, asked)


turn_page()
title(
    "Models",
    "What would a larger network take on such chips: how much energy, how long, how many chips, and"
    " which memory?",
    terms=("Mixture of experts", "INT8", "Array (crossbar, macro)"),
)
st.html(STYLE)
asked = wanted()
if asked is None:
    st.info(
        "No model yet. Give a file or paste one above; its energy, latency, area and chips follow."
        " To begin from an example, pick a preset and take its Model (JSON)."
    )
else:
    _page(asked)
st.header("A technology from your own chip", anchor=False)
own_chip_form()
st.header("Accuracy of your own", anchor=False)
own_accuracy()
