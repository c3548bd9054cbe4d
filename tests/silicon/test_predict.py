"""Published chips predicted: the circuits the paper names, blanks, and what is never read."""

from __future__ import annotations

import csv
import io
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmn_core.silicon.chips import COLUMNS, DEVICES, MEASURED, PublishedChip, parse_chips
from cmn_core.silicon.predict import Prediction, as_json, predict, predictions
from cmn_core.silicon.report import CHIPS, published
from cmn_core.silicon.structure import describe

FIGURES = ("tops_per_W", "throughput_GOPS", "area_mm2", "tops_per_mm2")


def chip(**cells: str) -> PublishedChip:
    row = {**dict.fromkeys(COLUMNS, ""), "chip_id": "a", "kind": "macro", **cells}
    out = io.StringIO()
    writer = csv.DictWriter(out, row)
    writer.writeheader()
    writer.writerow(row)
    return parse_chips(out.getvalue())[0]


def ours(**cells: str) -> Prediction:
    return predict(chip(**cells))


def of(name: str, measured: str) -> list[tuple[PublishedChip, float, float]]:
    """Rows of one chip that have that figure: the row, ours, measured."""
    found = []
    for row in published():
        value = row.measured(measured)
        if row.chip_id == name and value is not None:
            found.append((row, as_json(predict(row))[measured], value))
    return found


def test_kim_s_digital_macro_at_1_and_16_bits() -> None:
    rows = of("esscirc19_kim", "tops_per_W")
    assert [value for _, _, value in rows] == [117.3, 2.06]
    for _, modelled, measured in rows:
        assert modelled == pytest.approx(measured, rel=0.1)


def test_colonnade_s_precision_curve_and_supply_trend() -> None:
    rows = of("colonnade", "tops_per_W")
    assert len(rows) == 24
    for _, modelled, measured in rows:
        assert 1 / 1.3 < modelled / measured < 1.3
    by = {(r.number["input_bits"], r.number["vdd_V"]): modelled for r, modelled, _ in rows}
    for bits in (1.0, 4.0, 16.0):
        assert by[bits, 0.6] / by[bits, 0.8] > (0.8 / 0.6) ** 2


def test_neurram_s_eight_precisions() -> None:
    rows = of("neurram", "tops_per_W")
    assert len(rows) == 8
    off = [abs(math.log(modelled / measured)) for _, modelled, measured in rows]
    assert max(off) < math.log(2)


def test_rows_that_say_too_little_name_what_is_missing() -> None:
    answer = ours(device="RRAM")
    assert answer.why_not == "node_nm is blank"
    assert answer.tops_per_w is None and answer.area_mm2 is None


def test_measured_columns_are_never_read() -> None:
    with CHIPS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    plain = predictions(published())
    for rubbish in ("", "-1", "nan", "rubbish, with a comma", "9e99"):
        out = io.StringIO()
        writer = csv.DictWriter(out, rows[0])
        writer.writeheader()
        writer.writerows([{**row, **dict.fromkeys(MEASURED, rubbish)} for row in rows])
        assert predictions(parse_chips(out.getvalue())) == plain


