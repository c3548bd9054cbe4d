"""Under what conditions a chip works, as fields of the form of a search: parts of its workload, and
what of a hybrid has a memory of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cmn_core.architecture import MAX_EXPERTS
from cmn_core.design import HYBRID, Workload
from cmn_core.design.text import height_and_width, top_k
from cmn_core.predictor.routing import load_routing
from cmn_core.quantities import NODES_NM, RATES, TEMPERATURES_C
from cmn_core.search.scenario import EXPERT, PAPER, SEARCHED
from pages.parts.design.conditions import CONDITIONS as OFFERED
from pages.parts.search.own_accuracy import picked_settings

# Names of the workload's JSON, in the order of the form.
CONDITIONS = ("image", "images_per_second", "temperature_c", "node_nm", "routing")
PLACEMENT_NAMES = {"block": "each block", EXPERT: "each expert"}
_SHUT = "form_placement_why"  # why the choice of placement was closed when it was drawn
ROUTINGS = {
    "dense": "dense: every expert",
    **{str(k): f"top {k} of the experts" for k in range(1, MAX_EXPERTS + 1)},
    SEARCHED: "searched, for each block",
}


def conditions_of(workload: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields hold for a workload's JSON, by condition."""
    plain = Workload()
    height, width = workload.get("image", plain.image)
    rate = workload.get("images_per_second")
    return {
        "image": f"{height}x{width}",
        "images_per_second": None if rate is None else float(rate),
        "temperature_c": float(workload.get("temperature_c", plain.temperature_c)),
        "node_nm": float(workload.get("node_nm", plain.node_nm)),
        "routing": _routing_text(workload.get("routing", "dense")),
    }


def read_conditions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parts of a workload's JSON from what the fields hold; empty ones are left out."""
    out = {name: value for name, value in values.items() if value not in (None, "")}
    if "image" in out:
        out["image"] = list(height_and_width("image", str(out["image"])))
    if (routing := str(out.get("routing", "dense"))) not in ("dense", SEARCHED):
        out["routing"] = {"top_k": top_k("routing", routing)}
    return out


def conditioned(begun: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Workload and routing of a scenario's JSON: what the fields hold, laid over `begun`."""
    asked = read_conditions(values)
    searched = asked.get("routing") == SEARCHED
    if searched:
        asked["routing"] = "dense"  # the workload's; the search has its own for each network
    out: dict[str, Any] = {"workload": {**begun, **asked}}
    return out | ({"routing": SEARCHED} if searched else {})


def _routing_text(routing: Any) -> str:
    """dense, 2 or 1/2/5/3."""
    if routing == "dense":
        return "dense"
    top_k = routing["top_k"]
    return "/".join(map(str, top_k)) if isinstance(top_k, list | tuple) else str(top_k)


def rest_of(workload: Mapping[str, Any]) -> dict[str, Any]:
    """Parts of a workload's JSON that have no field and are not as in every search."""
    usual = Workload().to_json()
    return {n: v for n, v in workload.items() if n not in CONDITIONS and v != usual.get(n)}


def placement_fields() -> None:
    """The routing, and whether each block or each expert of a hybrid has a memory; where there is
    no choice that stands still, and a line says why. Outside the form: one follows from the other.
    """
    known = st.session_state.get("form_routing", "dense")
    with st.container(horizontal=True, gap="medium"):
        st.selectbox(
            "Routing",
            [*ROUTINGS, *([] if known in ROUTINGS else [known])],
            key="form_routing",
            persist_state="session",
            width=260,
            format_func=lambda name: ROUTINGS.get(name, f"top {name} of blocks 1 to 4"),
            help="How many experts work on a token. Anything but dense needs weights that were"
            " trained and measured so.",
        )
        why = st.session_state[_SHUT] = why_by_block()
        with st.container(width="content"):
            st.segmented_control(
                "A memory for",
                list(PLACEMENT_NAMES),
                default="block" if why else None,
                required=True,
                disabled=bool(why),
                format_func=PLACEMENT_NAMES.__getitem__,
                key="form_placement_shut" if why else "form_placement",
                persist_state=None if why else "session",
                help="By expert, the idlest experts of a block may lie on RRAM and the busy ones"
                " on SRAM. Such a search takes several times as long.",
            )
    if why:
        st.caption(f"Not by expert: {why}.")


def placed() -> dict[str, str]:
    """Placement of a scenario's JSON, as the field showed it."""
    state = st.session_state
    asked = "block" if state.get(_SHUT) else state.get("form_placement", "block")
    return {} if asked == "block" else {"placement": asked}


def why_by_block() -> str:
    """Why the search of the form can give no expert a memory of its own; empty where it can."""
    state = st.session_state
    space, dataset = state.get("form_space", "b0"), state.get("form_dataset", "nyuv2")
    noise = any(state.get(f"form_{name}") for name in ("write_noise", "read_noise"))
    for wrong, why in (
        (state.get("form_memory") != HYBRID, "a chip of one memory has nothing to choose"),
        (
            state.get("form_routing", "dense") == "dense",
            "under dense routing no expert is ever idle",
        ),
        (bool(picked_settings()), "an own table of accuracy says nothing of idle experts"),
        (
            noise or state.get("form_robust", "nominal") != "nominal",
            "noise and quantiles are known of whole blocks alone",
        ),
        (
            load_routing(space, dataset) is None,
            "how often each expert works was not measured for this network and data set",
        ),
    ):
        if wrong:
            return why
    return ""


def condition_fields() -> None:
    """Fields with keys form_NAME but for the routing; their values are in the session before this
    is called."""
    st.text_input(
        "Image (height × width, pixels)",
        max_chars=16,
        key="form_image",
        persist_state="session",
        help="What one image of energy and latency is. mIoU is known of sizes that were measured.",
    )
    for name, label, ends, placeholder in (
        ("images_per_second", "Images per second", RATES, "no pause"),
        ("temperature_c", "Temperature (°C)", TEMPERATURES_C, "25"),
        ("node_nm", "Node (nm)", NODES_NM, "28"),
    ):
        st.number_input(
            label,
            min_value=ends[0],
            max_value=ends[1],
            value=None,
            placeholder=placeholder,
            help=OFFERED[name].help,
            key=f"form_{name}",
            persist_state="session",
        )


def paper_button(on_click: Callable[[], None]) -> None:
    """Puts the conditions of the paper's tables into the fields."""
    height, width = PAPER["workload"]["image"]
    st.form_submit_button(
        "Conditions of the paper",
        key="as_paper",
        on_click=on_click,
        help=f"{height} × {width} pixels, no pause, a die of any size, mIoU without the error of"
        " the chip: what the paper's tables imply. Table B1 is searched so.",
    )
