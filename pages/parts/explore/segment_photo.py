"""A visitor's photograph as the chosen network sees it."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping

import streamlit as st
from PIL import Image

from cmn_core.architecture import Architecture
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.datasets.scenes import generate
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.quantities import GOALS
from cmn_core.runs.commands.command import ErrandError
from cmn_core.runs.commands.segment_photo import MAX_BYTES, Sight, see
from cmn_core.runs.home import home_dir
from pages.parts.common.text import plain

SEEN = "seen_pictures"  # of this visitor, newest last
KEPT = 4
SCENES = (0, 1, 2, 3)
MAX_MB = MAX_BYTES // 1_000_000
Designs = Mapping[tuple[str, str], Design]


def sight(designs: Designs) -> None:
    """The section: pick a network, hand in a photograph, see its regions."""
    st.header("What the network sees", anchor=False)
    st.markdown(
        "Hand in a photograph of a room, or take a drawn one: the network colours every pixel with"
        " the class it believes to see. A photograph goes to this server alone and is not kept."
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
        scene = st.segmented_control(
            "Or a room drawn at random",
            SCENES,
            format_func=lambda n: f"Room {n + 1}",
            key="sight_scene",
        )
    with right:
        upload = st.file_uploader(
            f"Photograph (JPEG, PNG, WebP, BMP or TIFF, at most {MAX_MB} MB)",
            type=["jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff"],
            max_upload_size=MAX_MB,
            key="sight_photo",
        )
    if upload is None and scene is None:
        return
    picture = upload.getvalue() if upload is not None else _drawn(int(scene or 0))
    try:
        found = _seen(chosen, designs[chosen], picture)
    except FieldError as error:
        st.error(f"This photograph cannot be used: {plain(error.found, 160)}. Please choose one"
                 f" that fits: {plain(error.allowed, 160)}.")  # fmt: skip
        return
    except ErrandError as error:
        st.error(f"The network could not look at it: {plain(str(error), 240)}.")
        return
    most = ", ".join(f"{name} {share:.0%}" for name, share in list(found.shares.items())[:5])
    st.image(found.png, width="content", caption=f"Left the picture, right the regions: {most}.")
    st.caption(
        f"Computed with the network's real weights in floating point, in {found.seconds:.1f} s;"
        " what the arrays of a chip add in error is not in it. It was trained on a few thousand"
        " small pictures: expect large regions such as wall, floor and bed, and no detail."
        + ("" if upload is not None else " Drawn rooms are of no data set, and harder than photos.")
    )
    st.download_button(
        "Download this picture",
        found.png,
        "what_the_network_sees.png",
        "image/png",
        on_click="ignore",
        key="sight_download",
    )


@st.cache_resource(max_entries=len(SCENES), show_spinner=False)
def _drawn(number: int) -> bytes:
    """A generated scene as PNG; nobody's photograph ships with the project."""
    image = generate("val", number + 1).images[number]
    out = io.BytesIO()
    Image.fromarray(image).resize((480, 360), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _name(key: tuple[str, str]) -> str:
    goal, memory = key
    return f"{GOALS[goal].label} on {MEMORY_NAMES[memory]}"


def _seen(chosen: tuple[str, str], design: Design, photo: bytes) -> Sight:
    """The picture, from memory where this visitor has asked for it before."""
    digest = hashlib.sha256(photo).hexdigest()
    key = (digest, design.architecture)
    known: dict[tuple[str, Architecture], Sight] = st.session_state.setdefault(SEEN, {})
    if key not in known:
        with st.spinner(f"{_name(chosen)} looks at your photograph…", show_time=True):
            known[key] = see(design, photo, home=home_dir())
        for old in list(known)[:-KEPT]:
            del known[old]
    return known[key]
