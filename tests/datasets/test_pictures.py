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
    assert read_label(grey).numbers().tolist() == values.tolist()
    assert read_label(palette).numbers().tolist() == values.tolist()
    assert read_label(deep).numbers().tolist() == (values.astype(int) * 2).tolist()
    reds = np.zeros((2, 2, 3), np.uint8)
    reds[0, 0, 0] = 9
    Image.fromarray(reds).save(grey)
    assert read_label(grey).numbers() is None
    assert read_label(grey).colours().tolist() == reds.tolist()


@pytest.mark.parametrize("mode", ["RGB", "LA", "RGBA"])
def test_equal_channels_are_one_number(tmp_path, mode):
    values = np.array([[0, 1], [2, 255]], np.uint8)
    Image.fromarray(values).convert(mode).save(tmp_path / "x.png")
    assert read_label(tmp_path / "x.png").numbers().tolist() == values.tolist()


def test_labels_of_16_bits_in_either_order_of_bytes(tmp_path):
    values = np.array([[0, 300], [2, 255]])
    for name, kind in (("big.tif", ">u2"), ("little.tif", "<u2")):
        Image.frombytes(
            "I;16B" if kind[0] == ">" else "I;16", (2, 2), values.astype(kind).tobytes()
        ).save(tmp_path / name)
        assert read_label(tmp_path / name).numbers().tolist() == values.tolist()


def test_labels_that_hide_pixels_or_hold_fractions_are_refused(tmp_path):
    glass = Image.new("RGBA", (2, 2), (1, 1, 1, 0))
    glass.save(tmp_path / "glass.png")
    Image.new("F", (2, 2), 1.5).save(tmp_path / "half.tif")
    with pytest.raises(FieldError, match=r"glass.png is partly transparent"):
        read_label(tmp_path / "glass.png")
    with pytest.raises(FieldError, match=r"half.tif holds fractions"):
        read_label(tmp_path / "half.tif")


def test_photographs_of_16_bits_are_scaled_to_8(tmp_path):
    deep = np.array([[0, 256], [65535, 32768]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "deep.png")
    assert read_photo(tmp_path / "deep.png")[..., 0].tolist() == [[0, 1], [255, 128]]
    Image.fromarray(deep >> 4).save(tmp_path / "twelve.png")  # 12 bits would be almost black
    with pytest.raises(FieldError, match=r"twelve.png has 16 bits .* nothing above 4095"):
        read_photo(tmp_path / "twelve.png")
    for mode, words in (("I", "whole numbers of 32 bits"), ("F", "fractions")):
        Image.new(mode, (2, 2), 9).save(tmp_path / "x.tif")
        with pytest.raises(FieldError, match=words):
            read_photo(tmp_path / "x.tif")


def test_photographs_are_turned_as_their_camera_says(tmp_path):
    marks = np.arange(6, dtype=np.uint8).reshape(2, 3)
    photo = Image.fromarray(np.repeat(marks[..., None], 3, -1))
    turned = photo.getexif()
    turned[274] = 6  # the camera was held upright: turn it clockwise
    photo.save(tmp_path / "x.png", exif=turned)
    assert read_photo(tmp_path / "x.png")[..., 0].tolist() == np.rot90(marks, -1).tolist()
    assert read_label(tmp_path / "x.png").numbers().tolist() == np.rot90(marks, -1).tolist()


def test_transparent_parts_of_a_photograph_are_white(tmp_path):
    Image.new("RGBA", (2, 2), (0, 0, 0, 0)).save(tmp_path / "x.png")
    assert (read_photo(tmp_path / "x.png") == 255).all()


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
