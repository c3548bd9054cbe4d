"""Words of the pages: what a person or a file wrote is shown as it is, cut after a word."""

from __future__ import annotations

from cmn_core.predictor import load_predictor
from pages.parts.common.text import listed, plain


def test_nothing_acts_as_markdown() -> None:
    assert plain("a *b*\n<i>$x$</i>") == r"a \*b\* \<i\>\$x\$\</i\>"


def test_a_long_text_ends_after_a_word() -> None:
    text = "trained on 635 images and 2218 scenes"
    assert plain(text, 37) == text
    assert plain(text, 36) == "trained on 635 images and 2218…"
    assert plain(text, 30) == "trained on 635 images and…"
    assert plain("x" * 100) == "x" * 79 + "…"


def test_the_source_of_shipped_accuracy_is_shown_whole() -> None:
    for dataset in ("nyuv2", "camvid"):
        source = load_predictor("b0", dataset).source
        assert not plain(source, 600).endswith("…")


def test_a_list_ends_with_and() -> None:
    assert (listed(["a"]), listed("ab"), listed("abc")) == ("a", "a and b", "a, b and c")
