import pytest
import torch

from cmn_core.errors import FieldError
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.teacher import (
    Teacher,
    enlarged,
    load_teacher,
    reset,
    save_teacher,
)


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    return reset(Teacher(5, width=16), torch.Generator().manual_seed(0)).eval()


def test_answers_stand_on_a_quarter_of_the_sides(teacher):
    assert teacher(torch.rand(2, 3, 64, 96)).shape == (2, 5, 16, 24)


def test_every_pixel_knows_the_whole_picture(teacher):
    """A change in one corner moves the answer in the opposite one."""
    images = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    other = images.clone()
    other[:, :, :32, :32] = 1.0 - other[:, :, :32, :32]
    before, after = teacher(images), teacher(other)
    assert not torch.equal(before[..., -1, -1], after[..., -1, -1])


def test_a_file_gives_the_same_teacher(teacher, tmp_path):
    path = tmp_path / "teacher.safetensors"
    save_teacher(path, teacher, {"dataset": "shapes", "enlarged": 1.25})
    found, facts = load_teacher(path, 5)
    assert facts["dataset"] == "shapes" and facts["teacher"]["encoder"] == "lite2"
    images = torch.rand(1, 3, 64, 64)
    assert torch.allclose(found(images), teacher(images), atol=0.05)
    assert not any(p.requires_grad for p in found.parameters())
    with pytest.raises(FieldError, match="knows 5 classes"):
        load_teacher(path, 40)
    with pytest.raises(FieldError, match="cannot be read"):
        load_teacher(tmp_path / "nowhere.safetensors")
    tensors, facts = checkpoint.load(path)
    checkpoint.save(path, {"classify.bias": tensors["classify.bias"]}, facts)
    with pytest.raises(FieldError, match="other layers"):
        load_teacher(path)
    checkpoint.save(path, tensors, {})
    with pytest.raises(FieldError, match="holds no teacher"):
        load_teacher(path)


def test_enlarged_by_a_factor():
    images = torch.rand(1, 3, 24, 32)
    assert enlarged(images, 1.0) is images
    assert enlarged(images, 1.25).shape == (1, 3, 30, 40)
