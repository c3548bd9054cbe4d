"""What the docs tell people to type into a notebook works as it stands there."""

import re
from pathlib import Path

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.md"


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
