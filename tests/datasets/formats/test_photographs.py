"""Photographs packed as MiniPlaces and Tiny ImageNet are: one JPEG header for all of a file."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cmn_core.arrays import Bytes
from cmn_core.datasets.formats.photographs import load_photographs, unpacked
from cmn_core.errors import FieldError


def packed(path: Path, pictures: Bytes, labels: list[int]) -> Path:
    files = []
    for picture in pictures:
        target = io.BytesIO()
        Image.fromarray(picture).save(target, "JPEG", quality=95, subsampling=0)
        files.append(target.getvalue())
    alike = min(len(file) for file in files)
    alike = next((i for i in range(alike) if len({file[i] for file in files}) > 1), alike)
    header = files[0][:alike]
    assert len(header) > 600  # tables and size: what pictures of one size share
    bodies = [file[len(header) :] for file in files]
    np.savez(
        path,
        header=np.frombuffer(header, np.uint8),
        jpeg=np.frombuffer(b"".join(bodies), np.uint8),
        offset=np.cumsum([0, *map(len, bodies)]),
        label=np.array(labels, np.uint16),
    )
    return path


@pytest.fixture
def plain() -> Bytes:
    """A red, a green and a blue picture of 32 x 48."""
    colours = np.array([(200, 30, 30), (30, 200, 30), (30, 30, 200)], np.uint8)
    return np.broadcast_to(colours[:, None, None], (3, 32, 48, 3)).copy()


def test_pictures_come_back_with_their_labels(tmp_path: Path, plain: Bytes) -> None:
    (tmp_path / "scenes").mkdir()
    first = packed(tmp_path / "scenes" / "a.npz", plain, [2, 0, 1])
    second = packed(tmp_path / "scenes" / "b.npz", plain[:1], [6])
    found = load_photographs([first, second])
    assert found.images.shape == (4, 32, 48, 3)
    assert np.abs(found.images[:3].astype(int) - plain).max() <= 3  # JPEG
    assert found.labels.tolist() == [2, 0, 1, 6]
    assert (found.classes, found.name, len(found)) == (7, "scenes", 4)


def test_some_of_them(tmp_path: Path, plain: Bytes) -> None:
    with np.load(packed(tmp_path / "a.npz", plain, [0, 1, 2])) as file:
        found = unpacked(dict(file), [2, 1])
    assert found[:, 0, 0].argmax(1).tolist() == [2, 1]


def test_what_is_no_such_file_is_refused(tmp_path: Path, plain: Bytes) -> None:
    with pytest.raises(FieldError, match=r"^photographs: nowhere\.npz: no such file"):
        load_photographs([tmp_path / "nowhere.npz"])
    np.savez(tmp_path / "other.npz", images=plain)
    with pytest.raises(FieldError, match="header, jpeg, offset and label is expected"):
        load_photographs([tmp_path / "other.npz"])
    (tmp_path / "text.npz").write_text("no archive")
    with pytest.raises(FieldError, match="header, jpeg, offset and label is expected"):
        load_photographs([tmp_path / "text.npz"])
    with np.load(packed(tmp_path / "a.npz", plain, [0, 1, 2])) as file:
        np.savez(tmp_path / "short.npz", **{**dict(file), "label": np.zeros(2, np.uint16)})
        torn = {**dict(file), "jpeg": file["jpeg"][::-1]}
    with pytest.raises(FieldError, match="2"):
        load_photographs([tmp_path / "short.npz"])
    np.savez(tmp_path / "torn.npz", **torn)
    with pytest.raises(FieldError, match="header, jpeg, offset and label is expected"):
        load_photographs([tmp_path / "torn.npz"])
    small = packed(tmp_path / "small.npz", plain[:, :16], [0, 1, 2])
    with pytest.raises(FieldError, match="one size"):
        load_photographs([tmp_path / "a.npz", small])
