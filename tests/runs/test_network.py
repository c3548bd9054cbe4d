"""Sliced weights from a process of their own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import load

from cmn_core.architecture import SPACES, Architecture
from cmn_core.design import Design
from cmn_core.errors import FieldError
from cmn_core.runs.home import locks_dir, prepare
from cmn_core.runs.lock import FileLock
from cmn_core.runs.network import ExportError, sliced

SMALL = Design(Architecture((2, 1, 1, 1), (16, 32, 16, 24)))


@pytest.mark.slow
def test_the_files_hold_the_designs_own_slice(tmp_path: Path) -> None:
    found = sliced(SMALL.to_json(), "nyuv2", home=tmp_path / "home")
    tensors = load(found.weights)
    assert sum(v.size for v in tensors.values()) == found.parameters
    assert found.graph[:64].find(b"pytorch") >= 0
    assert len(found.weights) < len(found.graph)  # half precision


@pytest.mark.slow
def test_what_the_program_refuses_is_refused_here(tmp_path: Path) -> None:
    unknown = replace(SMALL, space="b2", architecture=SPACES["b2"].smallest)
    with pytest.raises(FieldError):
        sliced(unknown.to_json(), "nyuv2", home=tmp_path / "home")
    with pytest.raises(FieldError) as refused:
        sliced(SMALL.to_json(), "moon", home=tmp_path / "home")
    assert refused.value.field == "dataset"


def test_one_at_a_time_and_with_a_limit(tmp_path: Path, monkeypatch: Any) -> None:
    home = prepare(tmp_path / "home")
    lock = FileLock.take(locks_dir(home) / "export.lock")
    assert lock is not None
    with lock, pytest.raises(ExportError, match="another network"):
        sliced(SMALL.to_json(), "nyuv2", home=home, patience_s=0.05)
    idle = (sys.executable, "-c", "import time; time.sleep(30)")
    monkeypatch.setattr("cmn_core.runs.network.CODE", idle)
    with pytest.raises(ExportError, match="longer than"):
        sliced(SMALL.to_json(), "nyuv2", home=home, limit_s=0.2)
    monkeypatch.setattr("cmn_core.runs.network.CODE", (sys.executable, "-c", "raise SystemExit(3)"))
    with pytest.raises(ExportError, match="exit 3"):
        sliced(SMALL.to_json(), "nyuv2", home=home)


def test_the_app_never_imports_torch_for_it() -> None:
    code = "import sys, cmn_core.runs.network; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
