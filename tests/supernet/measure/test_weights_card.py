"""Cards: what they state is what the weights give, and those that ship belong to their files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from cmn_core.architecture import SPACES
from cmn_core.cli import main
from cmn_core.datasets.info import dataset_info
from cmn_core.datasets.npz import load_npz
from cmn_core.supernet.measure.miou import measure
from cmn_core.supernet.measure.teacher_miou import measure_teacher
from cmn_core.supernet.measure.weights_card import SCHEMA, TEACHER_SCHEMA, card
from cmn_core.supernet.network import checkpoint
from cmn_core.supernet.network.model import Segmenter
from cmn_core.supernet.network.teacher import Teacher, load_teacher, reset, save_teacher

CARDS = sorted(checkpoint.FOLDER.glob("*.json"))
TEACHERS = checkpoint.FOLDER.parent / "training"
TAUGHT = sorted(TEACHERS.glob("teacher_*.safetensors"))
MILESTONES = sorted(TEACHERS.glob("b?_*.safetensors"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights that nobody trained, and two images each of val and test."""
    here = tmp_path_factory.mktemp("card")
    info = dataset_info("scenes")
    rng = np.random.default_rng(0)
    for part in ("val", "test"):
        images = rng.integers(0, 256, (2, *info.image, 3), dtype=np.uint8)
        labels = rng.integers(0, len(info.classes), (2, *info.image), dtype=np.uint8)
        np.savez(here / f"{part}.npz", images=images, labels=labels)
    fresh = Segmenter(SPACES["b0"], len(info.classes)).reset(torch.Generator().manual_seed(1))
    checkpoint.save_weights(
        here / "w.safetensors",
        fresh,
        {"dataset": "scenes", "trained_on": "nothing", "recipe": {"epochs": 0}},
    )
    return here


def test_a_card_repeats_the_measurement(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    weights = folder / "w.safetensors"
    code = main(
        ["card", "--data", str(folder), "--dataset", "scenes", "--weights", str(weights), "--json"]
    )
    assert code == 0
    found = json.loads((folder / "w.json").read_text())
    assert json.loads(capsys.readouterr().out) == found
    assert found["schema"] == SCHEMA
    assert found["weights"] == checkpoint.digest(weights)
    assert found["trained_on"] == "nothing"
    assert [(s["subnet"], s["part"]) for s in found["scores"]] == [
        (subnet, part) for subnet in ("largest", "middling", "smallest") for part in ("val", "test")
    ]
    model = checkpoint.load_supernet("b0", "scenes", weights)
    test = load_npz(folder / "test.npz", dataset_info("scenes"))
    alone = measure(model, test, architecture=model.space.smallest).miou
    assert found["scores"][-1]["miou"] == pytest.approx(alone, abs=1e-4)


def test_sparse_weights_are_scored_with_few_experts_too(folder: Path) -> None:
    tensors, facts = checkpoint.load(folder / "w.safetensors")
    sparse = folder / "sparse.safetensors"
    checkpoint.save(sparse, tensors, {**facts, "recipe": {"sparse": 0.5}})
    found = card("b0", "scenes", sparse, {"val": folder / "val.npz"})
    routed = found["scores"][3:]
    assert [row["top_k"] for row in routed] == [1, 2]
    images = load_npz(folder / "val.npz", dataset_info("scenes"))
    model = checkpoint.load_supernet("b0", "scenes", sparse)
    for row in routed:
        alone = measure(model, images, top_k=row["top_k"]).miou
        assert row["miou"] == pytest.approx(alone, abs=1e-4)
        assert [len(block) for block in row["loads"]] == [5, 5, 5, 5]
        for block, busiest in zip(row["loads"], row["busiest"], strict=True):
            assert sum(block) == pytest.approx(row["top_k"], abs=1e-3)
            assert busiest >= max(block) - 1e-4


def test_a_teachers_card(folder: Path) -> None:
    info = dataset_info("scenes")
    teacher = reset(Teacher(len(info.classes)), torch.Generator().manual_seed(0)).eval()
    path = folder / "teacher.safetensors"
    save_teacher(path, teacher, {"dataset": "scenes", "enlarged": 1.25, "schooling": {"rate": 1.0}})
    words = ["card", "--data", str(folder), "--dataset", "scenes", "--weights", str(path)]
    assert main(words) == 0
    found = json.loads(path.with_suffix(".json").read_text())
    assert found["schema"] == TEACHER_SCHEMA and found["enlarged"] == 1.25
    assert found["weights"] == checkpoint.digest(path)
    half, _ = load_teacher(path)
    images = load_npz(folder / "test.npz", info)
    alone = measure_teacher(half, images, factor=1.25)
    assert [row["part"] for row in found["scores"]] == ["val", "test"]
    assert found["scores"][1]["miou"] == pytest.approx(alone.miou, abs=1e-4)


def test_a_part_that_is_missing(folder: Path) -> None:
    from cmn_core.errors import FieldError

    with pytest.raises(FieldError, match=r"none\.npz"):
        card("b0", "scenes", folder / "w.safetensors", {"test": folder / "none.npz"})


@pytest.mark.parametrize("path", CARDS, ids=lambda p: p.stem)
def test_cards_that_ship(path: Path) -> None:
    found = json.loads(path.read_text())
    assert found["schema"] == SCHEMA
    assert path.stem == f"{found['space']}_{found['dataset']}"
    weights = path.with_suffix(".safetensors")
    if weights.exists():
        assert found["weights"] == checkpoint.digest(weights)
        facts = checkpoint.facts(found["space"], found["dataset"])
        assert found["recipe"] == facts["recipe"]
        assert found["trained_on"] == facts["trained_on"]


@pytest.mark.parametrize("path", TAUGHT, ids=lambda p: p.stem)
def test_teachers_have_cards_and_are_small(path: Path) -> None:
    found = json.loads(path.with_suffix(".json").read_text())
    assert found["schema"] == TEACHER_SCHEMA
    assert found["weights"] == checkpoint.digest(path)
    assert path.stem == f"teacher_{found['dataset']}"
    facts = load_teacher(path, len(dataset_info(found["dataset"]).classes))[1]
    assert found["schooling"] == facts["schooling"]
    assert path.stat().st_size < 25_000_000


@pytest.mark.parametrize("path", MILESTONES, ids=lambda p: p.stem)
def test_milestones_say_what_they_were_trained_on(path: Path) -> None:
    space, dataset, _ = path.stem.split("_")
    facts = checkpoint.load(path)[1]
    assert (facts["space"], facts["dataset"]) == (space, dataset)
    assert path.stat().st_size < 25_000_000


def test_every_file_of_weights_has_a_card() -> None:
    assert {p.stem for p in checkpoint.FOLDER.glob("*.safetensors")} <= {p.stem for p in CARDS}
