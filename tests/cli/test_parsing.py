from __future__ import annotations

import math
import re

import pytest

from cmn_core.cli.parsing import real, span, whole, within
from cmn_core.errors import FieldError


@pytest.mark.parametrize(("text", "value"), [("0", 0), ("+7", 7), ("-12", -12), ("007", 7)])
def test_whole_numbers(text: str, value: int) -> None:
    assert whole("n", text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [("1", 1.0), (".5", 0.5), ("2.", 2.0), ("-1e3", -1000.0), ("1E-2", 0.01), ("INF", math.inf)],
)
def test_numbers(text: str, value: float) -> None:
    assert real("x", text) == value


@pytest.mark.parametrize("text", ["", "1_0", " 1", "1\n", "\u0661", "\uff11", "0x1", "1e", "--1"])
def test_what_only_python_reads_is_refused(text: str) -> None:
    for read in (whole, real):
        with pytest.raises(FieldError, match="number is expected"):
            read("n", text)
    with pytest.raises(FieldError, match="a number is expected"):
        real("n", "\u0131nf")


@pytest.mark.parametrize("value", [10**400, -(10**400), math.nan, math.inf])
def test_out_of_range_is_one_short_sentence(value: float) -> None:
    with pytest.raises(FieldError, match="1 to 16 is allowed") as error:
        within("n", value, 1, 16)
    assert len(str(error.value)) < 100


def test_a_span_is_two_numbers_the_smaller_first() -> None:
    assert span("rates", "0.01:3e2", (1e-6, 1e6)) == (0.01, 300.0)
    for text, told in (
        ("30", "LOW:HIGH is expected"),
        ("1:2:3", "LOW:HIGH is expected"),
        ("a:2", "a number is expected"),
        ("0:2", "1e-06 to 1e+06 is allowed"),
        ("1:nan", "1e-06 to 1e+06 is allowed"),
        ("2:2", "the first number must be the smaller one"),
    ):
        with pytest.raises(FieldError, match=f"^rates: found .*{re.escape(told)}"):
            span("rates", text, (1e-6, 1e6))
