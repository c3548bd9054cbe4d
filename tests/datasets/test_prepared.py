import json
import shutil

import numpy as np
import pytest

from cmn_core.datasets import prepared
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import load_npz
from cmn_core.datasets.source import open_dataset
from cmn_core.errors import FieldError


@pytest.fixture
def own(tmp_path, save):
    rng = np.random.default_rng(0)
    for split in ("train", "val"):
        for i in range(3):
            save(tmp_path / split / "images" / f"{i}.png", rng.integers(0, 255, (64, 80, 3)))
            save(tmp_path / split / "labels" / f"{i}.png", rng.integers(0, 3, (64, 80)))
    (tmp_path / "classes.txt").write_text("sky\nearth\nsea\n")
    return tmp_path


def test_a_persons_own_data_set_to_the_last_byte(own, tmp_path):
    out = tmp_path / "out"
    info = prepared.described(own, "mine", None)
    facts = prepared.prepare(own, info, out, (32, 40))
    assert facts["images"] == {"train": 3, "val": 3}
    known = dataset_info(str(out / "dataset.json"))
    assert known.name == "mine" and known.classes == ("sky", "earth", "sea")
    assert known.image == (32, 40) and sum(known.train_pixel_share) == pytest.approx(1, abs=1e-4)
    direct = open_dataset(own, "train", info, (32, 40))
    stored = load_npz(out / "train.npz", known)
    assert (stored.images == direct.images).all() and (stored.labels == direct.labels).all()
    scaled = direct.images / 255.0
    assert known.mean == pytest.approx(scaled.mean((0, 1, 2)), abs=1e-4)
    assert known.std == pytest.approx(scaled.std((0, 1, 2)), abs=1e-4)
    assert sorted(p.name for p in out.iterdir()) == ["dataset.json", "train.npz", "val.npz"]


def test_nothing_is_written_when_something_is_wrong(own, save, tmp_path):
    save(own / "val" / "labels" / "1.png", np.full((64, 80), 3))
    with pytest.raises(FieldError, match=r"a label of 1.png is 3"):
        prepared.prepare(own, prepared.described(own, "mine", None), tmp_path / "o", (32, 40))
    assert not (tmp_path / "o").exists()


def test_the_same_pixels_in_two_parts_are_said_and_the_same_file_is_refused(own, tmp_path):
    here, there = own / "train" / "images" / "2.png", own / "val" / "images" / "1.png"
    there.write_bytes(here.read_bytes())
    info = prepared.described(own, "mine", None)
    (warning,) = prepared.prepare(own, info, tmp_path / "o", (32, 40))["warnings"]
    assert warning.startswith("1 photographs of val have the pixels of one of train, 1 for one")
    there.unlink()
    there.symlink_to(here)
    with pytest.raises(FieldError, match=r"photograph 1 is in train and in val"):
        prepared.prepare(own, info, tmp_path / "p", (32, 40))
    assert not (tmp_path / "p").exists()


def test_lists_that_overlap_are_refused(own, tmp_path):
    shutil.rmtree(own / "val")
    for kind in ("images", "labels"):
        (own / "train" / kind).rename(own / kind)
    (own / "train.txt").write_text("0\n1\n")
    (own / "val.txt").write_text("1\n2\n")
    with pytest.raises(FieldError, match=r"photograph 1 is in train and in val"):
        prepared.prepare(own, prepared.described(own, "mine", None), tmp_path / "o", (32, 40))


def test_a_class_in_no_label_is_refused_and_in_one_part_alone_said(own, save, tmp_path):
    for i in range(3):
        save(own / "train" / "labels" / f"{i}.png", np.repeat([[0, 255]], 64, 0).repeat(40, 1))
    info = prepared.described(own, "mine", None)
    facts = prepared.prepare(own, info, tmp_path / "o", (32, 40))
    assert facts["warnings"] == [
        "class 1 (earth) is not in train",
        "class 2 (sea) is not in train",
    ]
    for i in range(3):  # a mask of 0 and 255: what is meant as a class would be unlabelled
        save(own / "val" / "labels" / f"{i}.png", np.repeat([[0, 255]], 64, 0).repeat(40, 1))
    with pytest.raises(FieldError, match=r"class 1 \(earth\) is in no label"):
        prepared.prepare(own, info, tmp_path / "p", (32, 40))


def test_a_description_beside_the_images_is_not_overruled(own, tmp_path):
    info = prepared.described(own, "mine", None)
    prepared.prepare(own, info, tmp_path / "o", (32, 40))
    words = r"found nyuv2 with 40 classes, .* beside train.npz describes mine with 3"
    with pytest.raises(FieldError, match=words):
        load_npz(tmp_path / "o" / "train.npz", dataset_info("nyuv2"))


def test_classes_must_be_known(own):
    (own / "classes.txt").unlink()
    with pytest.raises(FieldError, match=r"there is no classes.txt"):
        prepared.described(own, "mine", None)
    assert len(prepared.described(own, "mine", prepared.named_classes("3")).classes) == 3
    for text in ("1", "300"):
        with pytest.raises(FieldError, match="2 to 255"):
            prepared.named_classes(text)
    with pytest.raises(FieldError, match="a name of letters"):
        prepared.described(own, "../mine", ("a", "b"))


def test_the_shipped_facts_are_those_of_the_generator():
    known = dataset_info("scenes")
    assert prepared.counted(open_dataset("generated", "train", known)) == known


def test_generated_scenes_are_prepared(tmp_path):
    facts = prepared.prepare("generated", dataset_info("scenes"), tmp_path, (60, 80), count=8)
    assert facts["images"] == {"train": 8, "val": 2, "test": 2} and facts["seed"] == 0
    assert load_npz(tmp_path / "test.npz", dataset_info("scenes")).images.shape == (2, 60, 80, 3)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mean": [0.1, 0.2]}, "describes no data set"),
        ({"classes": ["a"]}, "has 1 classes"),
        ({"std": [0, 1, 1]}, "deviation of 0"),
        ({"train_pixel_share": [0.5]}, "has 3 classes"),
    ],
)
def test_a_description_that_is_wrong(tmp_path, change, words):
    path = tmp_path / f"{words[:5]}.json"
    good = {"name": "x", "title": "x", "classes": ["a", "b", "c"], "image": [32, 40]}
    good |= {"mean": [0, 0, 0], "std": [1, 1, 1], "train_pixel_share": [0.2, 0.3, 0.5]}
    path.write_text(json.dumps({**good, **change}))
    with pytest.raises(FieldError, match=words):
        dataset_info(str(path))
    with pytest.raises(FieldError, match="no such file"):
        dataset_info(str(tmp_path / "none.json"))
