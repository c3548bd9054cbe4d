from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.arrays import before

ROW = st.tuples(*[st.sampled_from([-1.0, 0.0, 2.0, np.inf])] * 3)


@given(rows=st.lists(st.tuples(ROW, ROW), min_size=1))
def test_rows_come_in_the_order_of_tuples(rows):
    ranks, others = (np.array(side) for side in zip(*rows, strict=True))
    assert before(ranks, others).tolist() == [a < b for a, b in rows]


def test_one_row_is_compared_with_many():
    many = np.array([[0.0, 3.0], [1.0, 0.0], [1.0, 2.0]])
    assert before(np.array([1.0, 1.0]), many).tolist() == [False, False, True]
