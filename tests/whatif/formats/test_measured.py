"""Tables of measured accuracy: read, refused, priced."""

from __future__ import annotations

import numpy as np
import pytest

from cmn_core.design import Workload
from cmn_core.errors import FieldError
from cmn_core.whatif.answer import answer
from cmn_core.whatif.formats.measured import (
    MOST_ROWS,
    NEEDED,
    PLACED,
    design_of,
    priced,
    read_measured,
)

HEAD = ",".join(NEEDED)
ROWS = ("1,1,1,1,16,16,16,16,12.5", "2,2,2,2,64,128,320,512,15.0", "5,5,5,5,128,256,640,1024,16")


def table(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join([head, *rows]).encode()


def test_rows_are_networks_with_their_miou() -> None:
    found = read_measured(b"\xef\xbb\xbf" + table(*ROWS, ""), "mine.csv", space="b0")
    assert [n.experts for n in found.networks] == [(1,) * 4, (2,) * 4, (5,) * 4]
    assert found.miou == (12.5, 15.0, 16.0)
    assert found.left_out == 0


def test_rows_that_answer_another_question_are_left_out() -> None:
    head = f"{HEAD},weight_bits,output_sigma,note"
    rows = (f"{ROWS[0]},,,x", f"{ROWS[1]},4,,", f"{ROWS[1]},,0.05,", f"{ROWS[1]},0,0.0,")
    found = read_measured(table(*rows, head=head), "mine.csv", space="b0")
    assert (len(found.networks), found.left_out) == (2, 2)


def test_tables_as_other_programs_write_them() -> None:
    """Semicolons with decimal commas; whole numbers as 1.0; NA for a blank cell."""
    plain = read_measured(table(*ROWS), "mine.csv", space="b0")
    swapped = [row.replace(",", ";").replace(".", ",") for row in ROWS]
    other = read_measured(table(*swapped, head=HEAD.replace(",", ";")), "mine.csv", space="b0")
    assert other == plain and other.miou[0] == 12.5
    broken = [",".join(f"{float(cell)}" for cell in row.split(",")) for row in ROWS]
    assert read_measured(table(*broken), "mine.csv", space="b0") == plain
    head = f"{HEAD},weight_bits,output_sigma"
    blank = [f"{row},{none},NaN" for row, none in zip(ROWS, ("NA", "nan", ""), strict=True)]
    assert read_measured(table(*blank, head=head), "mine.csv", space="b0") == plain
    few = read_measured(table(f"{ROWS[0]},,", f"{ROWS[1]},4.0,", head=head), "x", space="b0")
    assert few.others[0].weight_bits == 4


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (
            table("1,1,1,1,16,16,16,16,12,5"),
            "row 1: 10 cells under 9 columns; as many cells as columns; a decimal comma",
        ),
        (table("1,1,1,1,16,16,16,16,0.125"), "column miou: 0.125 to 0.125 in all rows; percent"),
        (b"", "mine.csv: no rows"),
        (b"\xff\xfe", "no CSV"),
        (table(), "no rows"),
        (table("1,1", head="e1,e2"), "column e3: missing"),
        (table("1,1,1,1,16,16,16,16,x"), "row 1, column miou: found 'x'"),
        (table("1,1,1,1,16,16,16,16,nan"), "row 1, column miou"),
        (table("1,1,1,1,16,16,16,16"), "row 1, column miou: blank"),
        (table(ROWS[0], "1,1,1.5,1,16,16,16,16,12"), "row 2, column e3: found '1.5'"),
        (table("9,1,1,1,16,16,16,16,12"), "row 1.architecture.experts[0]: found 9"),
        (table("1,1,1,1,16,16,16,5000,12"), "row 1.architecture.hidden[3]"),
        (table(*[ROWS[0]] * (MOST_ROWS + 1)), "at most 5,000"),
        (b"x" * 1_000_001, "at most 1,000,000"),
        (table(f"{ROWS[0]},4", head=f"{HEAD},weight_bits"), "no row in full precision"),
    ],
)
def test_a_wrong_table_is_one_sentence(raw: bytes, said: str) -> None:
    with pytest.raises(FieldError) as refused:
        read_measured(raw, "mine.csv", space="b0")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("memory", PLACED)
def test_a_priced_row_is_what_explore_shows_for_it(memory: str) -> None:
    found = read_measured(table(*ROWS), "mine.csv", space="b0")
    costs = priced(found, memory)
    for at in range(3):
        values = answer(design_of(found, costs, at)).metrics
        for name, column in costs.costs.items():
            assert column[at] == pytest.approx(values[name], rel=1e-12)


def test_hybrid_is_no_worse_than_either_memory_alone() -> None:
    found = read_measured(table(*ROWS), "mine.csv", space="b0")
    product = {
        memory: np.multiply(*(priced(found, memory).costs[n] for n in ("energy_uj", "latency_us")))
        for memory in PLACED
    }
    assert (product["hybrid"] <= np.minimum(product["rram"], product["sram"])).all()
    small = priced(found, "rram", Workload(image=(120, 160)))
    assert (small.costs["energy_uj"] < priced(found, "rram").costs["energy_uj"]).all()


def test_the_front_leaves_out_what_another_network_beats() -> None:
    rows = (*ROWS, "5,5,5,5,128,256,640,1024,11")
    found = read_measured(table(*rows), "mine.csv", space="b0")
    assert priced(found, "sram").front(found.miou, "energy_uj") == [0, 1, 2]
