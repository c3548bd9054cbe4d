import dataclasses

import numpy as np
import pytest
import torch

from cmn_core.errors import FieldError
from cmn_core.supernet.measure.teacher_miou import ENLARGED, best_factor
from cmn_core.supernet.network.teacher import load_teacher
from cmn_core.supernet.training.teacher import Schooling, TeacherTrainer

SHORT = Schooling(width=16, epochs=2, batch=8, rate=1e-3, frozen=1)


def trainer(folder, shapes, schooling=SHORT):
    return TeacherTrainer(schooling, shapes, folder, pretrained=False)


def weights(run: TeacherTrainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in run.average.parameters()])


def test_interrupted_equals_uninterrupted(tmp_path, shapes):
    whole = trainer(tmp_path / "a", shapes)
    list(whole.epochs())
    first = trainer(tmp_path / "b", shapes)
    next(first.epochs())
    first._store()
    second = trainer(tmp_path / "b", shapes)
    assert second.epoch == 1
    list(second.epochs())
    assert torch.equal(weights(second), weights(whole))
    with pytest.raises(FieldError, match="other settings"):
        trainer(tmp_path / "b", shapes, dataclasses.replace(SHORT, rate=1e-4))


def test_what_is_frozen_stays_and_the_decoder_is_faster(tmp_path, shapes):
    run = trainer(tmp_path, shapes)
    stem = run.model.encoder.stem.weight.clone()
    later = run.model.encoder.blocks[5].project.weight.clone()
    list(run.epochs())
    assert torch.equal(run.model.encoder.stem.weight, stem)
    assert torch.equal(run.average.encoder.stem.weight, stem)
    assert not torch.equal(run.model.encoder.blocks[5].project.weight, later)
    assert {group["pace"] for group in run.optimiser.param_groups} == {1.0, 5.0}


def test_it_learns_and_is_saved_as_it_was_scored(tmp_path, shapes):
    """From random weights; three colours apart."""
    schooling = dataclasses.replace(SHORT, epochs=30, rate=3e-3, average=0.9, frozen=0)
    run = trainer(tmp_path, shapes, schooling)
    last = list(run.epochs(shapes, every=30))[-1]
    assert last.miou is not None and last.miou > 60
    factor, scores = best_factor(run.average, shapes)
    assert [float(f) for f in scores] == list(ENLARGED)
    assert scores[str(factor)] == max(scores.values())
    assert scores["1.0"] == round(last.miou, 2)
    run.export(tmp_path / "teacher.safetensors", {"enlarged": factor})
    facts = load_teacher(tmp_path / "teacher.safetensors", 3)[1]
    assert facts["epoch"] == 30 and facts["schooling"]["rate"] == 3e-3
    assert np.isfinite(facts["train_seconds"])
