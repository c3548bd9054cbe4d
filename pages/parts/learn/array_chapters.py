"""Chapters on the array: its reads, converter, cells and the wait between images."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from cmn_core.charts.base.palette import MEMORY_NAMES, palette
from cmn_core.charts.base.spec import spec
from cmn_core.charts.lessons.converter import converter, converter_frame
from cmn_core.charts.lessons.crossbar import crossbar
from cmn_core.charts.lessons.idle import idle as idle_chart
from cmn_core.charts.lessons.levels import levels
from cmn_core.classroom.figures.cells import cell_levels
from cmn_core.classroom.figures.converter import BITS, measured_miou, resolutions
from cmn_core.classroom.figures.crossbar import ADC_BITS, ROWS, Reading, read_array
from cmn_core.classroom.figures.idle import even_at_s, idle
from cmn_core.quantities import MAX_SIGMA_REL
from pages.parts.common.text import number
from pages.parts.runs.pictures import Spec, draw, theme

LIMIT_PERCENT = round(100 * MAX_SIGMA_REL, 6)
PAUSES: Mapping[str, float | None] = {
    "no pause": None,
    "10 ms": 0.01,
    "0.1 s": 0.1,
    "1 s": 1.0,
    "10 s": 10.0,
    "1 min": 60.0,
    "10 min": 600.0,
    "1 h": 3600.0,
}


def array() -> None:
    lines = list(range(1, ROWS + 1))
    with st.container(horizontal=True, gap="medium"):
        driven = st.pills(
            "Rows that are driven",
            lines,
            selection_mode="multi",
            default=[1, 2, 4, 6],
            key="learn_rows",
        )
        bits = st.segmented_control(
            "Bits of the ADC", ADC_BITS, default=ADC_BITS[-1], required=True, key="learn_bits"
        )
    reading = read_array(tuple(line in driven for line in lines), adc_bits=bits)
    draw(
        _array_picture(reading, theme()),
        alt=f"An array of {ROWS} rows; {len(driven)} are driven, and {reading.wrong} of"
        f" {len(reading.sums)} columns are read wrongly.",
        key="chart_array",
    )
    wrong = f"{reading.wrong} of {len(reading.sums)} columns are read wrongly"
    text = "every column is read rightly" if not reading.wrong else wrong
    st.caption(
        f"The ADC counts in steps of {reading.step}: {text}. Filled orange +1, filled blue −1,"
        " outlined: not driven or 0."
    )


def adc() -> None:
    with st.container(horizontal=True, gap="medium"):
        rows = st.segmented_control(
            "Rows per read", (16, 32, 64, 128), default=64, required=True, key="learn_active"
        )
        bits = st.slider("Bits of the ADC", BITS[0], BITS[-1], 7, key="learn_adc", width=320)
    at = next(r for r in resolutions(rows) if r.adc_bits == bits)
    for column, quantity, noun in zip(
        st.columns(2, gap="large"), ("error", "energy_uj"), ("Output error", "Energy"), strict=True
    ):
        with column:
            draw(
                _adc_picture(rows, bits, quantity, theme()),
                alt=f"{noun} against ADC bits with {rows} rows per read; at {bits} bits"
                f" {100 * at.sigma_rel:.1f} % error and {number(at.energy_uj)} µJ.",
                key=f"chart_adc_{quantity}",
            )
    kept = f"about {measured_miou(at.sigma_rel):.1f} %"
    st.caption(
        f"{bits} bits: output error {100 * at.sigma_rel:.1f} %, {number(at.energy_uj)} µJ (sim.)."
        f" The largest network keeps a mIoU of {kept} under such an error, of"
        f" {measured_miou(0.0):.1f} % without, read between measured errors. Hollow: over the"
        " limit of a search."
    )


def cells() -> None:
    bits = st.segmented_control(
        "Bits per cell", (1, 2, 3), default=1, required=True, key="learn_cell"
    )
    found = cell_levels(bits)
    worst = int(found.misread.argmax())
    draw(
        _cells_picture(bits, theme()),
        alt=f"{2**bits} levels of a cell of {bits} bits as hills; level {worst} is misread most, in"
        f" {found.misread[worst]:.1%} of reads.",
        key="chart_cells",
    )
    most = f"misread most: level {worst}, in {found.misread[worst]:.1%} of reads"
    text = most if found.misread[worst] > 1e-4 else "levels are practically never confused"
    st.caption(
        f"A weight of 8 bits takes {found.columns} columns; {text}. Cells alone make an output"
        f" error of {100 * found.sigma_rel:.1f} % (sim.); a search allows {LIMIT_PERCENT:g} %."
    )


def standby() -> None:
    pause = st.select_slider(
        "One image every", list(PAUSES), value="no pause", key="learn_pause", width=420
    )
    even = even_at_s()
    costs = {m: idle(m, PAUSES[pause]) for m in ("rram", "sram")}
    meet = "they never meet" if even is None else f"they meet at one image every {even:,.0f} s"
    slow = [f"{MEMORY_NAMES[m]}, {number(c.latency_s)} s" for m, c in costs.items() if not c.keeps]
    if slow:
        st.warning(
            f"Too slow for this rate: {'; '.join(slow)} for an image. Its bar is image after image."
        )
    draw(
        _idle_picture(PAUSES[pause], theme()),
        alt="; ".join(
            f"{MEMORY_NAMES[m]} {number(c.total_uj)} µJ per image" for m, c in costs.items()
        ),
        key="chart_idle",
    )
    rram, sram = (number(costs[m].total_uj) for m in ("rram", "sram"))
    st.caption(
        f"One image costs {rram} µJ on RRAM and {sram} µJ on SRAM (sim.), with the wait; {meet}."
        f" Without a pause, image after image takes {number(costs['rram'].latency_s)} s on RRAM,"
        f" {number(costs['sram'].latency_s)} s on SRAM, one copy of every array."
    )


def _array_picture(reading: Reading, mode: str) -> Spec:
    colours = palette(mode)
    chart = crossbar(
        reading.weights.tolist(),
        reading.driven,
        reading.sums.tolist(),
        reading.read.tolist(),
        colours=colours,
    )
    return spec(chart, colours)


@st.cache_resource(max_entries=80, show_spinner=False)
def _adc_picture(rows: int, bits: int, quantity: str, mode: str) -> Spec:
    colours = palette(mode)
    points = [(r.adc_bits, r.sigma_rel, r.energy_uj) for r in resolutions(rows)]
    frame = converter_frame(points, MAX_SIGMA_REL)
    chart = converter(frame, quantity=quantity, chosen=bits, limit=LIMIT_PERCENT, colours=colours)
    return spec(chart, colours)


@st.cache_resource(max_entries=10, show_spinner=False)
def _cells_picture(bits: int, mode: str) -> Spec:
    colours, found = palette(mode), cell_levels(bits)
    return spec(levels(found.curves(), found.mean.tolist(), colours=colours), colours)


@st.cache_resource(max_entries=20, show_spinner=False)
def _idle_picture(interval_s: float | None, mode: str) -> Spec:
    colours = palette(mode)
    energies = {m: idle(m, interval_s).energy_uj for m in ("rram", "sram")}
    return spec(idle_chart(energies, colours=colours), colours)
