"""Plain folders: layouts, names, numbers, and each thing that can be wrong with them."""

import numpy as np
import pytest
from PIL import Image

from cmn_core.datasets.formats.folder import load_folder, names_in
from cmn_core.datasets.formats.pairs import MissingSplit
from cmn_core.errors import FieldError


def fill(save, photos, labels, names=("a", "b"), shape=(32, 40), top=3):
    rng = np.random.default_rng(0)
    for name in names:
        save(photos / f"{name}.png", rng.integers(0, 255, (*shape, 3)))
        save(labels / f"{name}.png", rng.integers(0, top, shape))


def refusal(*arguments, **settings) -> str:
    with pytest.raises(FieldError) as error:
        load_folder(*arguments, **settings)
    text = str(error.value)
    assert "\n" not in text and text.startswith("data: ")
    return text


@pytest.mark.parametrize("layout", ["train/{}", "{}/train"])
def test_splits_as_folders(tmp_path, save, three, layout):
    fill(save, tmp_path / layout.format("images"), tmp_path / layout.format("labels"))
    data = load_folder(tmp_path, "train", three, None)
    assert data.images.shape == (2, 32, 40, 3) and data.names == ("a", "b")
    assert load_folder(tmp_path, "train", three, (33, 41)).labels.shape == (2, 33, 41)
    with pytest.raises(MissingSplit, match="has no split 'val'"):
        load_folder(tmp_path, "val", three, None)


def test_splits_as_lists(tmp_path, save, three):
    fill(save, tmp_path / "images", tmp_path / "labels", names=("a", "b", "c"))
    (tmp_path / "train.txt").write_text("a\n/somewhere/c.png /elsewhere/c.png\n\n")
    (tmp_path / "val.txt").write_text("d\n")
    assert load_folder(tmp_path, "train", three, None).names == ("a", "c")
    assert "val.txt names d, which has no picture" in refusal(tmp_path, "val", three, None)
    assert "test.txt" in refusal(tmp_path, "test", three, None)


def test_lists_with_blanks_in_names_marks_of_a_system_and_dots(tmp_path, save, three):
    names = ("img 0", "img 1", "frame.07")
    fill(save, tmp_path / "images", tmp_path / "labels", names=names)
    (tmp_path / "train.txt").write_bytes("\ufeffimg 0\r\nimages/img 1.png\r\n".encode())
    (tmp_path / "val.txt").write_text("frame.07\n")
    assert load_folder(tmp_path, "train", three, None).names == ("img 0", "img 1")
    assert load_folder(tmp_path, "val", three, None).names == ("frame.07",)


def test_hidden_files_are_not_pictures_and_two_of_a_name_are_refused(tmp_path, save, three):
    photos, labels = tmp_path / "train" / "images", tmp_path / "train" / "labels"
    fill(save, photos, labels)
    for name in ("._a.png", "Thumbs.db", ".DS_Store"):
        (photos / name).write_bytes(b"a system's own")
    assert load_folder(tmp_path, "train", three, None).names == ("a", "b")
    save(labels / "a.tif", np.zeros((32, 40)))
    assert "labels holds a.png and a.tif" in refusal(tmp_path, "train", three, None)


def test_palettes_that_differ_between_files_are_refused(tmp_path, save, three):
    photos, labels = tmp_path / "train" / "images", tmp_path / "train" / "labels"
    fill(save, photos, labels)
    for name, palette in (("a", [0, 0, 0, 9, 0, 0]), ("b", [9, 0, 0, 0, 0, 0])):
        marks = Image.new("P", (40, 32), 1)
        marks.putpalette(palette)
        marks.save(labels / f"{name}.png")
    text = refusal(tmp_path, "train", three, None)
    assert "number 1 is colour (9, 0, 0) in a.png and (0, 0, 0) in b.png" in text
    marks.putpalette([0, 0, 0, 9, 0, 0])
    marks.save(labels / "b.png")
    assert (load_folder(tmp_path, "train", three, None).labels == 1).all()


def test_labels_from_one(tmp_path, save, three):
    photos, labels = tmp_path / "train" / "images", tmp_path / "train" / "labels"
    fill(save, photos, labels, names=("a",))
    marks = np.tile(np.array([0, 1, 2, 3], np.uint8), (32, 10))
    save(labels / "a.png", marks)
    text = refusal(tmp_path, "train", three, None)
    assert "a label of a.png is 3; three has labels 0 to 2" in text and "--first-label 1" in text
    data = load_folder(tmp_path, "train", three, None, first_label=1)
    assert data.labels[0, 0, :4].tolist() == [255, 0, 1, 2]


def test_what_is_wrong_is_said(tmp_path, save, three):
    photos, labels = tmp_path / "train" / "images", tmp_path / "train" / "labels"
    fill(save, photos, labels)
    save(labels / "c.png", np.zeros((32, 40)))
    assert "label file c.png has no photograph" in refusal(tmp_path, "train", three, None)
    (labels / "c.png").unlink()
    (labels / "b.png").rename(labels / "b2.png")
    assert "photograph b.png has no label file" in refusal(tmp_path, "train", three, None)
    (labels / "b2.png").unlink()
    save(labels / "b.png", np.zeros((40, 32)))
    assert "b.png is 32 x 40 and its label 40 x 32" in refusal(tmp_path, "train", three, None)
    save(labels / "b.png", np.tile([9, 0, 0], (32, 40, 1)))
    assert "b.png holds colours" in refusal(tmp_path, "train", three, None)
    save(photos / "b.png", np.zeros((64, 40, 3)))
    save(labels / "b.png", np.zeros((64, 40)))
    text = refusal(tmp_path, "train", three, None)
    assert "a.png is 32 x 40 and b.png 64 x 40" in text and "--size" in text
    save(labels / "b.png", np.full((64, 40), 9))
    assert "is 9; three has labels 0 to 2" in refusal(tmp_path, "train", three, None)
    for name in ("a", "b"):
        (photos / f"{name}.png").unlink()
    assert "holds no pictures" in refusal(tmp_path, "train", three, None)


def test_nothing_labelled_or_too_small(tmp_path, save, three):
    save(tmp_path / "train/images/a.png", np.zeros((32, 40, 3)))
    save(tmp_path / "train/labels/a.png", np.full((32, 40), 255))
    assert "no pixel is labelled" in refusal(tmp_path, "train", three, None)
    assert "at least 32 x 32" in refusal(tmp_path, "train", three, (16, 20))


def test_class_names(tmp_path):
    file = tmp_path / "c.txt"
    file.write_text("sky\nroad\n\n")
    assert names_in(file) == ("sky", "road")
    file.write_text("sky\nsky\n")
    with pytest.raises(FieldError, match="has 'sky' twice"):
        names_in(file)
    with pytest.raises(FieldError, match="cannot be read"):
        names_in(tmp_path / "none.txt")
