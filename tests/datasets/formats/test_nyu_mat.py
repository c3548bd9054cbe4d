"""The official files, in small: HDF5 behind MATLAB's block of text, axes stored columns first."""

import h5py
import numpy as np
import pytest
from scipy.io import savemat

from cmn_core.datasets.formats.nyu_mat import LABELLED, frames, load_nyu
from cmn_core.datasets.formats.pairs import MissingSplit
from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError

NYU = dataset_info("nyuv2")
MAP = np.arange(894) % 40 + 1
HEIGHT, WIDTH = 48, 64


@pytest.fixture
def official(tmp_path):
    return write(tmp_path)


def write(folder, *, count=8, train=(1, 2, 3, 5, 7), test=(4, 6, 8), mapping=MAP, change=None):
    rng = np.random.default_rng(0)
    arrays = {
        "images": rng.integers(0, 255, (count, 3, WIDTH, HEIGHT), dtype=np.uint8),
        "labels": rng.integers(0, 895, (count, WIDTH, HEIGHT), dtype=np.uint16),
    }
    if change:
        change(arrays)
    path = folder / LABELLED
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in arrays.items():
            file[name] = values
    with path.open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file")
    column = np.array(train, np.uint16)[:, None]
    savemat(folder / "splits.mat", {"trainNdxs": column, "testNdxs": np.array(test)[:, None]})
    savemat(folder / "classMapping40.mat", {"mapClass": np.asarray(mapping)[None, :]})
    return path


def refusal(path, split="test", size=None) -> str:
    with pytest.raises(FieldError) as error:
        load_nyu(path, split, NYU, size)
    text = str(error.value)
    assert "\n" not in text and text.startswith("data: ")
    return text


def test_pixels_and_classes(official):
    data = load_nyu(official, "test", NYU, None)
    assert data.images.shape == (3, HEIGHT, WIDTH, 3) and data.names == ("0004", "0006", "0008")
    with h5py.File(official) as file:
        raw, photo = file["labels"][3].T, file["images"][3]
    assert (data.images[0, :, :, 2] == photo[2].T).all()
    expected = np.where(raw == 0, 255, (raw.astype(int) - 1) % 40)
    assert (data.labels[0] == expected).all()
    small = load_nyu(official, "train", NYU, (36, 48))
    assert small.labels.shape == (5, 36, 48)


def test_a_file_that_python_wrote_is_recognised_by_its_sizes(official, tmp_path):
    def turned(arrays):
        arrays["images"] = arrays["images"].transpose(0, 1, 3, 2)
        arrays["labels"] = arrays["labels"].transpose(0, 2, 1)

    expected = load_nyu(official, "test", NYU, None)
    (tmp_path / "python").mkdir()
    found = load_nyu(write(tmp_path / "python", change=turned), "test", NYU, None)
    assert (found.images == expected.images).all() and (found.labels == expected.labels).all()

    def square(arrays):
        arrays["images"] = arrays["images"][..., :HEIGHT, :]
        arrays["labels"] = arrays["labels"][..., :HEIGHT, :]

    (tmp_path / "square").mkdir()
    text = refusal(write(tmp_path / "square", change=square))
    assert "frames are 48 x 48; frames wider than high are expected" in text


def test_val_is_every_fifth_block_of_sixteen(tmp_path):
    path = write(tmp_path, train=range(1, 796), test=range(796, 1450))
    train, val = frames(path, "train"), frames(path, "val")
    assert len(train) == 635 and len(val) == 160 and len(frames(path, "test")) == 654
    assert val[:17].tolist() == [*range(16, 32), 96]
    assert not set(train) & set(val)
    with pytest.raises(MissingSplit):
        frames(path, "best")


def test_what_is_wrong_is_said(tmp_path):
    assert "labels 1 to 500" in refusal(write(tmp_path, mapping=MAP[:500]))
    assert "counts classes from 0" in refusal(write(tmp_path, mapping=MAP - 1))
    assert "has class 41" in refusal(write(tmp_path, mapping=MAP + 1))
    assert "counts frames from 0" in refusal(write(tmp_path, train=(0, 1), test=(4,)))
    assert "frame 4 in train and test" in refusal(write(tmp_path, train=(3, 4), test=(4,)))
    assert "names frame 9" in refusal(write(tmp_path, test=(9,)))

    def fewer(arrays):
        arrays["labels"] = arrays["labels"][:, :-1]

    def grey(arrays):
        arrays["images"] = arrays["images"][:, :1]

    def none(arrays):
        del arrays["labels"]

    assert "the same frames, width and height" in refusal(write(tmp_path, change=fewer))
    assert "images (N, 3, width, height)" in refusal(write(tmp_path, change=grey))
    assert "no array 'labels'" in refusal(write(tmp_path, change=none))
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:3000])
    assert "cannot be read" in refusal(path)
    path.write_bytes(b"rubbish")
    assert "no MATLAB 7.3 file" in refusal(path)
    (tmp_path / "splits.mat").write_bytes(b"rubbish" * 100)
    assert "splits.mat cannot be read" in refusal(path)
    (tmp_path / "splits.mat").unlink()
    assert "splits.mat is not there" in refusal(path)


def test_another_data_set_is_refused(official):
    with pytest.raises(FieldError, match="nyuv2 is expected"):
        load_nyu(official, "test", dataset_info("camvid"), None)
