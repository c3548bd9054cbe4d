"""`python tests/golden/make.py`: write the golden results anew, from this checkout."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def make() -> None:
    """All answers. The store that an older version wrote stays as it is."""
    from tests.golden.answers import (
        PROCESSOR,
        RESULTS,
        STORE,
        answer,
        processor,
        restored,
        runs,
        text,
    )
    from tests.golden.questions import QUESTIONS

    for old in RESULTS.glob("*/*.json"):
        old.unlink()
    for question in QUESTIONS:
        with tempfile.TemporaryDirectory() as folder:
            found = answer(question, Path(folder))
        path = RESULTS / question.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text(found), encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")
    with tempfile.TemporaryDirectory() as folder:
        restored(Path(folder))
        (STORE / "runs.json").write_text(text(runs(Path(folder))), encoding="utf-8")
    PROCESSOR.write_text(text(processor()), encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    make()
