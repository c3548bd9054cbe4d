import io

import numpy as np
import pytest
from PIL import Image

from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError
from cmn_core.supernet.measure import overlay as room
from cmn_core.supernet.measure.overlay import (
    coloured,
    label_colours,
    picture,
    read_photo,
    segment,
    write_png,
)

INFO = dataset_info("nyuv2")


def encoded(image, form="PNG", **options):
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def gradient(height, width):
    y, x = np.mgrid[:height, :width]
    return np.stack([y % 256, x % 256, (x + y) % 256], -1).astype(np.uint8)


def test_colours_are_distinct_for_three_kinds_of_eyes():
    colours = np.array(label_colours(40), dtype=float)
    assert len(np.unique(colours, axis=0)) == 40
    for eye in room._EYES:
        seen = room._oklab(colours, eye)
        apart = np.sqrt(((seen[:, None] - seen[None]) ** 2).sum(-1)) + 9.0 * np.eye(40)
        assert apart.min() > 0.05  # about twice what can just be told apart side by side
    assert label_colours(11) == label_colours(40)[:11]


def test_coloured_labels():
    labels = np.array([[0, 1], [39, 255]], dtype=np.uint8)
    rgb = coloured(labels, 40)
    assert tuple(rgb[0, 0]) == label_colours(40)[0] and tuple(rgb[1, 0]) == label_colours(40)[39]
    assert tuple(rgb[1, 1]) == (0, 0, 0)


def test_a_photo_is_turned_upright_and_flattened():
    upright = gradient(40, 60)
    exif = Image.Exif()
    exif[0x0112] = 6  # taken with the camera turned: shown after a quarter turn clockwise
    stored = Image.fromarray(np.rot90(upright).copy())
    assert np.array_equal(read_photo(encoded(stored, exif=exif)), upright)
    clear = Image.fromarray(np.zeros((40, 40, 4), dtype=np.uint8))
    assert (read_photo(encoded(clear)) == 255).all()
    for mode in ("L", "P", "1", "CMYK", "I;16"):
        form = "TIFF" if mode == "CMYK" else "PNG"
        grey = Image.new(mode, (50, 40))
        assert read_photo(encoded(grey, form)).shape == (40, 50, 3)


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "no image"),
        (b"GIF89a", "no image"),
        (encoded(Image.new("RGB", (20, 40))), "20 x 40"),
        (encoded(Image.new("RGB", (400, 40))), "400 x 40"),
        (encoded(Image.new("RGB", (8000, 7600)), "PNG"), "8000 x 7600"),
        (encoded(Image.fromarray(gradient(200, 200)), "JPEG")[:2000], "cannot be read"),
        (encoded(Image.new("RGB", (64, 64)), "GIF"), "no image"),
    ],
)
def test_what_is_no_photo_is_refused_in_a_sentence(raw, words):
    with pytest.raises(FieldError, match=words) as refusal:
        read_photo(raw)
    assert refusal.value.field == "image" and "\n" not in str(refusal.value)


def test_files_are_refused_too(tmp_path, monkeypatch):
    with pytest.raises(FieldError, match=r"none\.jpg"):
        read_photo(tmp_path / "none.jpg")
    with pytest.raises(FieldError):
        read_photo(tmp_path)
    large = tmp_path / "large.png"
    large.write_bytes(encoded(Image.fromarray(gradient(100, 100))))
    monkeypatch.setattr(room, "MAX_BYTES", 100)
    with pytest.raises(FieldError, match="at most 100"):
        read_photo(large)


@pytest.mark.parametrize("size", [(48, 64), (300, 200), (33, 120), (500, 500)])
def test_a_photo_of_any_size_gets_a_class_for_each_pixel(tiny_supernet, shapes, size):
    labels = segment(tiny_supernet, gradient(*size), shapes.info)
    assert labels.shape == size and labels.dtype == np.uint8
    assert labels.max() < 3


def test_an_image_of_the_set_is_segmented_as_it_is_measured(tiny_supernet, shapes):
    from cmn_core.supernet.measure.miou import predict

    direct = predict(tiny_supernet, shapes.images[:1], shapes.info)[0]
    assert np.array_equal(segment(tiny_supernet, shapes.images[0], shapes.info), direct)


def test_the_picture_shows_all_panels_and_a_legend(tmp_path):
    photo = gradient(120, 160)
    predicted = np.zeros((120, 160), dtype=np.uint8)
    predicted[:, 80:] = 4
    truth = np.full((120, 160), 255, dtype=np.uint8)
    truth[:60] = 7
    two, three = picture(photo, predicted, INFO), picture(photo, predicted, INFO, truth)
    assert three.shape[1] > 1.4 * two.shape[1]
    found = {tuple(c) for c in three.reshape(-1, 3)[::7].tolist()}
    assert {label_colours(40)[c] for c in (0, 4, 7)} <= found
    assert label_colours(40)[9] not in found
    path = tmp_path / "out.png"
    write_png(path, three)
    assert np.array_equal(np.asarray(Image.open(path)), three)
    assert [p.name for p in tmp_path.iterdir()] == ["out.png"]
    with pytest.raises(FieldError, match="truth"):
        picture(photo, predicted, INFO, truth[:50])
