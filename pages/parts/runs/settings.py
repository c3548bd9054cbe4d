"""Settings of a search that most visitors leave as they are: data set, what is judged, noise."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st

from cmn_core.architecture import SPACES, SearchSpace
from cmn_core.cim.technologies.parameters import SET_TITLES
from cmn_core.cim.workload import weights
from cmn_core.errors import FieldError, one_line
from cmn_core.predictor import FOLDER
from cmn_core.quantities import LIMITS
from cmn_core.search.scenario import PATIENCE

DATASETS = {"nyuv2": "NYUv2, rooms", "camvid": "CamVid, streets"}


def _network(space: SearchSpace) -> str:
    """Such as: B0, 2 to 10 MB. Weights of one byte each."""
    genes = np.array([space.smallest.row(), space.largest.row()])
    least, most = weights(space, genes[:, :4], genes[:, 4:], 40) / 1e6
    return f"{space.name.upper()}, {least:.0f} to {most:.0f} MB"


NETWORKS = {
    name: _network(space)
    for name, space in SPACES.items()
    if (FOLDER / f"{name}_nyuv2.json").exists()  # its accuracy was measured
}
ROBUST = {
    "nominal": "the simulator's figures",
    "quantile": "a quantile of their interval",
    "worst": "every cause at its quantile at once",
}
INNERS = {
    "exact": "proof",
    "both": "swarm as in the paper, then proof",
    "swarm": "swarm as in the paper alone",
}
# Names of the scenario's JSON and what they are when nobody sets them.
ADVANCED: Mapping[str, Any] = {
    "dataset": "nyuv2",
    "space": "b0",
    "parameters": "silicon",
    "patience": PATIENCE,
    "inner": "exact",
    "max_sigma_rel": None,
    "chip_miou": True,
    "robust": "nominal",
    "quantile": None,
    "write_noise": 0.0,
    "read_noise": 0.0,
    "noise_per_block": None,
    "max_noise_loss": None,
}
REAL = ("max_sigma_rel", "quantile", "write_noise", "read_noise", "max_noise_loss")
# Label, highest value (None: any), step, placeholder, help.
_NUMBERS: Mapping[str, tuple[str, float | None, float, str, str]] = {
    "quantile": (
        "Quantile",
        0.999,
        0.05,
        "default: 0.9",
        "One-sided, of the draws that intervals are made of: 0.95 is their upper end.",
    ),
    "write_noise": (
        "Noise of writing RRAM",
        0.2,
        0.01,
        "0",
        "Standard deviation relative to the largest weight. SRAM has none.",
    ),
    "read_noise": ("Noise of reading RRAM", 0.2, 0.01, "0", "The same, drawn at each read."),
    **{
        name: (LIMITS[name].label, None, step, LIMITS[name].usual, LIMITS[name].help)
        for name, step in (("max_sigma_rel", 0.01), ("max_noise_loss", 0.1))
    },
}


def advanced_fields() -> None:
    """Fields with keys form_NAME; their values are in the session before this is called."""
    with st.grid(min_column_width=190, gap="small"):
        _select(
            "dataset",
            "Data set",
            DATASETS,
            "Whose measured subnets the accuracy is predicted from.",
        )
        _select(
            "space",
            "Network",
            NETWORKS,
            "The supernet that is searched, and how much its networks weigh at 8 bits. B1 and B2"
            " are wider and deeper and were measured on NYUv2 alone. *Most arrays* must let them"
            " fit: 10 MB leave the smaller ones of B1 and none of B2. An own table of accuracy"
            " brings its own network.",
        )
        _select(
            "parameters",
            "Constants",
            SET_TITLES,
            "Of the simulator: from published chips, or fitted to the paper's tables, where"
            " RRAM is the more frugal memory and SRAM the faster one.",
        )
        st.number_input(
            "Stop after quiet generations",
            min_value=1,
            value=None,
            step=1,
            placeholder="never",
            key="form_patience",
            persist_state="session",
            help="Ends the search once that many generations have brought no progress in the best"
            " design or the front. Empty: all generations are run.",
        )
        _select(
            "inner",
            "Hardware search",
            INNERS,
            "Of uniform chips. The proof finds the same chips with or without the swarm.",
        )
        _number("max_sigma_rel")
    st.toggle(
        "Judge mIoU with the error of the chip itself",
        key="form_chip_miou",
        persist_state="session",
        help="Of analog arrays (RRAM), where what it costs was measured. Without it the floor of"
        " mIoU holds for the network alone; its RRAM chip may then lie a few tenths of a point"
        " lower.",
    )
    st.caption("Robust search: judge every design at worse than its expected figures.")
    with st.grid(min_column_width=190, gap="small"):
        _select("robust", "Judge costs and mIoU at", ROBUST)
        for name in REAL[1:]:
            _number(name)
        st.text_input(
            "Noise of blocks 1 to 4",
            placeholder="1 1 1 1",
            max_chars=60,
            key="form_noise_per_block",
            persist_state="session",
            help="Four factors on the noise, such as 1 1 0 0.",
        )


def shown(name: str, value: Any) -> Any:
    """A setting as its field holds it."""
    if name == "chip_miou":
        return value is not False  # None: where its cost was measured
    if name == "noise_per_block" and value is not None:
        return " ".join(f"{factor:g}" for factor in value)
    return float(value) if name in REAL and value is not None else value


def read_factors(text: str | None) -> list[float] | None:
    """Four numbers of a text, parted by spaces or commas; None for an empty one."""
    parts = re.split(r"[\s,;]+", (text or "").strip()) if (text or "").strip() else []
    if not parts:
        return None
    try:
        return [float(part) for part in parts]
    except ValueError:
        found = f"found '{one_line(text or '', 40)}'"
        raise FieldError("noise_per_block", found, "four numbers are expected") from None


def _select(name: str, label: str, titles: Mapping[str, str], help_: str | None = None) -> None:
    st.selectbox(
        label,
        list(titles),
        format_func=titles.__getitem__,
        key=f"form_{name}",
        persist_state="session",
        help=help_,
    )


def _number(name: str) -> None:
    label, highest, step, placeholder, help_ = _NUMBERS[name]
    st.number_input(
        label,
        min_value=0.0,
        max_value=highest,
        value=None,
        step=step,
        placeholder=placeholder,
        help=help_,
        key=f"form_{name}",
        persist_state="session",
    )
