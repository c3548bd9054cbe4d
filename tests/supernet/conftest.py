"""A tiny search space and generated scenes, so that networks train and run in a moment."""

import numpy as np
import pytest
import torch

from cmn_core.architecture import SearchSpace
from cmn_core.datasets.info import DatasetInfo
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.supernet.network.model import Segmenter

# Networks this small only lose time to threads that wait for each other.
torch.set_num_threads(1)

TINY = SearchSpace("b0", (8, 16, 16, 24), (1, 1, 1, 2), (1, 2, 2, 3), (8, 4, 2, 1), 16)
SHAPES = DatasetInfo(
    "nyuv2", "shapes", ("floor", "box", "disc"), (0.5,) * 3, (0.25,) * 3, (0.6, 0.3, 0.1), (48, 64)
)


@pytest.fixture
def tiny() -> SearchSpace:
    return TINY


@pytest.fixture
def shapes() -> SegmentationSet:
    """24 scenes of 48 x 64: a red box and a blue disc on a grey floor, some pixels unlabelled."""
    rng = np.random.default_rng(7)
    images = rng.integers(100, 140, (24, 48, 64, 3), dtype=np.uint8)
    labels = np.zeros((24, 48, 64), dtype=np.uint8)
    y, x = np.mgrid[:48, :64]
    for i in range(24):
        top, left = rng.integers(4, 20), rng.integers(4, 28)
        box = (y >= top) & (y < top + 18) & (x >= left) & (x < left + 20)
        cy, cx = rng.integers(12, 36), rng.integers(40, 54)
        disc = (y - cy) ** 2 + (x - cx) ** 2 < 64
        images[i][box], labels[i][box] = (200, 40, 40), 1
        images[i][disc], labels[i][disc] = (40, 40, 220), 2
        labels[i][:2] = 255
    return SegmentationSet(images, labels, SHAPES)


@pytest.fixture
def supernet() -> Segmenter:
    return Segmenter(TINY, 3).reset(torch.Generator().manual_seed(3)).eval()


@pytest.fixture(scope="session")
def tiny_supernet() -> Segmenter:
    """Shared by tests that only read it."""
    return Segmenter(TINY, 3).reset(torch.Generator().manual_seed(3)).eval()
