"""The command line called in this process, with a home directory of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cmn_core.cli import main

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one document on standard output; NaN and infinity are not JSON."""

        def constant(text: str) -> None:
            raise AssertionError(f"{text} is not JSON")

        return json.loads(self.out, parse_constant=constant)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for `python -c` in processes of their own
    path = tmp_path / "home"
    monkeypatch.setenv("CMN_HOME", str(path))
    return path


@pytest.fixture
def call(home: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    def run(*words: object) -> Answer:
        capsys.readouterr()
        code = main([str(word) for word in words])
        text = capsys.readouterr()
        return Answer(code, text.out, text.err)

    return run


@pytest.fixture
def refused(call: Callable[..., Answer], home: Path) -> Callable[..., str]:
    """The one line of a refusal of bad input, which leaves nothing behind."""

    def run(*words: object) -> str:
        before = sorted(home.parent.rglob("*"))
        answer = call(*words)
        assert answer.code == 2
        assert answer.out == ""
        assert sorted(home.parent.rglob("*")) == before, "nothing is written"
        line = answer.err
        assert line.startswith("error: ")
        assert line.endswith("\n")
        assert line.count("\n") == 1
        assert "; " in line
        return line.removeprefix("error: ").rstrip("\n")

    return run


SMALL = (
    *("--population", "6", "--generations", "3", "--particles", "6", "--iterations", "5"),
)  # fmt: skip


@pytest.fixture
def small() -> tuple[str, ...]:
    """Options of a search that takes a fraction of a second and always finds a design."""
    return ("search", "--scenario", "energy", "--memory", "sram", "--paper", *SMALL)


@pytest.fixture
def design() -> dict[str, Any]:
    """A design without hardware."""
    return {
        "schema": "cmn.design/1",
        "space": "b0",
        "architecture": {"experts": [2, 3, 4, 5], "hidden": [64, 128, 256, 512]},
    }


@pytest.fixture(scope="session")
def small_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small design, and train.npz and val.npz with a few scenes of NYUv2's classes."""
    path = tmp_path_factory.mktemp("networks")
    rng = np.random.default_rng(0)
    for name, count in (("train", 8), ("val", 2)):
        labels = np.repeat(rng.integers(0, 40, (count, 4, 6), dtype=np.uint8), 12, axis=1)
        labels = np.repeat(labels, 12, axis=2)
        images = np.stack([labels * 6] * 3, axis=-1)
        np.savez(path / f"{name}.npz", images=images, labels=labels)
    design = {"experts": [1, 2, 1, 1], "hidden": [16, 32, 48, 64]}
    text = json.dumps({"schema": "cmn.design/1", "space": "b0", "architecture": design})
    (path / "design.json").write_text(text)
    photo = np.random.default_rng(1).integers(0, 256, (90, 60, 3), dtype=np.uint8)
    Image.fromarray(photo).save(path / "photo.jpg")
    return path
