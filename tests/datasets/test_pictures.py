import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cmn_core.datasets.pictures import crop, read_label, read_photo, shrink
from cmn_core.errors import FieldError


def test_shrinking_by_hand():
    photo = np.zeros((4, 4, 3), np.uint8)
    photo[:2, :2, 0] = [[10, 20], [30, 40]]
    label = np.arange(16, dtype=np.uint8).reshape(4, 4)
    small, marks = shrink(photo, label, (2, 2))
    assert small[..., 0].tolist() == [[25, 0], [0, 0]]  # the mean of its four pixels
    assert marks.tolist() == [[5, 7], [13, 15]]  # rows and columns 2 r + 1


def test_the_centre_is_that_of_the_measured_sets():
    label = np.arange(480 * 640, dtype=np.int64).reshape(480, 640)
    photo = np.zeros((480, 640, 3), np.uint8)
    _, small = shrink(photo, label, (120, 160))
    assert (small == label[2::4, 2::4]).all()  # row 4 r + 2, column 4 c + 2
    _, small = shrink(photo[:360, :480], label[:360, :480], (120, 160))
    assert (small == label[1:360:3, 1:480:3]).all()


def test_a_thin_pole_survives_that_a_majority_would_wipe_out():
    label = np.zeros((40, 40), np.uint8)
    label[:, 18] = 1
    _, small = shrink(np.zeros((40, 40, 3), np.uint8), label, (10, 10))
    assert (small[:, 4] == 1).all() and small.sum() == 10


@settings(max_examples=40, deadline=None)
@given(
    found=st.tuples(st.integers(32, 300), st.integers(32, 300)),
    size=st.tuples(st.integers(32, 100), st.integers(32, 100)),
)
def test_nothing_is_stretched_and_nothing_invented(found, size):
    top, left, height, width = crop(found, size)
    assert height / size[0] == pytest.approx(width / size[1])
    assert top >= 0 and left >= 0
    assert top + height <= found[0] + 1e-9 and left + width <= found[1] + 1e-9
    rng = np.random.default_rng(0)
    label = rng.choice([3, 7, 255], found).astype(np.uint8)
    photo = np.repeat(label[..., None], 3, -1)
    small, marks = shrink(photo, label, size)
    assert small.shape == (*size, 3) and marks.shape == size
    assert set(np.unique(marks)) <= {3, 7, 255}


def test_palette_and_grey_labels_are_numbers_and_colours_are_not(tmp_path):
    values = np.array([[0, 1], [2, 255]], np.uint8)
    grey, palette, deep = tmp_path / "g.png", tmp_path / "p.png", tmp_path / "d.png"
    Image.fromarray(values).save(grey)
    coloured = Image.fromarray(values).convert("P")
    coloured.putdata(list(values.ravel()))
    coloured.putpalette(list(range(256)) * 3)
    coloured.save(palette)
    Image.fromarray(values.astype(np.uint16) * 2).save(deep)
    assert read_label(grey).tolist() == values.tolist()
    assert read_label(palette).tolist() == values.tolist()
    assert read_label(deep).tolist() == (values.astype(int) * 2).tolist()
    Image.fromarray(np.zeros((2, 2, 3), np.uint8)).save(grey)
    assert read_label(grey).shape == (2, 2, 3)


def test_files_that_are_no_pictures(tmp_path):
    text, cut, jpeg = tmp_path / "t.png", tmp_path / "c.png", tmp_path / "l.jpg"
    text.write_text("no picture")
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(cut)
    cut.write_bytes(cut.read_bytes()[:5000])
    Image.fromarray(noise[..., 0]).save(jpeg)
    with pytest.raises(FieldError, match=r"^data: t.png is no picture; "):
        read_photo(text)
    with pytest.raises(FieldError, match=r"c.png is damaged"):
        read_photo(cut)
    with pytest.raises(FieldError, match="JPEG, which blurs"):
        read_label(jpeg)
    with pytest.raises(FieldError, match=r"gone.png cannot be read"):
        read_photo(tmp_path / "gone.png")
