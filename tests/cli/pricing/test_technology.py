"""`technology`: templates, a file from a measured chip, and what a file changes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cmn_core.cim.technologies.parameters import read_technology
from cmn_core.cim.technologies.technology import BUILT_IN

Call = Callable[..., Any]
Refused = Callable[..., str]
CHIP = """\
chip_id,device,node_nm,tops_per_W,area_mm2,rows,cols,input_bits,weight_bits,clock_MHz,vdd_V
mine,RRAM,40,20,0.8,256,256,4,4,50,0.9
"""


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    path = tmp_path / "chip.csv"
    path.write_text(CHIP)
    return path


@pytest.mark.parametrize("base", BUILT_IN)
def test_a_template_is_a_technology_file(base: str, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    assert call("technology", "--template", base, "--out", out).code == 0
    assert read_technology(out)["base"] == base
    assert call("technology", "--template", base).out == out.read_text()


def test_a_chip_becomes_a_file_that_macro_reads(rows: Path, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    made = call("technology", "--from-chip", rows, "--out", out, "--json").json
    assert made["chip_id"] == "mine" and made["file"] == str(out)
    assert tomllib.loads(out.read_text()) == made["technology"]
    figures = {f["figure"]: f for f in made["figures"]}
    assert figures["tops_per_W"]["technology"] == pytest.approx(20.0, rel=0.1)
    answer = call("macro", rows, "--technology", out, "--json").json[0]
    assert answer["tops_per_W"] == pytest.approx(figures["tops_per_W"]["technology"])
    assert answer["tops_per_W"] == pytest.approx(20.0, rel=0.1)
    assert answer["area_mm2"] == pytest.approx(0.8, rel=0.1)


def test_a_file_says_what_it_changes(rows: Path, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    call("technology", "--from-chip", rows, "--title", "Lot 7", "--out", out)
    told = call("technology", out, "--json").json
    assert (told["title"], told["memory"], told["node_nm"]) == ("Lot 7", "rram", 40.0)
    assert {"constant": "feature_nm", "built_in": 28.0, "value": 40.0, "unit": "nm"} in told[
        "constants"
    ]
    assert len(told["measured"]) == 3


def test_a_file_for_another_node_is_said_in_the_row(rows: Path, call: Call, tmp_path: Path) -> None:
    out = tmp_path / "mine.toml"
    call("technology", "--from-chip", rows, "--out", out)
    rows.write_text(CHIP.replace("RRAM,40", "RRAM,65"))
    answer = call("macro", rows, "--technology", out, "--json").json[0]
    assert answer["why_not"] == "the technology file holds at 40 nm, the row is of 65 nm"


def test_nonsense_is_refused_and_nothing_is_written(
    rows: Path, refused: Refused, tmp_path: Path
) -> None:
    out = tmp_path / "mine.toml"
    assert "one of them is expected" in refused("technology")
    assert "one of them is expected" in refused(
        "technology", "--template", "rram", "--from-chip", rows
    )
    assert "allowed are rram" in refused("technology", "--template", "mram", "--out", out)
    assert "noise" in refused("technology", "--from-chip", rows, "--noise", "0", "--out", out)
    assert "a folder that exists" in refused(
        "technology", "--from-chip", rows, "--out", tmp_path / "no" / "x.toml"
    )
    rows.write_text(CHIP.replace(",20,", ",2e9,"))
    assert "within 1000 times" in refused("technology", "--from-chip", rows, "--out", out)
    assert "--validate fits the built-in ones" in refused(
        "macro", "--validate", "--technology", "rram"
    )
    assert not out.exists()