def test_measured_columns_and_comments_may_be_absent() -> None:
    with CHIPS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    out = io.StringIO()
    kept = [*COLUMNS, "year"]
    writer = csv.DictWriter(out, kept, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    assert predictions(parse_chips(out.getvalue())) == predictions(published())


def test_no_chip_is_known_by_name() -> None:
    with CHIPS.open(newline="") as file:
        rows = list(csv.DictReader(file))
    out = io.StringIO()
    writer = csv.DictWriter(out, rows[0])
    writer.writeheader()
    other = {"chip_id": "x", "name": "", "reference": "", "source": ""}
    writer.writerows([{**row, **other} for row in rows])
    renamed = predictions(parse_chips(out.getvalue()))
    for before, after in zip(predictions(published()), renamed, strict=True):
        assert {**before, "chip_id": "x"} == after


def test_a_stated_cycle_sets_the_speed() -> None:
    """2 x 64 rows x 16 converters in 5.5 ns."""
    base = {
        "device": "SRAM-analog", "node_nm": "7", "vdd_V": "0.8", "rows": "64", "cols": "64",
        "input_bits": "4", "weight_bits": "4", "adc_bits": "4", "rows_active_per_read": "64",
        "adcs_in_parallel": "16", "cycle_or_latency_ns": "5.5", "ops_per_mac": "2",
    }  # fmt: skip
    native = ours(**base, figures_precision="4b x 4b native")
    assert native.throughput_gops == pytest.approx(2 * 64 * 16 / 5.5)
    single = ours(**base, figures_precision="1b-normalised (native x input bits x weight bits)")
    assert single.throughput_gops == pytest.approx(16 * 2 * 64 * 16 / 5.5)
    assert single.tops_per_w == pytest.approx(16 * native.tops_per_w)
    assert single.area_mm2 == native.area_mm2
    clocked = ours(**{**base, "cycle_or_latency_ns": "", "clock_MHz": "181.8181818"})
    assert clocked.throughput_gops == pytest.approx(native.throughput_gops)
    halved = ours(**{**base, "ops_per_mac": "1"}, figures_precision="4b x 4b native")
    assert halved.tops_per_w == pytest.approx(native.tops_per_w / 2)


def test_density_is_speed_over_area() -> None:
    answer = ours(device="RRAM", node_nm="28", rows="256", cols="256")
    assert answer.tops_per_mm2 == pytest.approx(answer.throughput_gops / answer.area_mm2 / 1000)


@pytest.mark.parametrize("device", DEVICES)
def test_lower_supply_saves_energy_and_finer_nodes_save_area(device: str) -> None:
    size = {"device": device, "rows": "256", "cols": "256"}
    assert ours(**size, node_nm="28", vdd_V="0.7").tops_per_w > (
        ours(**size, node_nm="28", vdd_V="0.9").tops_per_w
    )
    areas = [ours(**size, node_nm=str(n)).area_mm2 for n in (5, 12, 28, 65, 180)]
    assert areas == sorted(areas)


@pytest.mark.parametrize(
    ("precision", "bits"),
    [
        ("8b x 8b native", (8, 8)),
        ("4b input x 2b weight, native", (4, 2)),
        ("unclear (source lists 4b/8b)", (4, 8)),
        ("1b native", (1, 1)),
        ("binary input x ternary weight", (1, math.log2(3))),
        ("not stated", (8, 8)),
    ],
)
def test_bits_from_the_words(precision: str, bits: tuple[float, float]) -> None:
    shape = describe(chip(device="SRAM-digital", node_nm="28", figures_precision=precision))
    assert not isinstance(shape, str)
    assert (shape.input_bits, shape.weight_bits) == pytest.approx(bits)
    assert shape.assumed


blank = st.just("")


@settings(max_examples=150, deadline=None)
@given(
    device=st.sampled_from(DEVICES),
    node=st.sampled_from(["3", "5", "7", "16", "28", "65", "130", "180"]),
    vdd=blank | st.floats(0.25, 3.0).map(str),
    rows=blank | st.integers(1, 4096).map(str),
    cols=blank | st.integers(1, 4096).map(str),
    kb=blank | st.floats(0.01, 1e5).map(str),
    bits=st.tuples(*[blank | st.integers(1, 16).map(str)] * 2),
    adc=blank | st.integers(1, 16).map(str),
    active=blank | st.integers(1, 4096).map(str),
    adcs=blank | st.integers(1, 4096).map(str),
    cell=st.sampled_from(["", "6T", "6T + XNOR + full adder", "1T1R", "something new"]),
    clock=blank | st.floats(0.1, 3000).map(str),
)
def test_any_row_with_a_node_has_a_finite_answer(
    device, node, vdd, rows, cols, kb, bits, adc, active, adcs, cell, clock
) -> None:
    answer = ours(
        device=device,
        node_nm=node,
        vdd_V=vdd,
        rows=rows,
        cols=cols,
        cells_kb=kb,
        input_bits=bits[0],
        weight_bits=bits[1],
        adc_bits=adc,
        rows_active_per_read=active,
        adcs_in_parallel=adcs,
        cell_type=cell,
        clock_MHz=clock,
    )
    found = as_json(answer)
    assert found["why_not"] is None
    for name in FIGURES:
        assert np.isfinite(found[name]) and found[name] > 0
        assert 0 < found["low"][name] < found[name] < found["high"][name]
