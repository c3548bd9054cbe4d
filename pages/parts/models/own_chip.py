"""A technology from one measured chip: figures in a form, and a file that has them."""

from __future__ import annotations

import csv
import io
from typing import Any

import pandas as pd
import streamlit as st

from cmn_core.charts.base.units import figures
from cmn_core.cim.technologies.template import as_toml
from cmn_core.errors import FieldError
from cmn_core.quantities import TITLES
from cmn_core.silicon.chips import DEVICES, parse_chips
from cmn_core.silicon.own_chip.technology import OwnChip, from_chip
from pages.parts.common.cache import Shared
from pages.parts.common.text import plain
from pages.parts.design.technology_files import keep
from pages.parts.frame.tables import data_table

CLASSES = dict(zip(DEVICES, ("RRAM", "SRAM, analog", "SRAM, digital"), strict=True))
SHOWN = {
    "tops_per_W": "Efficiency (TOPS/W)",
    "throughput_GOPS": "Speed (GOPS)",
    "area_mm2": TITLES["area_mm2"],
}
# Column of a row of chips: label, begin value, least, most, help.
MEASURED: dict[str, tuple[str, float | None, float, float, str]] = {
    "tops_per_W": ("Efficiency (TOPS/W)", None, 1e-6, 1e7, "At the precision below."),
    "clock_MHz": ("Clock (MHz)", None, 1e-3, 1e5, "One read of the array, or one input bit."),
    "throughput_TOPS": ("Speed (TOPS)", None, 1e-9, 1e6, "Counts where no clock is given."),
    "area_mm2": (TITLES["area_mm2"], None, 1e-9, 1e6, "Of the macro."),
}
STRUCTURE: dict[str, tuple[str, float | None, float, float, str]] = {
    "node_nm": ("Node (nm)", 28.0, 2.0, 350.0, "RRAM from 12 nm on."),
    "vdd_V": ("Supply (V)", None, 0.2, 5.0, "Left empty: nominal, and this is said."),
    "input_bits": ("Input bits", 8.0, 1.0, 64.0, "Of the products that the figures count."),
    "weight_bits": ("Weight bits", 8.0, 1.0, 64.0, "Of the products that the figures count."),
    "rows": ("Rows", 128.0, 1.0, 1e6, "Of one array."),
    "cols": ("Columns", 128.0, 1.0, 1e6, "Of one array."),
    "rows_active_per_read": ("Rows per read", None, 1.0, 1e6, "Summed at once."),
    "adc_bits": ("ADC bits", None, 1.0, 16.0, "Of analog macros."),
}
_MADE: Shared[OwnChip] = Shared(40)


def own_chip_form() -> None:
    """The form, then the technology of what was last handed in."""
    st.markdown(
        "Figures of a macro that you measured become a technology file: what the published chips"
        " of its class say, given yours. It has your figures, and what is priced on it has"
        " narrower intervals."
    )
    with st.form("own_chip", enter_to_submit=False):
        left, right = st.columns([2, 3], gap="medium")
        name = left.text_input("Name", "mine", max_chars=40, key="own_chip_name")
        device = right.segmented_control(
            "Class",
            list(CLASSES),
            default=DEVICES[0],
            required=True,
            format_func=CLASSES.__getitem__,
            key="own_chip_device",
        )
        row: dict[str, Any] = {"chip_id": name.strip() or "mine", "device": device}
        for title, fields in (("Measured", MEASURED), ("The macro", STRUCTURE)):
            st.caption(title)
            row |= _fields(fields)
        noise = st.number_input(
            "Error of the figures (%)",
            min_value=0.1,
            max_value=100.0,
            value=10.0,
            key="own_chip_noise",
            help="One standard deviation: the technology meets them within it.",
        )
        sent = st.form_submit_button("Make the technology", key="own_chip_make", type="primary")
    if sent:
        st.session_state["own_chip_row"] = tuple(row.items()), float(noise)
    asked = st.session_state.get("own_chip_row")
    if asked is None:
        return
    try:
        made = _MADE.get(asked, lambda: from_row(dict(asked[0]), asked[1] / 100.0))
    except FieldError as error:
        st.error(f"No technology comes of it. {plain(str(error), limit=400)}.")
        return
    _show(made)


def from_row(row: dict[str, Any], noise: float) -> OwnChip:
    """The technology of one row; FieldError says what is wrong with it."""
    cells = {name: value for name, value in row.items() if value is not None}
    if (speed := cells.pop("throughput_TOPS", None)) is not None:
        cells["throughput_GOPS"] = 1e3 * speed
    text = io.StringIO()
    csv.writer(text).writerows((list(cells), [_cell(value) for value in cells.values()]))
    return from_chip(parse_chips(text.getvalue(), "chip"), noise=noise)


def _cell(value: Any) -> str:
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _fields(fields: dict[str, tuple[str, float | None, float, float, str]]) -> dict[str, Any]:
    out = {}
    with st.grid(min_column_width=150, gap="small"):
        for name, (label, begin, least, most, told) in fields.items():
            out[name] = st.number_input(
                label,
                min_value=least,
                max_value=most,
                value=begin,
                format="%g",
                help=told,
                key=f"own_chip_{name}",
            )
    return out


def _show(made: OwnChip) -> None:
    rows = [
        {
            "Figure": SHOWN[f.name],
            "Yours": figures(f.given),
            "Its class": figures(f.of_class),
            "Class, 90 %": f"{figures(f.class_interval[0])} to {figures(f.class_interval[1])}",
            "Technology": figures(f.ours),
            "Technology, 90 %": f"{figures(f.interval[0])} to {figures(f.interval[1])}",
        }
        for f in made.figures
    ]
    data_table(pd.DataFrame(rows), "own_chip", alt="Your figures, the class's, the file's.")
    for note in made.notes:
        st.caption(f"{plain(note[:1].upper() + note[1:], 400)}.")
    assumed = "; ".join(made.assumed) or "nothing"
    st.caption(f"Assumed, as the form leaves it open: {plain(assumed, 400)}. Simulated.")
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            "Technology file (TOML)",
            as_toml(made.document),
            "my_technology.toml",
            "application/toml",
            on_click="ignore",
            key="own_chip_file",
            icon=":material/download:",
        )
        st.button(
            "Price with it",
            key="own_chip_use",
            icon=":material/memory:",
            on_click=keep,
            args=(made.document,),
            help="It stands for its memory on every page that prices, until it is removed.",
        )
