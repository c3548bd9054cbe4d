"""Under what conditions a chip works, as fields of the form of a search: parts of its workload."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from cmn_core.design import Workload
from cmn_core.design.text import height_and_width
from cmn_core.quantities import NODES_NM, RATES, TEMPERATURES_C
from cmn_core.search.scenario import PAPER
from pages.parts.design.conditions import CONDITIONS as OFFERED

# Names of the workload's JSON, in the order of the form.
CONDITIONS = ("image", "images_per_second", "temperature_c", "node_nm")


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
    }


def read_conditions(values: Mapping[str, Any]) -> dict[str, Any]:
    """Parts of a workload's JSON from what the fields hold; empty ones are left out."""
    out = {name: value for name, value in values.items() if value not in (None, "")}
    if "image" in out:
        out["image"] = list(height_and_width("image", str(out["image"])))
    return out


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
        help="What one image of energy and latency is. mIoU is measured at 120 × 160.",
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
