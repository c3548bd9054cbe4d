import hashlib

import numpy as np

from cmn_core.datasets import scenes
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.scenes import generate

INFO = dataset_info("scenes")


def test_a_seed_gives_the_same_scenes_however_many_are_made():
    many, few = generate("train", 30), generate("train", 4)
    assert (many.images[:4] == few.images).all() and (many.labels[:4] == few.labels).all()
    assert (generate("val", 2).images != few.images[:2]).any()
    assert (generate("train", 2, seed=1).images != few.images[:2]).any()


def test_the_pixels_of_seed_zero():
    data = generate("train", 3)
    digest = hashlib.sha256(data.images.tobytes() + data.labels.tobytes()).hexdigest()
    assert digest[:16] == "af56025119970eff"


def test_what_is_known_of_them_is_true():
    assert INFO.classes == scenes.CLASSES and INFO.image == (120, 160)
    data = generate("train", 200)
    share = np.bincount(data.labels.ravel(), minlength=12) / data.labels.size
    assert np.abs(share - INFO.train_pixel_share).max() < 0.03
    assert share.min() > 0.003  # every class is there to be learnt
    mean = data.images.mean((0, 1, 2)) / 255
    assert np.abs(mean - INFO.mean).max() < 0.02


def test_colour_alone_does_not_tell_the_class():
    """The nearest mean colour of a class is right about as seldom as one expects of a guess."""
    data = generate("train", 100)
    pixels, labels = data.images.reshape(-1, 3)[::7] / 255.0, data.labels.ravel()[::7]
    means = np.stack([pixels[labels == c].mean(0) for c in range(12)])
    guess = np.square(pixels[:, None] - means).sum(-1).argmin(1)
    assert (guess == labels).mean() < 0.45


def test_a_room_is_upright():
    labels = generate("train", 100).labels
    rows = np.arange(120)[None, :, None]
    assert (np.broadcast_to(rows, labels.shape)[labels == scenes.FLOOR] > 60).mean() > 0.95
    assert (np.broadcast_to(rows, labels.shape)[labels == scenes.CEILING] < 40).all()
