from dataclasses import replace

import pytest
import torch

from cmn_core.architecture import Architecture
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.network.export import load_network
from cmn_core.supernet.training.distillation import DistillationRecipe, Distiller

SMALL = Architecture((1, 2, 2, 1), (16, 24, 32, 40))
LESSON = DistillationRecipe(epochs=6, batch=8, rate=3e-3, bf16=False)


def distiller(supernet, shapes, folder, **changes):
    lesson = replace(LESSON, **changes)
    teacher = None if lesson.share == 0.0 else supernet
    return Distiller(lesson, supernet.subnet(SMALL), teacher, shapes, folder)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_a_student_learns(tiny_supernet, shapes, tmp_path, share):
    made = distiller(tiny_supernet, shapes, tmp_path, share=share, epochs=4)
    losses = [lap.loss for lap in made.epochs()]
    assert losses[-1] < losses[0]


def test_interrupted_equals_uninterrupted(tiny_supernet, shapes, tmp_path):
    whole = distiller(tiny_supernet, shapes, tmp_path / "a")
    losses = [lap.loss for lap in whole.epochs()]
    parts = distiller(tiny_supernet, shapes, tmp_path / "b").epochs()
    first = [next(parts).loss for _ in range(5)]  # stored after the fifth
    again = distiller(tiny_supernet, shapes, tmp_path / "b")
    assert again.epoch == 5
    assert first + [lap.loss for lap in again.epochs()] == losses
    for a, b in zip(whole.average.parameters(), again.average.parameters(), strict=True):
        assert torch.equal(a, b)
    assert list(again.epochs()) == []


def test_another_lesson_or_student_needs_another_folder(tiny_supernet, shapes, tmp_path):
    list(distiller(tiny_supernet, shapes, tmp_path, epochs=1).epochs())
    with pytest.raises(FieldError, match="out"):
        distiller(tiny_supernet, shapes, tmp_path, epochs=2)
    other = tiny_supernet.subnet(Architecture((1, 1, 1, 1), (16, 16, 16, 16)))
    with pytest.raises(FieldError, match="out"):
        Distiller(replace(LESSON, epochs=1), other, tiny_supernet, shapes, tmp_path)
    with pytest.raises(FieldError, match="teacher"):
        Distiller(LESSON, other, None, shapes, tmp_path / "new")


def test_the_student_is_a_file_of_its_own(tiny_supernet, shapes, tmp_path, monkeypatch):
    from cmn_core.supernet.network import export

    made = distiller(tiny_supernet, shapes, tmp_path, epochs=1)
    list(made.epochs(shapes))
    path = tmp_path / "network.safetensors"
    made.save(path, {"trained_on": "shapes"})
    monkeypatch.setitem(export.SPACES, "b0", tiny_supernet.space)
    network, facts = load_network(path)
    assert network.architecture == SMALL
    assert facts["lesson"]["seed"] == 0 and facts["classes"] == list(shapes.info.classes)
    halved = made.average.half().float()
    assert measure(network, shapes) == measure(halved, shapes)
