import json

import pytest

from cmn_core.datasets.info import dataset_info, described_beside
from cmn_core.errors import FieldError


def described(folder, name, classes):
    facts = {
        "name": name,
        "title": "pictures of somebody's",
        "classes": classes,
        "mean": [0.5, 0.5, 0.5],
        "std": [0.2, 0.2, 0.2],
        "train_pixel_share": [1 / len(classes)] * len(classes),
        "image": [48, 64],
    }
    (folder / "dataset.json").write_text(json.dumps(facts))


def test_what_lies_beside_the_data_decides(tmp_path):
    assert described_beside(tmp_path) is None
    assert described_beside("generated") is None
    described(tmp_path, "leaves", ["stem", "leaf", "earth"])
    for data in (tmp_path, tmp_path / "val.npz"):
        found = described_beside(data)
        assert found == str(tmp_path / "dataset.json")
        assert dataset_info(found).classes == ("stem", "leaf", "earth")


def test_a_shipped_set_keeps_its_own_statistics(tmp_path):
    known = dataset_info("camvid")
    described(tmp_path, "camvid", list(known.classes))
    assert described_beside(tmp_path) == "camvid"
    described(tmp_path, "camvid", ["road", "sky"])
    assert described_beside(tmp_path) == str(tmp_path / "dataset.json")


def test_a_broken_description_is_refused(tmp_path):
    (tmp_path / "dataset.json").write_text("{}")
    with pytest.raises(FieldError, match="describes no data set"):
        described_beside(tmp_path)
