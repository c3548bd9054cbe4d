import numpy as np

from cmn_core.architecture import SPACES
from cmn_core.supernet.measure.accuracy_table import (
    COLUMNS,
    MeasurementPoint,
    jobs,
    read_rows,
    row_key,
    sample,
    sort_table,
)


def test_sample_fills_the_space():
    space = SPACES["b0"]
    found = sample(space, 202, 0)
    rows = np.array([a.row() for a in found])
    assert len(set(map(tuple, rows.tolist()))) == 202
    assert found[0] == space.largest and found[1] == space.smallest
    for gene in range(4):  # a Latin hypercube: each expert count a fifth of the rows
        counts = np.bincount(rows[2:, gene], minlength=6)[1:]
        assert counts.tolist() == [40] * 5
    assert (rows >= space.lower).all() and (rows <= space.upper).all()
    assert sample(space, 202, 0) == found != sample(space, 202, 1)


def test_jobs_measure_low_precision_on_the_first_ones():
    wanted = jobs(SPACES["b0"], 10, 2, 1, 0)
    assert [j.weight_bits for j in wanted[:10]] == [0] * 10
    assert [j.output_sigma for j in wanted[-4:]] == [0.05, 0.1, 0.15, 0.3]
    assert len(wanted) == 10 + 2 * 7 + 4 and len({j.key for j in wanted}) == len(wanted)


def test_a_cut_off_line_is_left_out(tmp_path):
    table = tmp_path / "t.csv"
    table.write_text(
        ",".join(COLUMNS[:12])
        + "\n2,2,2,2,20,20,20,20,,0.1,9.5,50.0\n1,1,1,1,16,16,16,16,,,5.0,40.0\n2,2,2\n"
    )
    assert len(read_rows(table)) == 2
    assert sort_table(table).tolist() == [5.0, 9.5]
    assert row_key(read_rows(table)[0]) == MeasurementPoint(SPACES["b0"].smallest).key
    assert row_key(read_rows(table)[1])[-1] == 0.1


def test_a_table_of_an_earlier_release_is_read_and_widened(tmp_path):
    table = tmp_path / "t.csv"
    names = [*COLUMNS[:9], "miou", "pixel_accuracy"]
    table.write_text(",".join(names) + "\n1,1,1,1,16,16,16,16,,5.0,40.0\n")
    assert [row_key(r) for r in read_rows(table)] == [MeasurementPoint(SPACES["b0"].smallest).key]
    assert sort_table(table).tolist() == [5.0]
    assert table.read_text().splitlines()[0] == ",".join(COLUMNS)
