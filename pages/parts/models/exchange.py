"""The model of the page as files for other simulators."""

from __future__ import annotations

import json

import streamlit as st

from cmn_core.cim.technologies.parameters import technologies
from cmn_core.errors import FieldError
from cmn_core.models.exchange.dialects import written_as
from cmn_core.models.file import parse_model
from pages.parts.common.text import plain
from pages.parts.models.answers import Answer, Wanted

FILES = {
    "zigzag": ("ZigZag workload", "network.yaml"),
    "neurosim": ("NeuroSim network", "network.csv"),
    "accelforge": ("AccelForge workload", "network.accelforge.yaml"),
    "crosssim": ("CrossSim parameters", "crosssim.json"),
    "aihwkit": ("AIHWKit layers", "aihwkit_network.py"),
}


def exchange_box(asked: Wanted, answer: Answer) -> None:
    """A toggle, then a button for each format with what it cannot say."""
    if not st.toggle("For other simulators", key="twin_exchange"):
        return
    model = parse_model(json.loads(asked.model))
    library = technologies(asked.constants, asked.documents)
    for dialect, (title, name) in FILES.items():
        try:
            text, left_out = written_as(model, dialect, library, answer["hardware"]["macros"])
        except FieldError as error:
            st.caption(f"{title}: {plain(str(error), 400)}.")
            continue
        st.download_button(
            title,
            text,
            name,
            "text/plain",
            on_click="ignore",
            key=f"download_{dialect}",
            icon=":material/download:",
        )
        if left_out:
            st.caption("Not in it, or said differently: " + plain("; ".join(left_out), 900) + ".")
