import numpy as np
import pytest

from cmn_core.datasets.formats.pairs import refuse_shift, shares
from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError


@pytest.mark.parametrize("name", ["nyuv2", "camvid", "scenes"])
def test_labels_off_by_one_betray_themselves_by_their_shares(name):
    info = dataset_info(name)
    rng = np.random.default_rng(0)
    known = np.array(info.train_pixel_share)
    for _ in range(200):  # classes some 10 % off their known share, as in another part of a set
        share = normal(known * rng.lognormal(0.0, 0.1, len(known)))
        refuse_shift(share, info, "data")
        with pytest.raises(FieldError, match="labels seem counted from 1"):
            refuse_shift(normal(np.array([0.0, *share[:-1]])), info, "data")
        with pytest.raises(FieldError, match="labels seem one too low"):
            refuse_shift(normal(np.array([*share[1:], 0.0])), info, "data")


@pytest.mark.parametrize("name", ["nyuv2", "camvid", "scenes"])
def test_a_set_that_is_merely_unusual_is_not_accused(name):
    info = dataset_info(name)
    rng = np.random.default_rng(0)
    known = np.array(info.train_pixel_share)
    for _ in range(500):  # shares wrong by a factor of two
        refuse_shift(normal(known * rng.lognormal(0.0, 0.7, len(known))), info, "data")


def normal(share):
    return share / share.sum()


def test_even_or_few_shares_prove_nothing(three):
    refuse_shift(np.full(11, 1 / 11), dataset_info("camvid"), "data")
    refuse_shift(np.array([0.0, 0.65, 0.35]), three, "data")


def test_shares_are_of_labelled_pixels(three):
    labels = np.array([[[0, 0, 1, 255]]], np.uint8)
    assert shares(labels, three).tolist() == pytest.approx([2 / 3, 1 / 3, 0])
    assert shares(labels * 0 + 255, three).tolist() == [0, 0, 0]
