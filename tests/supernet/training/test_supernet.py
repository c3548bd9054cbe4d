import dataclasses

import numpy as np
import pytest
import torch

from cmn_core.architecture import SPACES
from cmn_core.errors import FieldError
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.teacher import Teacher, save_teacher
from cmn_core.supernet.training import supernet as training
from cmn_core.supernet.training.loop import learning_rate
from cmn_core.supernet.training.losses import against_labels, against_teacher
from cmn_core.supernet.training.supernet import Recipe, Trainer, sample_path, sample_routing

SHORT = Recipe(epochs=4, batch=6, rate=3e-3, extra=0.5)


@pytest.fixture(autouse=True)
def small_space(monkeypatch, tiny):
    monkeypatch.setitem(training.SPACES, "b0", tiny)


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([p.detach().flatten() for p in trainer.average.parameters()])


def test_interrupted_equals_uninterrupted(tmp_path, shapes):
    whole = Trainer(SHORT, shapes, tmp_path / "a", shapes)
    list(whole.epochs())
    for stop in (1, 3):
        first = Trainer(SHORT, shapes, tmp_path / f"b{stop}", shapes)
        epochs = first.epochs()
        for _ in range(stop):
            next(epochs)
        first._store()
        second = Trainer(SHORT, shapes, tmp_path / f"b{stop}", shapes)
        assert second.epoch == stop
        list(second.epochs())
        assert torch.equal(weights(second), weights(whole))


def test_ended_early_is_the_same_schedule_and_may_go_on(tmp_path, shapes):
    whole = Trainer(SHORT, shapes, tmp_path / "a")
    epochs = whole.epochs()
    next(epochs), next(epochs)
    halfway = weights(whole)
    list(epochs)
    stopped = Trainer(SHORT, shapes, tmp_path / "b")
    assert [e.epoch for e in stopped.epochs(shapes, stop=2)] == [1, 2]
    assert torch.equal(weights(stopped), halfway)
    stopped.export(tmp_path / "ended.safetensors", {})
    assert checkpoint.load(tmp_path / "ended.safetensors")[1]["epoch"] == 2
    again = Trainer(SHORT, shapes, tmp_path / "b")
    assert list(again.epochs(stop=2)) == []
    assert [e.epoch for e in again.epochs()] == [3, 4]
    assert torch.equal(weights(again), weights(whole))


def test_a_seed_names_a_run(tmp_path, shapes):
    runs = [
        Trainer(dataclasses.replace(SHORT, epochs=1, seed=s), shapes, tmp_path / str(i))
        for i, s in enumerate((0, 0, 1))
    ]
    for run in runs:
        list(run.epochs())
    assert torch.equal(weights(runs[0]), weights(runs[1]))
    assert not torch.equal(weights(runs[0]), weights(runs[2]))


def test_a_router_that_prefers_one_expert_is_evened_out(tmp_path, shapes):
    """The bias of expert 1 gives it e^2 times the gate of each other: 0.65 of five experts."""
    left = {}
    for even in (0.0, 3.0):
        recipe = dataclasses.replace(SHORT, epochs=6, average=0.5, largest=1.0, even=even)
        trainer = Trainer(recipe, shapes, tmp_path / str(even))
        with torch.no_grad():
            for ffn in trainer.routed:
                ffn.router_bias[0] = 2.0
        list(trainer.epochs())
        loads = [ffn.load.detach() for ffn in trainer.routed]
        left[even] = np.mean([float(5 * load.square().sum() - 1) for load in loads])
    assert left[3.0] < 0.5 * left[0.0]


def test_gates_turn_from_equal_to_the_routers(tmp_path, shapes):
    recipe = dataclasses.replace(SHORT, router_warmup=0.5)
    whole = Trainer(recipe, shapes, tmp_path / "a")
    seen = []
    for _ in whole.epochs():  # 4 epochs of 4 steps; the ramp ends with step 8
        seen.append(whole.routed[0].trust)
    assert seen == [3 / 8, 7 / 8, 1.0, 1.0]
    assert all(ffn.trust == 1.0 for ffn in whole.average.modules() if hasattr(ffn, "trust"))


