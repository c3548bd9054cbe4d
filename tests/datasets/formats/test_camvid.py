import numpy as np
import pytest
from PIL import Image

from cmn_core.datasets.formats.camvid import COLOURS, from_colours, is_camvid, load_camvid, split_of
from cmn_core.datasets.formats.pairs import MissingSplit
from cmn_core.datasets.info import dataset_info
from cmn_core.errors import FieldError

CAMVID = dataset_info("camvid")


def test_there_are_32_colours_each_once():
    colours = [c for group in COLOURS.values() for c in group]
    assert len(colours) == len(set(colours)) == 32
    assert {k for k in COLOURS if k is not None} == set(range(11))


def test_colours_become_classes():
    values = np.array([[[128, 64, 128], [192, 0, 192], [0, 0, 0]]])
    assert from_colours(values, 255, "x.png").tolist() == [[3, 10, 255]]
    with pytest.raises(FieldError, match=r"x.png has colour \(128, 64, 127\)"):
        from_colours(values - [0, 0, 1], 255, "x.png")


def test_segnets_split_of_the_701_frames():
    """Frame numbers as in the set, but without the gaps of 0016E5."""
    names = [f"0001TP_{n:06d}" for n in range(6690, 10381, 30)]
    names += [f"0006R0_f{n:05d}" for n in range(930, 3931, 30)]
    names += [f"0016E5_{n:05d}" for n in range(390, 8641, 30) if not 7959 <= n <= 8159]
    names += [f"0016E5_{n:05d}" for n in range(7959, 8160, 2)]
    names += [f"Seq05VD_f{n:05d}" for n in range(0, 5101, 30)]
    parts = [split_of(n) for n in names]
    assert parts.count("val") == 101 and parts.count("test") == 233
    assert split_of("0001TP_008520") == "train" and split_of("0001TP_008550") == "test"
    assert split_of("0016E5_07920") == "train" and split_of("0016E5_08190") == "train"


def test_raw_folders(tmp_path, save):
    road = np.full((72, 96, 3), [128, 64, 128])
    for name in ("0006R0_f00930", "0016E5_07959", "Seq05VD_f00000"):
        save(tmp_path / "701_StillsRaw_full" / f"{name}.png", np.zeros((72, 96, 3)))
        save(tmp_path / "LabeledApproved_full" / f"{name}_L.png", road)
    assert is_camvid(tmp_path)
    for split, name in (("train", "0006R0_f00930"), ("val", "0016E5_07959")):
        data = load_camvid(tmp_path, split, CAMVID, (36, 48))
        assert data.names == (name,) and (data.labels == 3).all()
    (tmp_path / "train.txt").write_text("0016E5_07959\n")
    assert load_camvid(tmp_path, "train", CAMVID, None).names == ("0016E5_07959",)
    with pytest.raises(MissingSplit):
        load_camvid(tmp_path, "best", CAMVID, None)
    with pytest.raises(FieldError, match="camvid is expected"):
        load_camvid(tmp_path, "train", dataset_info("nyuv2"), None)


def test_segnets_folders(tmp_path, save):
    marks = np.tile(np.arange(12, dtype=np.uint8), (36, 4))
    save(tmp_path / "train" / "x.png", np.zeros((36, 48, 3)))
    save(tmp_path / "trainannot" / "x.png", marks)
    data = load_camvid(tmp_path, "train", CAMVID, None)
    assert data.labels[0, 0, :12].tolist() == [*range(11), 255]
    save(tmp_path / "trainannot" / "x.png", marks + 1)
    with pytest.raises(FieldError, match=r"a label of x.png is 12; .* 11 for unlabelled"):
        load_camvid(tmp_path, "train", CAMVID, None)
    with pytest.raises(MissingSplit, match="no split 'val'"):
        load_camvid(tmp_path, "val", CAMVID, None)


def test_colours_in_a_palette_are_colours(tmp_path, save):
    """Places of a palette say nothing: the first colour of this file is the road's."""
    save(tmp_path / "val" / "x.png", np.zeros((36, 48, 3)))
    marks = Image.new("P", (48, 36), 0)
    marks.putpalette([128, 64, 128, 128, 128, 128, 64, 0, 128])
    marks.paste(2, (0, 0, 48, 9))
    (tmp_path / "val_labels").mkdir()
    marks.save(tmp_path / "val_labels" / "x_L.png")
    found = load_camvid(tmp_path, "val", CAMVID, None).labels[0]
    assert (found[:9] == 8).all() and (found[9:] == 3).all()


def test_numbers_in_three_equal_channels_are_numbers(tmp_path, save):
    save(tmp_path / "val" / "x.png", np.zeros((36, 48, 3)))
    save(tmp_path / "valannot" / "x.png", np.full((36, 48, 3), 7))
    assert (load_camvid(tmp_path, "val", CAMVID, None).labels == 7).all()


def test_folders_with_coloured_labels(tmp_path, save):
    save(tmp_path / "val" / "x.png", np.zeros((36, 48, 3)))
    save(tmp_path / "val_labels" / "x_L.png", np.full((36, 48, 3), [64, 0, 128]))
    assert (load_camvid(tmp_path, "val", CAMVID, None).labels == 8).all()
