from collections import Counter
from dataclasses import replace

import numpy as np

from cmn_core.architecture import SPACES, Architecture
from cmn_core.supernet.measure.table_sample import (
    SIGMAS,
    Axes,
    MeasurementPoint,
    jobs,
    sample,
)

B0 = SPACES["b0"]
AXES = Axes(True, ((240, 320), (120, 160)), (0, 8, 4), (0, 6))


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


def test_more_experts_than_a_block_has_are_all_it_has():
    point = MeasurementPoint(Architecture((3, 1, 5, 2), (16, 16, 16, 16)))
    assert point.routed(2).top_k == (2, 1, 2, 2)
    assert point.routed((9, 9, 4, 9)).top_k == (3, 1, 4, 2)
    assert point.routed(5) == point.routed(None) == point  # dense is told in one way


def test_every_axis_is_drawn_and_a_row_keeps_its_draw():
    rows = [AXES.draw(B0.largest, 7, i) for i in range(3000)]
    assert rows[:20] == [AXES.draw(B0.largest, 7, i) for i in range(20)]
    assert rows[:20] != [AXES.draw(B0.largest, 8, i) for i in range(20)]
    sizes = Counter(p.image for p in rows)
    assert abs(sizes[240, 320] / 3000 - 0.5) < 0.03 and set(sizes) == set(AXES.sizes)
    bits = Counter(p.weight_bits for p in rows)
    assert abs(bits[0] / 3000 - 0.5) < 0.03 and abs(bits[4] / 3000 - 0.25) < 0.03
    assert abs(Counter(p.activation_bits for p in rows)[6] / 3000 - 0.5) < 0.03
    routing = Counter(p.top_k for p in rows)
    assert abs(routing[None] / 3000 - 1 / 3) < 0.03  # 1 of the rest is dense by chance
    assert all(0.06 < routing[(k,) * 4] / 3000 < 0.11 for k in (1, 2, 3, 4))
    assert len(routing) > 300


def test_a_table_with_axes_begins_with_the_corners():
    wanted = jobs(B0, 150, 40, 2, 0, AXES)
    few = [p.top_k for p in wanted[:4]]
    assert few == [None, (1,) * 4, (2,) * 4, None]
    assert [p.architecture for p in wanted[:4]] == [B0.largest] * 3 + [B0.smallest]
    assert {p.image for p in wanted[:4]} == {(240, 320)}
    assert {p.image for p in wanted[4:8]} == {(120, 160)}
    assert len(wanted) == len({p.key for p in wanted}) == 8 + 148 + 2 * len(SIGMAS)
    assert [p.exact for p in wanted[-8:]] == [wanted[0]] * 4 + [wanted[1]] * 4
    assert jobs(B0, 150, 0, 0, 0)[:150] == [MeasurementPoint(a) for a in sample(B0, 150, 0)]


def test_one_axis_alone_leaves_the_others():
    only = Axes(sizes=((240, 320), (120, 160)))
    assert only and not Axes()
    rows = [only.draw(B0.smallest, 0, i) for i in range(50)]
    assert {replace(p, image=None) for p in rows} == {MeasurementPoint(B0.smallest)}
    assert np.unique([p.image for p in rows], axis=0).tolist() == [[120, 160], [240, 320]]
