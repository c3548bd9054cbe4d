"""The template of a technology: as it stands it changes nothing, and neither does all of it."""

from __future__ import annotations

import re
import tomllib

import pytest

from cmn_core.cim.technologies.parameters import own_technology
from cmn_core.cim.technologies.technology import BUILT_IN, load_technology
from cmn_core.cim.technologies.template import as_toml, meanings, template
from cmn_core.errors import FieldError

BASES = pytest.mark.parametrize("base", BUILT_IN)


def uncommented(text: str) -> str:
    """The template with every constant and knob in force."""
    return re.sub(r"(?m)^#(?!#| )", "", text)


@BASES
def test_the_template_changes_nothing(base: str) -> None:
    own, built_in = own_technology(tomllib.loads(template(base))), load_technology(base)
    assert own.constants == built_in.constants
    assert own.knob == built_in.knob


@BASES
def test_with_everything_in_force_every_value_is_that_of_the_built_in_file(base: str) -> None:
    document = tomllib.loads(uncommented(template(base)))
    own, built_in = own_technology(document), load_technology(base)
    assert set(document["constants"]) == set(built_in.constants)
    assert set(document["knobs"]) == set(built_in.knob)
    for name, constant in built_in.constants.items():
        assert (own.value(name), own.constants[name].unit) == (constant.value, constant.unit)
    assert own.knob == built_in.knob


def test_one_constant_can_be_put_in_force_alone() -> None:
    text = template("rram").replace("#read_v = { value = 0.2,", "read_v = { value = 0.15,")
    own = own_technology(tomllib.loads(text))
    assert own.value("read_v") == 0.15
    assert own.constants["read_v"].source == "mine"


@BASES
def test_every_constant_is_explained_above_its_line(base: str) -> None:
    lines = template(base).splitlines()
    for name, constant in load_technology(base).constants.items():
        at = next(i for i, line in enumerate(lines) if line.startswith(f"#{name} = "))
        start = max(i for i in range(at) if not lines[i])
        told = " ".join(line.removeprefix("## ") for line in lines[start + 1 : at])
        assert told.startswith(meanings()[name])
        assert f"({constant.unit})" in told
        assert " ".join(constant.source.split()) in told


def test_meanings_are_of_constants_that_exist() -> None:
    known = {name for base in BUILT_IN for name in load_technology(base).constants}
    assert set(meanings()) == known
    assert all(len(text.split()) <= 30 and text.endswith(".") for text in meanings().values())


def test_another_template_is_refused() -> None:
    with pytest.raises(FieldError, match="allowed are rram, sram, sram_analog"):
        template("mram")


def test_a_document_survives_its_text() -> None:
    document = {
        "schema": "cmn.technology/1",
        "base": "sram",
        "title": 'Quotes " and \\ and µ',
        "constants": {"wake_ns": {"value": 2e-7, "unit": "ns", "source": "a\tb"}},
        "knobs": {"rows": {"levels": [64, 128], "default": 64}},
        "measured": [{"quantity": "area", "noise": 0.1, "shares": {"scatter": 1.0}}],
    }
    assert tomllib.loads(as_toml(document)) == document
