"""Reading rows of published chips: what is accepted and what is refused, in one line."""

from __future__ import annotations

import math

import pytest

from cmn_core.errors import FieldError
from cmn_core.silicon.chips import COLUMNS, parse_chips, read_chips
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
    ],
)
def test_a_cell_is_its_number(column: str, cell: str, value: float | None) -> None:
    found = number(column, cell)
    assert found == value if value is None else found == pytest.approx(value)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("node_nm", "0"),
        ("node_nm", "-28"),
        ("node_nm", "nan"),
        ("node_nm", "inf"),
        ("node_nm", "28nm"),
        ("rows", "many"),
        ("rows", "1,024"),
        ("vdd_V", "1e999"),
        ("adc_bits", "40"),
        ("device", "FeFET"),
        ("device", ""),
        ("chip_id", ""),
    ],
)
def test_what_does_not_fit_names_row_and_column(column: str, cell: str) -> None:
    with pytest.raises(FieldError) as refusal:
        parse_chips(text(**{column: cell}))
    assert f"row 1, column {column}" in str(refusal.value)
    assert "\n" not in str(refusal.value)


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
    with pytest.raises(FieldError, match="row 1: "):
        parse_chips(text().rstrip("\n") + ",1,2,3,4,5\n")


def test_a_header_alone_is_no_chip() -> None:
    assert parse_chips(",".join(COLUMNS) + "\n") == []


def test_copies_are_those_of_the_kind() -> None:
    assert parse_chips(text(kind="chip (48 cores)"))[0].copies == 48
    assert parse_chips(text(kind="SoC (160 macros)"))[0].copies == 160
    assert parse_chips(text(kind="processor (bank figures)"))[0].copies == 1


def test_the_project_s_own_chips_are_read() -> None:
    assert len(published()) == 128
    assert len({chip.chip_id for chip in published()}) == 58
