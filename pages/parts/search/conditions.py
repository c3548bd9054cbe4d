"""Under what conditions a chip works, as fields of the form of a search: parts of its workload."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cmn_core.architecture import MAX_EXPERTS
from cmn_core.design import Workload
from cmn_core.design.text import height_and_width
from cmn_core.errors import FieldError, one_line
from cmn_core.quantities import NODES_NM, RATES, TEMPERATURES_C
from cmn_core.search.scenario import PAPER, SEARCHED
from pages.parts.design.conditions import CONDITIONS as OFFERED

# Names of the workload's JSON, in the order of the form.
CONDITIONS = ("image", "images_per_second", "temperature_c", "node_nm", "routing")
_TOP_K = re.compile("[1-5](/[1-5]){3}|[1-5]")
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
        if not _TOP_K.fullmatch(routing):
            allowed = "dense, 1 to 5, four such as 1/2/5/3, or searched is allowed"
            raise FieldError("routing", f"found '{one_line(routing, 40)}'", allowed)
        each = [int(k) for k in routing.split("/")]
        out["routing"] = {"top_k": each if len(each) > 1 else each[0]}
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


def condition_fields() -> None:
    """Fields with keys form_NAME; their values are in the session before this is called."""
    st.text_input(
        "Image (height × width, pixels)",
        max_chars=16,
        key="form_image",
        persist_state="session",
        help="What one image of energy and latency is. mIoU is known of sizes that were measured.",
    )
    known = st.session_state.get("form_routing", "dense")
    st.selectbox(
        "Routing",
        [*ROUTINGS, *([] if known in ROUTINGS else [known])],
        key="form_routing",
        format_func=lambda name: ROUTINGS.get(name, f"top {name} of blocks 1 to 4"),
        help="How many experts work on a token. Anything but dense needs weights that were trained"
        " and measured so.",
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
