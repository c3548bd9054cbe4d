"""Reading rows of published chips: what is accepted and what is refused, in one line."""

from __future__ import annotations

import math

import pytest

from cmn_core.errors import FieldError
from cmn_core.silicon.chips import COLUMNS, parse_chips, read_chips
from cmn_core.silicon.predict import predict
from cmn_core.silicon.report import published

GOOD = {
    "chip_id": "a",
    "device": "SRAM-analog",
    "kind": "macro",
    "cell_type": "8T",
    "figures_precision": "8b x 8b native",
    "node_nm": "28",
    "vdd_V": "0.9",
    "rows": "128",
    "cols": "64",
}


def text(**cells: str) -> str:
    row = {**dict.fromkeys(COLUMNS, ""), **GOOD, **cells}
    quoted = ['"' + value.replace('"', '""') + '"' for value in row.values()]
    return ",".join(row) + "\n" + ",".join(quoted) + "\n"


def number(column: str, cell: str) -> float | None:
    return parse_chips(text(**{column: cell}))[0].number[column]


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("rows", "256", 256.0),
        ("rows", "", None),
        ("cells_kb", "64 per core", 64.0),
        ("vdd_V", "0.9 (model setting)", 0.9),
        ("vdd_V", "0.6 analog / 0.75 digital", 0.6),
        ("vdd_V", "0.3/0.6", 0.6),
        ("rows_active_per_read", "16-64", 32.0),
        ("weight_bits", "ternary", math.log2(3)),
        ("weight_bits", "4 (signed)", 4.0),
        ("adc_bits", "3.46", 3.46),
        ("clock_MHz", "1e3", 1000.0),
        ("clock_MHz", "0.5 GHz", 500.0),
        ("clock_MHz", "333 (SAR)", 333.0),
        ("clock_MHz", "500 MHz - 2 GHz", 1000.0),
        ("cycle_or_latency_ns", "0.01 us", 10.0),
        ("cycle_or_latency_ns", "0.01µs", 10.0),
        ("cells_kb", "16 Mb", 16384.0),
        ("cells_kb", "2 MB", 16384.0),
        ("cells_kb", "64 KB", 512.0),
        ("cells_kb", "64 Kb", 64.0),
        ("vdd_V", "700 mV", 0.7),
        ("vdd_V", "0.6 to 0.9 V", math.sqrt(0.54)),
        ("rows", "1 k", 1024.0),
        ("node_nm", "28nm", 28.0),
        ("node_nm", "0.18 um", 180.0),
        ("adcs_in_parallel", "1 per crossbar", 1.0),
    ],
)
def test_a_cell_is_its_number(column: str, cell: str, value: float | None) -> None:
    found = number(column, cell)
    assert found == value if value is None else found == pytest.approx(value)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("node_nm", "0", "2 to 350 is allowed"),
        ("node_nm", "-28", "a number is expected"),
        ("node_nm", "nan", "a number is expected"),
        ("node_nm", "inf", "a number is expected"),
        ("rows", "many", "a number is expected"),
        ("rows", "1,024", "thousands separator"),
        ("vdd_V", "0,9", "decimal comma"),
        ("vdd_V", "1e999", "0.2 to 5 is allowed"),
        ("vdd_V", "0.7 mV", "0.2 to 5 is allowed"),
        ("clock_MHz", "5 ns", "the unit 'ns' is not one of hz"),
        ("clock_MHz", "0.5 furlong", "'furlong'"),
        ("clock_MHz", "500 MHz overclocked", "'overclocked' is not understood"),
        ("weight_bits", "analog", "a number is expected"),
        ("adc_bits", "40", "1 to 16 is allowed"),
        ("device", "FeFET", "allowed are RRAM"),
        ("device", "", "blank"),
        ("chip_id", "", "blank"),
    ],
)
def test_a_bad_cell_stops_its_row_alone(column: str, cell: str, said: str) -> None:
    good, header = text(), text().splitlines()[0]
    both = parse_chips(text(**{column: cell}) + good.removeprefix(header + "\n"))
    assert both[1].why_not is None and both[1].number["rows"] == 128.0
    assert both[0].why_not is not None and "\n" not in both[0].why_not
    assert column in both[0].why_not and said in both[0].why_not
    answer = predict(both[0])
    assert answer.why_not == both[0].why_not and answer.tops_per_w is None


def test_files_that_are_no_tables(tmp_path) -> None:
    with pytest.raises(FieldError, match="No such file"):
        read_chips(tmp_path / "none.csv")
    with pytest.raises(FieldError):
        read_chips(tmp_path)
    for content in (b"", b"\x00\x01", b"\xff\xfe\x00", b'a,"b\n', b"a,a\n1,2\n"):
        path = tmp_path / "bad.csv"
        path.write_bytes(content)
        with pytest.raises(FieldError):
            read_chips(path)
    with pytest.raises(FieldError, match="column node_nm: missing"):
        parse_chips(text().replace("node_nm", "node"))
    long = parse_chips(text().rstrip("\n") + ",1,2,3,4,5\n")
    assert "the header names" in str(long[0].why_not)


def test_columns_may_be_absent() -> None:
    short = parse_chips("chip_id,device,node_nm\na,RRAM,28\n")[0]
    assert short.why_not is None and short.number["rows"] is None
    assert predict(short).tops_per_w is not None


def test_a_header_alone_is_no_chip() -> None:
    assert parse_chips(",".join(COLUMNS) + "\n") == []


def test_copies_are_those_of_the_kind() -> None:
    assert parse_chips(text(kind="chip (48 cores)"))[0].copies == 48
    assert parse_chips(text(kind="SoC (160 macros)"))[0].copies == 160
    assert parse_chips(text(kind="48-core chip"))[0].copies == 48
    assert parse_chips(text(kind="chip, 48 cores"))[0].copies == 48
    assert parse_chips(text(kind="processor (bank figures)"))[0].copies == 1


def test_the_project_s_own_chips_are_read() -> None:
    assert all(chip.why_not is None for chip in published())
    assert len(published()) == 168
    assert len({chip.chip_id for chip in published()}) == 90
    assert all(chip.raw["source"] for chip in published())


def test_energies_at_several_supplies_go_about_as_their_square() -> None:
    """Chips that state an efficiency at two supplies or more, in one precision, one vote each."""
    points: dict[str, dict[tuple[str, ...], set[tuple[float, float]]]] = {}
    for chip in published():
        if chip.raw.get("left_out") or not chip.measured("tops_per_W"):
            continue
        supply = chip.measured("efficiency_vdd_V") or chip.number["vdd_V"]
        if supply is None or chip.chip_id in ("colonnade", "uiuc2"):  # docs/silicon.md; 1b and 4b
            continue
        kind = tuple(chip.raw[n] for n in ("input_bits", "weight_bits", "figures_precision"))
        own = points.setdefault(chip.chip_id, {}).setdefault(kind, set())
        own.add((supply, chip.measured("tops_per_W") or 0.0))
    exponents = {}
    for name, kinds in points.items():
        for rows in kinds.values():
            (low, most), (high, least) = min(rows), max(rows)
            if high > low:
                exponents[name] = math.log(most / least) / math.log(high / low)
    assert len(exponents) >= 8
    ordered = sorted(exponents.values())
    assert 1.8 < ordered[len(ordered) // 2] < 2.3
    assert ordered[0] > 0.9 and ordered[-1] < 3.0
