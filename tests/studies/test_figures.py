"""The tables of README.md and docs/numbers.md are those of the files that ship."""

from __future__ import annotations

import json
from fnmatch import fnmatch
from pathlib import Path

import pytest

from cmn_core.assets import ASSETS, ROOT
from cmn_core.errors import FieldError
from cmn_core.studies.artefacts import PAGES, SOURCES, artefacts
from cmn_core.studies.figures import current, renewed, stated_figures, tables

NUMBERS = (".json", ".csv", ".toml", ".npz", ".safetensors")


@pytest.mark.parametrize("page", PAGES)
def test_the_tables_of_a_page_are_up_to_date(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert "<!-- end -->" in text
    assert current(Path(page).name) == text, "python -m cmn_core replay figures --write"


def test_every_figure_names_what_makes_it() -> None:
    known = artefacts()
    assert {figure.artefact for figure in stated_figures()} <= set(known)
    assert any(figure.front for figure in stated_figures())


def test_every_file_of_numbers_is_named() -> None:
    """A new file in assets/ needs a command that makes it, or the word where it was typed in."""
    named = {file for artefact in artefacts().values() for file in artefact.files}
    lost = [
        name
        for path in sorted(ASSETS.rglob("*"))
        if path.suffix in NUMBERS and not path.name.endswith(".schema.json")
        if (name := path.relative_to(ROOT).as_posix()) not in named
        and not any(fnmatch(name, pattern) for pattern in SOURCES)
    ]
    assert lost == []
    shown = tables()
    hidden = [file for file in named if f"`{file}`" not in shown]
    assert [file for file in hidden if not file.startswith("assets/examples/")] == []


def test_a_figure_is_that_of_its_file() -> None:
    card = json.loads((ASSETS / "weights" / "b0_nyuv2.json").read_text(encoding="utf-8"))
    miou = next(s for s in card["scores"] if (s["subnet"], s["part"]) == ("largest", "test"))
    row = next(f for f in stated_figures() if f.name == "mIoU of the largest B0 on NYU Depth v2")
    assert f"{miou['miou']:.1f} % on test" in row.value
    assert row.artefact == "weights-b0_nyuv2" and row.origin == "measured"


def test_what_is_written_by_hand_stays() -> None:
    text = "before\n<!-- front figures -->\nold\n<!-- end -->\nafter\n"
    found = renewed("README.md", text)
    assert found.startswith("before\n<!-- front figures -->\n| figure |")
    assert found.endswith("<!-- end -->\nafter\n") and "old" not in found
    assert renewed("README.md", found) == found
    with pytest.raises(FieldError, match=r"README\.md, docs/numbers\.md or"):
        renewed("other.md", text)
