"""A visitor's photograph as the chosen network sees it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cmn_core.charts.frames import GOAL_TITLES
from cmn_core.charts.palette import MEMORY_NAMES
from cmn_core.errors import FieldError
from cmn_core.runs.home import home_dir
from cmn_core.runs.sight import MAX_BYTES, Sight, SightError, see
from pages.parts.text import plain

SEEN = "seen_pictures"  # of this visitor, newest last
KEPT = 4
MAX_MB = MAX_BYTES // 1_000_000
Designs = Mapping[tuple[str, str], Mapping[str, Any]]


def sight(designs: Designs) -> None:
    """The section: pick a network, hand in a photograph, see its regions."""
    st.header("What the network sees", anchor=False)
    st.markdown(
        "Hand in a photograph of a room: the network colours every pixel with the class it believes"
        " to see. It goes to this server alone and is not kept."
    )
    if not designs:
        st.caption("No network is here yet. Once a search has found one, it looks at photographs.")
        return
    left, right = st.columns(2, gap="large")
    with left:
        options = list(designs)
        st.session_state.setdefault("sight_design", options[-1])
        if st.session_state["sight_design"] not in options:
            st.session_state["sight_design"] = options[-1]
        chosen = st.selectbox("Network", options, format_func=_name, key="sight_design")
    with right:
        upload = st.file_uploader(
            f"Photograph (JPEG, PNG or WebP, at most {MAX_MB} MB)",
            type=["jpg", "jpeg", "png", "webp"],
            max_upload_size=MAX_MB,
            key="sight_photo",
        )
    if upload is None:
        return
    try:
        found = _seen(chosen, designs[chosen], upload.getvalue())
    except FieldError as error:
        st.error(f"This photograph cannot be used: {plain(error.found, 160)}. Please choose one"
                 f" that fits: {plain(error.allowed, 160)}.")  # fmt: skip
        return
    except SightError as error:
        st.error(f"The network could not look at it: {plain(str(error), 240)}.")
        return
    most = ", ".join(f"{name} {share:.0%}" for name, share in list(found.shares.items())[:5])
    st.image(found.png, width="content", caption=f"Left the photograph, right the regions: {most}.")
    st.caption(
        f"Computed with the network's real weights in floating point, in {found.seconds:.1f} s;"
        " what the arrays of a chip add in error is not in it. It was trained on a few thousand"
        " small pictures: expect large regions such as wall, floor and bed, and no detail."
    )
    st.download_button(
        "Download this picture",
        found.png,
        "what_the_network_sees.png",
        "image/png",
        on_click="ignore",
        key="sight_download",
    )


def _name(key: tuple[str, str]) -> str:
    goal, memory = key
    return f"{GOAL_TITLES[goal][2:]} on {MEMORY_NAMES[memory]}"


def _seen(chosen: tuple[str, str], design: Mapping[str, Any], photo: bytes) -> Sight:
    """The picture, from memory where this visitor has asked for it before."""
    digest = hashlib.sha256(photo).hexdigest()
    key = (digest, repr(design["architecture"]))
    known: dict[tuple[str, str], Sight] = st.session_state.setdefault(SEEN, {})
    if key not in known:
        with st.spinner(f"{_name(chosen)} looks at your photograph…", show_time=True):
            known[key] = see(design, photo, home=home_dir())
        for old in list(known)[:-KEPT]:
            del known[old]
    return known[key]
