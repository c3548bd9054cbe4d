"""What the words of a row mean: precision of its figures, cores, macro or system."""

from __future__ import annotations

import math

import pytest

from cmn_core.silicon.precision import copies_of, figure_precision, of_a_system


@pytest.mark.parametrize(
    "words",
    [
        "1b-normalised (native x total input bits x total weight bits)",
        "1b normalized",
        "normalised to 1b",
        "1-bit normalised",
        "normalized to 1bit/1bit",
        "norm. to 1b",
    ],
)
def test_normalised_to_single_bits_in_any_words(words: str) -> None:
    found = figure_precision(words)
    assert found.normalised and found.bits == (1.0, 1.0) and found.said is None


@pytest.mark.parametrize(
    ("words", "bits"),
    [
        ("8b x 8b native", (8, 8)),
        ("8bx8b", (8, 8)),
        ("INT8", (8, 8)),
        ("int8 x int4", (8, 4)),
        ("8-bit input, 4-bit weight", (8, 4)),
        ("4b input x 2b weight, 6b output, native", (4, 2)),
        ("1b x ternary native", (1, math.log2(3))),
        ("1b native (59 at 4b)", (1, 1)),
        ("unclear (source lists 4b/8b)", (4, 8)),
    ],
)
def test_bits_of_a_product(words: str, bits: tuple[float, float]) -> None:
    found = figure_precision(words)
    assert not found.normalised and found.bits == pytest.approx(bits) and found.said is None


def test_other_words_are_said() -> None:
    assert figure_precision("normalised to 8b x 4b").bits == (8.0, 4.0)
    assert figure_precision("").said is None
    for words in ("not stated", "TOPS/W/b", "normalised"):
        assert words in str(figure_precision(words).said)


def test_kinds() -> None:
    for kind in ("chip (48 cores)", "48-core chip", "chip, 48 cores"):
        assert copies_of(kind) == 48.0 and of_a_system(kind)
    for kind in ("macro", "Macro", "CIM macro", "macro (simulated)", ""):
        assert copies_of(kind) == 1.0 and not of_a_system(kind)
    assert copies_of("chip (0 cores)") == 1.0
