from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import parse_json
from cmn_core.errors import FieldError
from cmn_core.models.exchange.dialects import (
    CHIP_WRITERS,
    READERS,
    WRITERS,
    read_foreign,
    written_as,
)
from cmn_core.models.file import parse_model
from cmn_core.models.layers import Model
from cmn_core.models.presets import FOREIGN, load_model

Build = Callable[..., Model]
PRODUCT = {"kind": "product", "k": 3, "n": 4, "vectors": 5}


def test_every_ending_is_read_by_name(build: Build, tmp_path: Path) -> None:
    assert set(FOREIGN) == set(READERS)
    for dialect, ending in (("zigzag", "yaml"), ("zigzag", "yml"), ("neurosim", "csv")):
        path = tmp_path / f"net.{ending}"
        path.write_text(written_as(build(PRODUCT), dialect)[0])
        assert load_model(str(path)).layers == read_foreign(path).layers


def test_our_own_file_says_everything(build: Build) -> None:
    model = build(PRODUCT, {"kind": "elementwise", "op": "norm", "elements": 5})
    text, left_out = written_as(model, "model")
    assert (parse_model(parse_json(text)), left_out) == (model, [])


def test_an_unknown_format_and_a_missing_file_are_refused(build: Build, tmp_path: Path) -> None:
    with pytest.raises(FieldError, match=r"^write: found \"zigzig\"; did you mean 'zigzag'\?"):
        written_as(build(PRODUCT), "zigzig")
    with pytest.raises(FieldError, match="No such file"):
        read_foreign(tmp_path / "none.yaml")
    assert set(WRITERS) == {"zigzag", "neurosim", "accelforge", "model"}
    assert set(CHIP_WRITERS) == {"crosssim", "aihwkit"}


def test_more_matrices_than_others_can_take_are_refused(build: Build) -> None:
    with pytest.raises(FieldError, match="more than 10,000 matrices"):
        written_as(build({**PRODUCT, "count": 10_001}), "zigzag")


def test_formats_of_arrays_need_a_chip_with_resistive_cells(build: Build) -> None:
    rram = load_technology("rram")
    for dialect in CHIP_WRITERS:
        text, left_out = written_as(build(PRODUCT), dialect, {"rram": rram}, {"rram": rram.default})
        assert text and left_out
        with pytest.raises(FieldError, match="weights on RRAM"):
            written_as(build(PRODUCT), dialect)
