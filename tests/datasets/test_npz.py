import numpy as np
import pytest

from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import load_npz
from cmn_core.errors import FieldError

NYU = dataset_info("nyuv2")


def write(path, images=None, labels=None):
    images = np.zeros((2, 32, 40, 3), np.uint8) if images is None else images
    labels = np.zeros((2, 32, 40), np.uint8) if labels is None else labels
    np.savez_compressed(path, images=images, labels=labels)
    return path


def test_a_good_file(tmp_path):
    data = load_npz(write(tmp_path / "a.npz"), NYU)
    assert len(data) == 2 and data.images.shape == (2, 32, 40, 3)


def refusal(path) -> str:
    with pytest.raises(FieldError) as error:
        load_npz(path, NYU)
    text = str(error.value)
    assert "\n" not in text and text.startswith("data: ")
    return text


def test_files_that_are_not_whole(tmp_path):
    empty, cut, missing = tmp_path / "e.npz", tmp_path / "c.npz", tmp_path / "m.npz"
    empty.write_bytes(b"")
    whole = write(tmp_path / "w.npz").read_bytes()
    assert "empty" in refusal(empty)
    for length in (10, len(whole) // 2, len(whole) - 30):
        cut.write_bytes(whole[:length])
        assert "no whole npz" in refusal(cut)
    assert "no such file" in refusal(missing)
    assert "directory" in refusal(tmp_path)


def test_damaged_content(tmp_path):
    noise = np.random.default_rng(0).integers(0, 40, (2, 64, 64), dtype=np.uint8)
    path = write(tmp_path / "d.npz", np.stack([noise] * 3, -1), noise)
    raw = bytearray(path.read_bytes())
    for i in range(2000, 2400):
        raw[i] ^= 0xFF
    path.write_bytes(raw)
    assert "whole npz file" in refusal(path)


@pytest.mark.parametrize(
    ("images", "labels", "word"),
    [
        (np.zeros((2, 32, 40, 4), np.uint8), None, "three channels"),
        (np.zeros((3, 32, 40, 3), np.uint8), None, "same N"),
        (np.zeros((2, 32, 40, 3), np.float32), None, "uint8"),
        (None, np.full((2, 32, 40), 40, np.uint8), "a label is 40"),
        (None, np.full((2, 32, 40), 255, np.uint8), "no pixel is labelled"),
        (np.zeros((0, 32, 40, 3), np.uint8), np.zeros((0, 32, 40), np.uint8), "0 images"),
        (np.zeros((2, 8, 40, 3), np.uint8), np.zeros((2, 8, 40), np.uint8), "32 x 32"),
    ],
)
def test_wrong_content(tmp_path, images, labels, word):
    assert word in refusal(write(tmp_path / "x.npz", images, labels))


def test_pickled_objects_are_never_loaded(tmp_path):
    path = tmp_path / "p.npz"
    np.savez(
        path, images=np.array([{"a": 1}], dtype=object), labels=np.zeros((1, 32, 32), np.uint8)
    )
    assert "uint8" in refusal(path)


def test_missing_array(tmp_path):
    path = tmp_path / "n.npz"
    np.savez(path, images=np.zeros((1, 32, 32, 3), np.uint8))
    assert "no array 'labels'" in refusal(path)


def test_unknown_data_set_names_the_nearest():
    with pytest.raises(FieldError, match="did you mean 'nyuv2'"):
        dataset_info("nyu2")
