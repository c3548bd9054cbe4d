from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from cmn_core.architecture import SearchSpace
from cmn_core.datasets.formats.photographs import ClassifiedSet
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError
from cmn_core.supernet.network import checkpoint, growth
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training import pretraining
from cmn_core.supernet.training import supernet as training
from cmn_core.supernet.training.pretraining import Course, Pretrainer, recognised

SHORT = Course(epochs=3, batch=6, rate=3e-3)


@pytest.fixture(autouse=True)
def small_space(monkeypatch: pytest.MonkeyPatch, tiny: SearchSpace) -> None:
    monkeypatch.setitem(pretraining.SPACES, "b0", tiny)
    assert training.SPACES["b0"] is tiny


def coloured(count: int, classes: int, size: tuple[int, int], seed: int) -> ClassifiedSet:
    """Noise with one channel brighter: which one is the label."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, count)
    images = rng.integers(60, 120, (count, *size, 3), dtype=np.uint8)
    for i, label in enumerate(labels):
        images[i, :, :, label] += 100
    return ClassifiedSet(images, labels, classes, f"{classes} colours")


@pytest.fixture
def sets() -> list[ClassifiedSet]:
    return [coloured(30, 3, (32, 48), 0), coloured(18, 2, (32, 32), 1)]


def weights(network: Segmenter) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_interrupted_equals_uninterrupted(
    tmp_path: Path, sets: list[ClassifiedSet], shapes: SegmentationSet
) -> None:
    whole = Pretrainer(SHORT, sets, shapes.info, tmp_path / "a")
    list(whole.epochs())
    first = Pretrainer(SHORT, sets, shapes.info, tmp_path / "b")
    next(first.epochs())
    first._store()
    second = Pretrainer(SHORT, sets, shapes.info, tmp_path / "b")
    assert second.epoch == 1
    list(second.epochs())
    assert torch.equal(weights(second.average), weights(whole.average))
    with pytest.raises(FieldError, match="other settings"):
        Pretrainer(SHORT, sets[:1], shapes.info, tmp_path / "b")


def test_colours_are_learnt_and_others_recognised(
    tmp_path: Path, sets: list[ClassifiedSet], shapes: SegmentationSet
) -> None:
    course = replace(SHORT, epochs=12, average=0.9, drop_path=0.0)
    trainer = Pretrainer(course, sets, shapes.info, tmp_path)
    assert recognised(trainer.average, 0, coloured(40, 3, (32, 48), 9), shapes.info) < 70
    list(trainer.epochs())
    for which, (classes, size) in enumerate(((3, (32, 48)), (2, (32, 32)))):
        assert recognised(trainer.average, which, coloured(40, classes, size, 9), shapes.info) > 90


def test_what_it_writes_is_a_start_for_training(
    tmp_path: Path, sets: list[ClassifiedSet], shapes: SegmentationSet, supernet: Segmenter
) -> None:
    """The encoder has moved, the decoder is that of the start: photographs say nothing of it."""
    start = tmp_path / "start.safetensors"
    checkpoint.save_weights(start, supernet, {})
    course = replace(SHORT, epochs=1, decay=0.0, start=checkpoint.digest(start))
    trainer = Pretrainer(course, sets, shapes.info, tmp_path / "run", start)
    list(trainer.epochs())
    trainer.export(tmp_path / "after.safetensors", {"trained_on": "colours"})
    model = Segmenter(supernet.space, 3)
    growth.inherit(model, tmp_path / "after.safetensors")
    before, after = supernet.state_dict(), model.state_dict()
    assert set(before) == set(after)
    decoder = [k for k in before if k.startswith("decoder.")]
    assert all(torch.allclose(before[k], after[k], atol=1e-3) for k in decoder)
    assert not torch.allclose(before["patch.0.weight"], after["patch.0.weight"], atol=1e-3)
    facts = checkpoint.load(tmp_path / "after.safetensors")[1]
    assert facts["photographs"] == [["3 colours", 30, 3], ["2 colours", 18, 2]]
    assert (facts["space"], facts["classes"], facts["trained_on"]) == ("b0", 3, "colours")
