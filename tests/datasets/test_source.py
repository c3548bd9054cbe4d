import numpy as np
import pytest

from cmn_core.datasets.formats.pairs import MissingSplit
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.source import kind_of, open_dataset
from cmn_core.errors import FieldError


def test_each_kind_is_recognised(tmp_path, save, three):
    assert kind_of("generated") == "generated"
    (tmp_path / "a").mkdir()
    np.savez(tmp_path / "a" / "train.npz", images=np.zeros((1, 32, 40, 3), np.uint8))
    assert kind_of(tmp_path / "a") == "npz"
    save(tmp_path / "b/images/x.png", np.zeros((32, 40, 3)))
    save(tmp_path / "b/labels/x.png", np.zeros((32, 40)))
    assert kind_of(tmp_path / "b") == "folder"
    save(tmp_path / "c/images/training/x.png", np.zeros((32, 40, 3)))
    save(tmp_path / "c/annotations/training/x.png", np.zeros((32, 40)))
    assert kind_of(tmp_path / "c") == "ade20k"
    save(tmp_path / "d/train/x.png", np.zeros((32, 40, 3)))
    save(tmp_path / "d/trainannot/x.png", np.zeros((32, 40)))
    assert kind_of(tmp_path / "d") == "camvid"
    (tmp_path / "e").mkdir()
    with pytest.raises(FieldError, match="folder e is empty"):
        kind_of(tmp_path / "e")
    (tmp_path / "e" / "x.txt").write_text("")
    with pytest.raises(FieldError, match="holds no data set"):
        kind_of(tmp_path / "e")
    with pytest.raises(FieldError, match=r"x.txt is no data set"):
        kind_of(tmp_path / "e" / "x.txt")
    with pytest.raises(FieldError, match="does not exist"):
        kind_of(tmp_path / "z")
    (tmp_path / "b" / "train.txt").write_text("x")
    assert len(open_dataset(tmp_path / "b", "train", three)) == 1
    with pytest.raises(FieldError, match="first_label: found 1"):
        open_dataset(tmp_path / "a", "train", three, first_label=1)


def test_npz_by_folder_file_and_size(tmp_path, three):
    labels = np.zeros((2, 64, 80), np.uint8)
    np.savez(tmp_path / "train.npz", images=np.zeros((2, 64, 80, 3), np.uint8), labels=labels)
    assert open_dataset(tmp_path, "train", three).images.shape == (2, 64, 80, 3)
    assert open_dataset(tmp_path, "train", three, (32, 40)).labels.shape == (2, 32, 40)
    assert len(open_dataset(tmp_path / "train.npz", "val", three)) == 2
    with pytest.raises(MissingSplit, match=r"no split 'val'; val.npz is expected"):
        open_dataset(tmp_path, "val", three)


def test_an_npz_that_is_off_by_one(tmp_path):
    info = dataset_info("scenes")
    data = open_dataset("generated", "train", info, count=24)
    moved = np.where(data.labels < 11, data.labels + 1, 255).astype(np.uint8)
    np.savez(tmp_path / "train.npz", images=data.images, labels=moved)
    with pytest.raises(FieldError, match="labels seem counted from 1"):
        open_dataset(tmp_path, "train", info)


def test_generated_scenes(three):
    info = dataset_info("scenes")
    assert len(open_dataset("generated", "val", info, count=3)) == 3
    assert open_dataset("generated", "val", info, (60, 80), count=1).images.shape[1:3] == (60, 80)
    with pytest.raises(FieldError, match="generated scenes are 'scenes'"):
        open_dataset("generated", "val", three)
    with pytest.raises(MissingSplit):
        open_dataset("generated", "best", info)
