"""What is said of disks that take no more; real small ones are filled in tests/runs/faults."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cmn_core.runs import disk
from cmn_core.runs.disk import disk_trouble


def test_an_ordinary_disk_is_no_trouble(tmp_path: Path) -> None:
    assert disk_trouble(tmp_path) is None
    assert disk_trouble(tmp_path / "not" / "yet" / "there") is None


def test_a_full_disk_stops_and_a_filling_one_warns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = os.statvfs(tmp_path)
    free = there.f_bavail * there.f_frsize
    monkeypatch.setattr(disk, "LOW_BYTES", 2 * free)
    kind, sentence = disk_trouble(tmp_path) or ("", "")
    assert kind == "soon"
    assert "nearly full" in sentence
    monkeypatch.setattr(disk, "FULL_BYTES", 2 * free)
    kind, sentence = disk_trouble(tmp_path) or ("", "")
    assert kind == "stopped"
    assert "is full" in sentence
    assert str(tmp_path) not in sentence