def test_it_learns(tmp_path, shapes):
    """Three colours apart: a short run must beat what an untrained network gives by far."""
    trainer = Trainer(dataclasses.replace(SHORT, epochs=40, average=0.9), shapes, tmp_path)
    last = list(trainer.epochs(shapes, every=40))[-1]
    assert last.miou is not None and last.miou > 70


def test_other_settings_do_not_resume(tmp_path, shapes):
    trainer = Trainer(SHORT, shapes, tmp_path)
    next(trainer.epochs())
    trainer._store()
    with pytest.raises(FieldError, match="other settings"):
        Trainer(dataclasses.replace(SHORT, rate=1e-4), shapes, tmp_path)


def test_paths_lie_in_the_space_and_reach_its_corners():
    space, rng = SPACES["b0"], np.random.default_rng(0)
    paths = [sample_path(space, Recipe(largest=0.4, smallest=0.1), rng) for _ in range(400)]
    for path in paths:
        space.check(path)
    assert 0.3 < np.mean([p == space.largest for p in paths]) < 0.5
    assert 0.04 < np.mean([p == space.smallest for p in paths]) < 0.14


def test_learning_rate_rises_then_falls_to_zero():
    rates = [learning_rate(Recipe(rate=1.0, warmup=0.1), s, 100) for s in range(100)]
    assert rates[0] == pytest.approx(0.1) and max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.01 and rates == sorted(rates[:10]) + sorted(rates[10:], reverse=True)


def test_a_sandwich_learns_and_teaches_the_smallest(tmp_path, shapes, tiny):
    recipe = dataclasses.replace(SHORT, epochs=30, average=0.9, taught=2)
    trainer = Trainer(recipe, shapes, tmp_path)
    last = list(trainer.epochs(shapes, every=30))[-1]
    assert last.miou is not None and last.miou > 70
    assert measure(trainer.average, shapes, architecture=tiny.smallest).miou > 60


def test_a_sandwich_is_the_sum_of_its_layers(tmp_path, shapes, tiny):
    """Nothing to learn from oneself: with one network in the space, only the labels count."""
    trainer = Trainer(dataclasses.replace(SHORT, taught=1, bf16=False), shapes, tmp_path)
    trainer.model.eval()
    rng, view = trainer.streams()
    images, labels = trainer.views(shapes, np.arange(4), view)
    largest, smallest = (trainer.model(images, a) for a in (tiny.largest, tiny.smallest))
    labelled = against_labels(largest, labels, trainer.weights, shapes.info.ignore)
    taught = against_teacher(smallest, largest, labels, shapes.info.ignore)
    assert taught > 0
    found = trainer._sandwich(images, labels, rng)
    assert torch.allclose(found, labelled + taught)


def test_routing_is_drawn_dense_alike_or_block_by_block():
    rng = np.random.default_rng(0)
    assert all(sample_routing(Recipe(), rng) is None for _ in range(5))
    drawn = [sample_routing(Recipe(sparse=0.6), rng) for _ in range(1000)]
    dense = [r for r in drawn if r is None]
    alike = [r for r in drawn if isinstance(r, int)]
    single = [r for r in drawn if isinstance(r, tuple)]
    assert len(dense) == pytest.approx(400, abs=60)
    assert len(alike) == pytest.approx(300, abs=60) and set(alike) == {1, 2}
    assert {k for r in single for k in r} == {1, 2, None} and {len(r) for r in single} == {4}


def test_sparse_training_keeps_one_expert_near_all_of_them(tmp_path, shapes):
    recipe = dataclasses.replace(SHORT, epochs=40, average=0.9, sparse=0.6, even=0.05)
    trainer = Trainer(recipe, shapes, tmp_path)
    dense = list(trainer.epochs(shapes, every=40))[-1].miou
    assert dense is not None and dense > 70
    for few in (1, 2, (1, 2, None, 1)):
        assert measure(trainer.average, shapes, top_k=few).miou > dense - 5


