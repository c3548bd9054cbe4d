import numpy as np
import pytest

from cmn_core.datasets.formats.ade20k import class_names, is_ade20k, load_ade20k
from cmn_core.datasets.formats.pairs import MissingSplit
from cmn_core.datasets.info import DatasetInfo
from cmn_core.errors import FieldError

EVEN = (1 / 150,) * 150
INFO = DatasetInfo(
    "ade20k", "", tuple(map(str, range(150))), (0.0,) * 3, (1.0,) * 3, EVEN, (32, 40)
)


def test_other_is_unlabelled_and_class_one_is_zero(tmp_path, save):
    marks = np.tile(np.array([0, 1, 150, 7], np.uint8), (32, 10))
    save(tmp_path / "images/training/a.jpg", np.zeros((32, 40, 3)))
    save(tmp_path / "annotations/training/a.png", marks)
    assert is_ade20k(tmp_path)
    data = load_ade20k(tmp_path, "train", INFO, None)
    assert data.labels[0, 0, :4].tolist() == [255, 0, 149, 6]
    for split in ("val", "test"):
        with pytest.raises(MissingSplit, match=f"no split '{split}'"):
            load_ade20k(tmp_path, split, INFO, None)
    save(tmp_path / "annotations/training/a.png", marks + 100)
    with pytest.raises(FieldError, match="has label 250; the scene parsing release"):
        load_ade20k(tmp_path, "train", INFO, None)
    save(tmp_path / "annotations/training/a.png", np.tile([9, 0, 0], (32, 40, 1)))
    with pytest.raises(FieldError, match="holds colours"):
        load_ade20k(tmp_path, "train", INFO, None)


def test_class_names(tmp_path):
    assert class_names(tmp_path)[149] == "class 150"
    rows = ["Idx\tRatio\tTrain\tVal\tStuff\tName"]
    rows += [f"{i}\t0.1\t1\t1\t0\tthing{i}, other word" for i in range(1, 151)]
    (tmp_path / "objectInfo150.txt").write_text("\n".join(rows))
    assert class_names(tmp_path)[:2] == ("thing1", "thing2")
