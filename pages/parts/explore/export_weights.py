"""The sliced weights of a pinned design, made by a process of their own, to take away."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.runs.commands.command import ErrandError
from cmn_core.runs.commands.export_network import Network, sliced
from cmn_core.runs.home import home_dir
from cmn_core.whatif.edits import bare
from pages.parts.common.text import plain
from pages.parts.design.pinned import LETTERS, label
from pages.parts.runs.settings import DATASETS

WANTED, MADE = "network_wanted", "network_made"


def weights_box(held: Sequence[tuple[str, Design]]) -> None:
    """Pick a pinned design and a data set; the files come as downloads. held: letters, designs."""
    with st.expander("Network weights (safetensors, ONNX)", key="weights_box"):
        st.caption(
            "The network's own slice of the trained supernet, in half precision, and the same as an"
            " ONNX graph for other programs. On the command line: `python -m cmn_core export`."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            at = st.selectbox(
                "Design",
                range(len(held)),
                format_func=lambda i: label(LETTERS.index(held[i][0]), held[i][1]),
                key="network_design",
                width=360,
            )
            dataset = st.selectbox(
                "Trained on",
                list(DATASETS),
                format_func=DATASETS.__getitem__,
                key="network_dataset",
                width=200,
            )
            st.button("Slice", key="network_slice", on_click=_want, args=(held[at][1], dataset))
        asked = (bare(held[at][1]), dataset)
        if st.session_state.get(WANTED) == asked:
            _make(held[at][1], dataset)
        made = st.session_state.get(MADE)
        if made is not None and made[0] == asked:
            _downloads(made[1], dataset)


def _want(design: Design, dataset: str) -> None:
    """Callback: the wish outlives a rerun that interrupts the page before it comes this far."""
    st.session_state[WANTED] = (bare(design), dataset)


def _make(design: Design, dataset: str) -> None:
    try:
        with st.spinner("Slicing the supernet…", show_time=True):
            found = sliced(design.to_json(), dataset, home=home_dir())
        st.session_state[MADE] = ((bare(design), dataset), found)
    except FieldError as error:
        st.error(f"There is no such network here. {plain(str(error), 300)}.")
    except ErrandError as error:
        st.error(f"No files were made: {plain(str(error), 300)}.")
    st.session_state.pop(WANTED, None)


def _downloads(found: Network, dataset: str) -> None:
    st.caption(f"{found.parameters:,} parameters, trained by this project for {DATASETS[dataset]}.")
    files = (
        ("Weights (safetensors)", found.weights, "network.safetensors"),
        ("Graph (ONNX)", found.graph, "network.onnx"),
    )
    with st.container(horizontal=True, gap="small"):
        for text, data, name in files:
            st.download_button(
                f"{text}, {len(data) / 1e6:.1f} MB",
                data,
                name,
                "application/octet-stream",
                on_click="ignore",
                key=f"download_{name}",
                icon=":material/download:",
            )