def test_a_teacher_that_is_heeded_alone_replaces_the_labels(tmp_path, shapes):
    """It calls every pixel a disc: so does who listens to nothing else."""
    teacher = Teacher(3)
    with torch.no_grad():
        for parameter in teacher.parameters():
            parameter.zero_()
        teacher.classify.bias.copy_(torch.tensor([0.0, 0.0, 9.0]))
    path = tmp_path / "teacher.safetensors"
    save_teacher(path, teacher, {"enlarged": 1.25})
    recipe = dataclasses.replace(SHORT, epochs=8, average=0.9, heed=1.0)
    trainer = Trainer(recipe, shapes, tmp_path / "a", teacher=path)
    list(trainer.epochs())
    images, _ = trainer.views(shapes, np.arange(8), torch.Generator().manual_seed(0))
    found = trainer.average.eval()(images).argmax(1)
    assert (found == 2).float().mean() > 0.95
    target = trainer._taught(torch.rand(2, 3, 38, 51))
    assert target is not None and target.shape == trainer.average(torch.rand(2, 3, 38, 51)).shape
    wrong = tmp_path / "wrong.safetensors"
    save_teacher(wrong, Teacher(4), {})
    with pytest.raises(FieldError, match="4 classes"):
        Trainer(recipe, shapes, tmp_path / "b", teacher=wrong)


def test_a_sandwich_with_few_experts_has_the_largest_among_its_pupils(
    tmp_path, shapes, monkeypatch
):
    recipe = dataclasses.replace(SHORT, taught=3, sparse=0.5, bf16=False)
    trainer = Trainer(recipe, shapes, tmp_path)
    run, seen = trainer._run, []

    def noted(images, path, routing=None):
        seen.append((path, routing))
        return run(images, path, routing)

    monkeypatch.setattr(trainer, "_run", noted)
    rng, view = trainer.streams()
    trainer._sandwich(*trainer.views(shapes, np.arange(4), view), rng)
    space = trainer.model.space
    assert [p for p, _ in seen[:3]] == [space.largest, space.smallest, space.largest]
    assert seen[0][1] is None and seen[1][1] is None and seen[2][1] is not None
    assert len(seen) == 4


def test_noise_of_a_step_is_gone_when_weights_change(tmp_path, shapes, monkeypatch):
    """At a rate of next to nothing the weights stay, however noisy the steps were."""
    recipe = dataclasses.replace(SHORT, epochs=1, rate=1e-12, noise=0.3)
    trainer = Trainer(recipe, shapes, tmp_path)
    before = [p.detach().clone() for p in trainer.model.parameters()]
    run, errors = trainer._run, []

    def noted(*arguments):
        pairs = zip(before, trainer.model.parameters(), strict=True)
        errors.append(max(float((new.detach() - old).abs().max()) for old, new in pairs))
        return run(*arguments)

    monkeypatch.setattr(trainer, "_run", noted)
    next(trainer.epochs())
    assert len(errors) == 4 and min(errors) > 1e-4 and len(set(errors)) == 4
    for old, new in zip(before, trainer.model.parameters(), strict=True):
        assert torch.allclose(old, new, atol=1e-8)


def test_a_batch_without_labels_is_skipped(tmp_path, shapes):
    """One picture a step, and every second has no label: as if those were not there."""
    labels = shapes.labels.copy()
    labels[1::2] = shapes.info.ignore
    half = dataclasses.replace(shapes, labels=labels)
    trainer = Trainer(dataclasses.replace(SHORT, epochs=1, batch=1), half, tmp_path)
    (only,) = trainer.epochs()
    assert np.isfinite(only.loss)
    steps = {int(s["step"]) for s in trainer.optimiser.state.values()}
    assert steps == {len(half) // 2}
