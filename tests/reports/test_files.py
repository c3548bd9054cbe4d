"""A figure of a design, written from a notebook."""

import json

import pytest

import cmn_core as cmn
from cmn_core.errors import FieldError


def test_the_ending_says_which_file_it_is(tmp_path):
    design = cmn.examples()["energy_sram"]
    (tmp_path / "design.json").write_text(json.dumps(design.to_json()))
    cmn.figure(design, tmp_path / "a.pdf")
    cmn.figure(tmp_path / "design.json", tmp_path / "b.svg", name="mine & yours")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert b"mine &amp; yours" in (tmp_path / "b.svg").read_bytes()


def test_another_ending_and_a_place_that_is_none_are_refused(tmp_path):
    design = cmn.examples()["energy_sram"]
    with pytest.raises(FieldError, match=r"out: found 'a.gif'; a name that ends in .svg, .pdf"):
        cmn.figure(design, tmp_path / "a.gif")
    with pytest.raises(FieldError, match="no such file"):
        cmn.figure(design, tmp_path / "no" / "a.svg")
