"""Designs: the basket of pinned ones, compared, taken away and brought in."""

from __future__ import annotations

import streamlit as st

from cmn_core.whatif.formats.link import memory_kind, pack_design, short_text
from pages.parts.design.draft import turn_page
from pages.parts.design.figures import source
from pages.parts.design.pinned import (
    LETTERS,
    MOST,
    basket_trouble,
    drop,
    empty,
    name_of,
    open_basket,
    pin,
    pinned_answers,
    reference_box,
    rename,
)
from pages.parts.explore.difference import difference_table
from pages.parts.explore.exchange import export_row, import_box, schema_notes
from pages.parts.explore.export_weights import weights_box
from pages.parts.explore.gallery import show_parallel
from pages.parts.explore.presets import preset_box
from pages.parts.frame.chrome import how_to_read, title

HELP = """
- **Side by side**: every line is a design; up is better on each axis, and equal ratios of a cost
  are equal lengths. Lines that cross trade one figure for another.
- **Differences**: each design against the reference. *p*: the probability that the difference has
  the sign shown. Both designs are priced under the same draws of what the calibration leaves open.
  A large difference can be unsure when the two rest on different parts. ★ marks the best of a row.
- **Drift** of an imported design: what its file claims beside what this simulator says now.
"""


def _list(held: list, broken: set[str]) -> None:  # type: ignore[type-arg]
    """The basket: a row for each design."""
    for at, design in enumerate(held):
        with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{LETTERS[at]}**", width="content")
            with st.container(width="stretch", gap="xxsmall"):
                st.markdown(name_of(design))
                if name_of(design) != short_text(design):
                    st.caption(short_text(design))
                if LETTERS[at] in broken:
                    st.caption("It cannot be built with this version, so it has no figures.")
            with st.popover("Name", key=f"name_box_{at}"):
                st.text_input("Name", key=f"name_{at}", max_chars=60, on_change=rename, args=(at,))
            st.page_link(
                "explore.py",
                label="Explore",
                icon=":material/tune:",
                query_params={"design": pack_design(design)},
            )
            st.button("Remove", key=f"drop_{at}", on_click=drop, args=(at,))


turn_page()
title(
    "Designs",
    "Which of your designs is better, and by more than the simulator's error? Pin up to"
    f" {MOST}, compare them, take them away, or bring others in.",
    terms=("mIoU", "EDP", "Pareto front"),
)
held = open_basket()
if trouble := basket_trouble():
    st.warning(trouble)
pinned = pinned_answers(held)
with st.container(horizontal=True, gap="small", vertical_alignment="center"):
    preset_box("Pin a preset", pin)
    if held:
        st.button("Remove all", key="empty", on_click=empty)
if not held:
    st.info(
        "Nothing is pinned yet. Pin a design in Explore, pick a preset above, or bring in a"
        " file below; the comparison appears here."
    )
    st.page_link("explore.py", label="Go to Explore", icon=":material/tune:")
else:
    _list(held, {*LETTERS[: len(held)]} - {letter for letter, _ in pinned})
if pinned:
    st.header("Side by side", anchor=False)
    drawn = [(letter, name_of(a.design), memory_kind(a.design), a.metrics) for letter, a in pinned]
    twin = st.toggle("Numbers as a table", key="twin_designs")
    show_parallel(drawn, twin=twin)
    st.caption(
        "Up is better on every axis; costs stand on a logarithmic scale, with the best value above"
        " and the worst below. Letters are the designs above; energy, latency and area simulated"
        " (sim.), mIoU predicted."
    )
    st.header("Differences", anchor=False)
    known = [letter for letter, _ in pinned]
    chosen = LETTERS[reference_box(held)]
    difference_table(pinned, chosen if chosen in known else known[0])
    st.header("Take away", anchor=False)
    shown = [held[LETTERS.index(letter)] for letter in known]
    export_row(shown, [a for _, a in pinned])
    weights_box(list(zip(known, shown, strict=True)))
st.header("Bring in", anchor=False)
import_box()
schema_notes()
how_to_read(HELP)
if pinned:
    source(pinned[0][1])
