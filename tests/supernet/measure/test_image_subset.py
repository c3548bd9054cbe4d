import numpy as np
import pytest

from cmn_core.architecture import SPACES
from cmn_core.supernet.measure.image_subset import ImageCounts, WholeRows, subset
from cmn_core.supernet.measure.table_sample import MeasurementPoint

LARGEST = MeasurementPoint(SPACES["b0"].largest, image=(240, 320))
SMALLEST = MeasurementPoint(SPACES["b0"].smallest, image=(240, 320))
OFF = MeasurementPoint(SPACES["b0"].largest, output_sigma=0.1, image=(240, 320))


def counts(*shares):
    """Two images of one class of 100 pixels, so many of them right."""
    return ImageCounts(np.array([[s] for s in shares]), np.full((len(shares), 1), 100))


def test_miou_of_some_images_is_that_of_their_pixels():
    two = ImageCounts(np.array([[10, 0], [30, 5]]), np.array([[40, 0], [40, 10]]))
    assert two.miou() == pytest.approx(100 * (40 / 80 + 5 / 10) / 2)
    assert two.miou(np.array([0])) == pytest.approx(25.0)  # the other class occurs nowhere there


def test_a_row_is_put_right_by_what_others_lose_on_its_images(tmp_path):
    whole = WholeRows(tmp_path / "w.npz")
    whole.counts[LARGEST.key] = counts(80, 60)  # 70 on both, 80 on the first
    whole.counts[SMALLEST.key] = counts(50, 38)  # 44 on both, 50 on the first
    other = MeasurementPoint(SPACES["b0"].largest, weight_bits=4, image=(240, 320))
    first = np.array([0])
    assert whole.corrected(other, 66.0, first) == (pytest.approx(66 - (10 + 6) / 2), None)
    # Its own row without an output error says it better.
    assert whole.corrected(OFF, 66.0, first)[0] == pytest.approx(66 - 10)
    whole.counts[other.key] = counts(70, 68)
    again = MeasurementPoint(SPACES["b0"].largest, weight_bits=3, image=(240, 320))
    miou, spread = whole.corrected(again, 66.0, first)
    assert miou == pytest.approx(66 - (10 + 6 + 1) / 3)
    # Each judged by the other two: -10 + 3.5, -6 + 5.5, -1 + 8.
    assert spread == pytest.approx(np.sqrt((6.5**2 + 0.5**2 + 7**2) / 3))
    with pytest.raises(ValueError, match="no row of that image size"):
        whole.corrected(MeasurementPoint(SPACES["b0"].largest), 66.0, first)


def test_the_counts_come_back_unless_they_are_of_something_else(tmp_path):
    whole = WholeRows(tmp_path / "w.npz", {LARGEST.key: counts(80, 60)})
    whole.write("these")
    again = WholeRows.read(tmp_path / "w.npz", "these")
    assert again.counts[LARGEST.key].miou() == 70.0
    assert WholeRows.read(tmp_path / "w.npz", "those").counts == {}
    (tmp_path / "w.npz").write_bytes(b"half a")
    assert WholeRows.read(tmp_path / "w.npz", "these").counts == {}


def test_a_subset_is_the_rows_own_and_shared_with_its_output_error():
    some = subset(LARGEST, 160, 32, 0)
    assert len(set(some.tolist())) == 32 and (np.diff(some) > 0).all() and some.max() < 160
    assert (subset(OFF, 160, 32, 0) == some).all()
    assert (subset(SMALLEST, 160, 32, 0) != some).any()
    assert (subset(LARGEST, 160, 32, 1) != some).any()
