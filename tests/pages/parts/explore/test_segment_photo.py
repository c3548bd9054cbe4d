"""Results, the section in which a network looks at a visitor's photograph."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image

from cmn_core.runs.home import locks_dir
from cmn_core.runs.lock import FileLock


def photo() -> bytes:
    out = io.BytesIO()
    grey = np.linspace(0, 255, 48 * 64 * 3).reshape(48, 64, 3).astype(np.uint8)
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()


def test_a_photograph_is_looked_at_once_and_kept_for_the_visit(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="sram")
    at = page("results")
    assert not at.exception
    assert at.selectbox(key="sight_design").value == ("energy", "sram")
    at.file_uploader(key="sight_photo").upload("room.png", photo(), "image/png").run(timeout=120)
    assert not at.exception and not at.error
    assert len(at.image) == 1
    assert "Computed with the network's real weights" in " ".join(c.value for c in at.caption)
    lock = FileLock.take(locks_dir(searches.store.home) / "picture.lock")
    assert lock is not None
    with lock:  # nobody could ask for another one now
        at.run()
        assert not at.error and len(at.image) == 1


def test_a_busy_machine_and_a_large_file_are_told(
    searches: Any, page: Any, monkeypatch: Any
) -> None:
    searches.search(scenario="energy", memory="sram")
    at = page("results")
    at.file_uploader(key="sight_photo").upload("big.png", b"x" * 8_000_001, "image/png")
    at.run()
    assert "cannot be used" in at.error[0].value


def test_a_drawn_room_needs_no_photograph(searches: Any, page: Any) -> None:
    searches.search(scenario="energy", memory="sram")
    at = page("results")
    at.segmented_control(key="sight_scene").set_value(1)
    at.run(timeout=120)
    assert not at.exception and not at.error
    assert len(at.image) == 1
    assert "Drawn rooms are of no data set" in " ".join(c.value for c in at.caption)
