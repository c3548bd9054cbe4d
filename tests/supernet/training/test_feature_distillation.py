from dataclasses import replace

import numpy as np
import pytest
import torch

from cmn_core.datasets.formats.photographs import ClassifiedSet
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import as_tensor
from cmn_core.supernet.network import checkpoint, growth
from cmn_core.supernet.network.efficientnet import Encoder
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.training import feature_distillation
from cmn_core.supernet.training.feature_distillation import (
    FeatureDistiller,
    Imitation,
    imitated,
    unexplained,
)

SHORT = Imitation(epochs=3, portion=3, batch=4, side=64, rate=3e-3, sparse=0.5)


@pytest.fixture(autouse=True)
def small_space(monkeypatch, tiny):
    monkeypatch.setitem(feature_distillation.SPACES, "b0", tiny)


@pytest.fixture
def sets(shapes) -> list[ClassifiedSet]:
    """Scenes of two sizes, whose labels nobody asks for."""
    images, labels = shapes.images, np.zeros(24, np.int64)
    return [
        ClassifiedSet(images[:12], labels[:12], 1, "scenes"),
        ClassifiedSet(images[12:, :32, :32], labels[12:], 1, "parts"),
    ]


@pytest.fixture(scope="module")
def teacher() -> Encoder:
    torch.manual_seed(0)
    return Encoder("lite2")


def weights(network) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in network.parameters()])


def test_unexplained_by_hand():
    """A map of 0 and 2 is standardised to -1 and 1. Guessing 0 leaves all of it, the truth nothing,
    the half of it a quarter; a finer map is averaged first."""
    map_ = torch.tensor([[[[0.0, 2.0]]]])
    fine = map_.repeat_interleave(2, -1).repeat_interleave(2, -2)
    truth = torch.tensor([[[[-1.0, 1.0]]]])
    found = unexplained([0.0 * truth, truth, 0.5 * truth, truth], [map_, map_, map_, fine])
    assert found.tolist() == pytest.approx([1.0, 0.0, 0.25, 0.0], abs=2e-3)


def test_interrupted_equals_uninterrupted(tmp_path, sets, teacher, shapes):
    whole = FeatureDistiller(SHORT, sets, teacher, shapes.info, tmp_path / "a")
    list(whole.epochs())
    first = FeatureDistiller(SHORT, sets, teacher, shapes.info, tmp_path / "b")
    next(first.epochs())
    first._store()
    second = FeatureDistiller(SHORT, sets, teacher, shapes.info, tmp_path / "b")
    assert second.epoch == 1
    list(second.epochs())
    assert torch.equal(weights(second.average), weights(whole.average))
    with pytest.raises(FieldError, match="other settings"):
        FeatureDistiller(SHORT, sets[:1], teacher, shapes.info, tmp_path / "b")


def test_a_pass_shows_every_photograph_once(tmp_path, sets, teacher, shapes):
    run = FeatureDistiller(SHORT, sets, teacher, shapes.info, tmp_path)
    for first in (0, 6):  # 3 batches of 4 from each set are a pass
        turns = [run._turn(first + i) for i in range(6)]
        for which in (0, 1):
            seen = np.concatenate([chosen for w, chosen in turns if w == which])
            assert sorted(seen) == list(range(12))
    assert imitated(SHORT, sets, 5).epochs == 10


def test_features_are_learnt(tmp_path, sets, teacher, shapes):
    run = FeatureDistiller(
        replace(SHORT, epochs=40, average=0.9), sets, teacher, shapes.info, tmp_path
    )
    few = replace(sets[0], images=sets[0].images[:3], labels=sets[0].labels[:3])  # no whole batch
    whole = torch.nn.functional.interpolate(as_tensor(few.images), (64, 64), mode="bilinear")
    expected = run.missing(whole, run.model.space.largest).tolist()
    assert run.judged(0, few) == pytest.approx(expected, rel=1e-4)
    before = run.judged(0, sets[0])
    list(run.epochs())
    after = run.judged(0, sets[0])
    assert all(a < 0.8 * b for a, b in zip(after, before, strict=True))


def test_what_it_writes_is_a_start_for_training(tmp_path, sets, teacher, shapes, supernet):
    start = tmp_path / "start.safetensors"
    checkpoint.save_weights(start, supernet, {})
    course = replace(SHORT, epochs=1, decay=0.0, start=checkpoint.digest(start))
    run = FeatureDistiller(course, sets, teacher, shapes.info, tmp_path / "run", start)
    list(run.epochs())
    run.export(tmp_path / "after.safetensors", {"trained_on": "features"})
    model = Segmenter(supernet.space, 3)
    growth.inherit(model, tmp_path / "after.safetensors")
    before, after = supernet.state_dict(), model.state_dict()
    assert set(before) == set(after)
    decoder = [k for k in before if k.startswith("decoder.")]
    assert all(torch.allclose(before[k], after[k], atol=1e-3) for k in decoder)
    assert not torch.allclose(before["patch.0.weight"], after["patch.0.weight"], atol=1e-4)
    facts = checkpoint.load(tmp_path / "after.safetensors")[1]
    assert facts["photographs"] == [["scenes", 12], ["parts", 12]]
