import numpy as np
import pytest

from cmn_core.architecture import SPACES, Architecture
from cmn_core.errors import FieldError

B0 = SPACES["b0"]


def test_corners():
    assert B0.largest == Architecture((5, 5, 5, 5), (128, 256, 640, 1024))
    assert B0.smallest == Architecture((1, 1, 1, 1), (16, 16, 16, 16))
    assert B0.upper.tolist() == [5, 5, 5, 5, 128, 256, 640, 1024]


def test_genes_round_trip():
    design = Architecture((2, 5, 3, 2), (97, 99, 258, 671))
    assert Architecture.from_row(design.row()) == design
    assert Architecture.from_row(np.array(design.row())).digest == design.digest


def test_digest_tells_architectures_apart_and_stays_the_same():
    a, b = Architecture((1, 2, 3, 4), (16,) * 4), Architecture((1, 2, 3, 4), (16, 16, 16, 17))
    assert a.digest != b.digest and len(a.digest) == 16
    assert B0.largest.digest == "1477ddacd02cc550"  # stored runs and random streams rely on it


@pytest.mark.parametrize(
    ("experts", "hidden", "field"),
    [
        ((0, 1, 1, 1), (16,) * 4, "architecture.experts[0]"),
        ((1, 1, 1, 6), (16,) * 4, "architecture.experts[3]"),
        ((1,) * 4, (16, 257, 16, 16), "architecture.hidden[1]"),
        ((1,) * 4, (16, 16, 15, 16), "architecture.hidden[2]"),
    ],
)
def test_genes_outside_the_space_are_named(experts, hidden, field):
    with pytest.raises(FieldError) as error:
        B0.check(Architecture(experts, hidden))
    assert error.value.field == field


def test_token_grids():
    # 480 x 640: 19200, 4800, 1200, 300 tokens (SegFormer at that size)
    assert B0.grids(480, 640) == [(120, 160), (60, 80), (30, 40), (15, 20)]
    assert B0.grids(120, 160) == [(30, 40), (15, 20), (8, 10), (4, 5)]
