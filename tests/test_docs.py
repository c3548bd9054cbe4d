"""What the docs tell people to type works as it stands there, and their links lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
NOTEBOOK = DOCS / "notebook.md"
CELL = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


def test_the_notebook_runs_from_its_first_cell_to_its_last(capsys):
    cells = re.findall(r"```python\n(.*?)```", NOTEBOOK.read_text(encoding="utf-8"), re.DOTALL)
    assert len(cells) >= 5
    names = {}
    exec(cells[0], names)
    lines = [line for line in cells[0].splitlines() if line.strip()]
    assert len(lines) == 4, "four lines with the import"
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    energies = [float(row[1]) for row in rows]
    assert energies == sorted(energies, reverse=True)
    for cell in cells[1:]:
        exec(cell, names)
    assert names["generation"].best is not None
    assert names["chart"].to_dict()["layer"]


@pytest.mark.parametrize("path", sorted((DOCS / "tutorials").glob("*.md")), ids=lambda p: p.stem)
def test_a_tutorial_runs_as_printed(path, tmp_path, monkeypatch, capsys):
    """Python cells in one process, commands as a person types them, all in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("CMN_HOME", str(tmp_path / "home"))
    names, ran = {}, 0
    for language, code in CELL.findall(path.read_text(encoding="utf-8")):
        if language == "python":
            exec(code, names)
        elif not language:
            for line in code.strip().splitlines():
                name, *arguments = line.split()
                assert name == "cmn"
                done = subprocess.run(
                    [sys.executable, "-m", "cmn_core", *arguments], capture_output=True, text=True
                )
                assert done.returncode == 0, done.stderr
        else:
            continue
        ran += 1
    assert ran >= 2 and (capsys.readouterr().out or list(tmp_path.iterdir()))


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda p: p.stem)
def test_every_link_of_the_docs_leads_somewhere(path):
    links = LINK.findall(path.read_text(encoding="utf-8"))
    lost = [link for link in links if not (path.parent / link).exists()]
    assert lost == []
    # The site holds docs/ alone.
    out = [link for link in links if not (path.parent / link).resolve().is_relative_to(DOCS)]
    assert out == []


def test_every_page_of_the_docs_is_on_the_site():
    menu = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = {path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")}
    assert pages == set(re.findall(r"[\w/]+\.md", menu))
