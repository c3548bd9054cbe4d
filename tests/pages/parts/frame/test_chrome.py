"""What pages say is in short sentences of words that are explained."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cmn_core.classroom.texts import glossary
from tests.pages.looks import words

ROOT = Path(__file__).resolve().parents[4]
MOST_WORDS = 30
SPOKEN = (
    *("pages", "cmn_core/charts", "cmn_core/classroom", "cmn_core/reports"),
    *("cmn_core/studies/claims", "cmn_core/quantities.py"),
)
READ = (
    *("start", "explore", "designs", "models", "hardware", "search", "results", "hybrid"),
    *("validation", "noise", "scaling", "compression", "learn"),
)
BULLET, MARKS = re.compile(r"\n\s*\n|\n\s*[-*#] "), re.compile(r"[*`_#|]")


def constants(path: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string that is no docstring; what is filled in counts as a word."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    left_out: set[int] = set()
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and isinstance(body[0], ast.Expr):
            left_out.add(id(body[0].value))
        if isinstance(node, ast.JoinedStr):
            left_out |= {id(part) for part in node.values}
            parts = (p.value if isinstance(p, ast.Constant) else "x" for p in node.values)
            yield node.lineno, "".join(map(str, parts))
    for node in ast.walk(tree):
        spoken = isinstance(node, ast.Constant) and id(node) not in left_out
        if spoken and isinstance(node.value, str):
            yield node.lineno, node.value


def long_sentences(text: str) -> list[str]:
    """Sentences, or items of a list, of more than MOST_WORDS words."""
    flat = MARKS.sub(" ", BULLET.sub(". ", text))
    return [s for s in re.split(r"(?<=[.!?:;])\s+", flat) if len(s.split()) > MOST_WORDS]


def test_a_long_sentence_is_found() -> None:
    assert long_sentences("One. " + "word " * 31) and not long_sentences("word " * 30)
    assert not long_sentences("- " + "word " * 20 + "\n- " + "word " * 20)


@pytest.mark.parametrize("place", SPOKEN)
def test_no_page_says_a_sentence_of_more_than_thirty_words(place: str) -> None:
    at = ROOT / place
    paths = [at] if at.is_file() else sorted(at.rglob("*.py"))
    found = [
        f"{path.relative_to(ROOT)}:{line}: {sentence[:80]}"
        for path in paths
        for line, text in constants(path)
        if "<" not in text  # markup
        for sentence in long_sentences(text)
    ]
    assert paths and found == []


@pytest.mark.parametrize("name", READ)
def test_what_is_put_together_on_a_page_is_short_too(searches: Any, page: Any, name: str) -> None:
    """Numbers, causes and names of the core fill the sentences of pages."""
    searches.search(scenario="energy", memory="rram")
    at = page(name)
    assert not at.exception
    lists = re.compile(r"^Source: |\\\.py|(`[^`]*`.*){5}")  # of files and names
    said = [text for text in words(at).split("\n") if not lists.search(text)]
    assert said and [s for text in said for s in long_sentences(text)] == []


@pytest.mark.parametrize("path", sorted((ROOT / "assets" / "learn").glob("*.md")), ids=str)
def test_no_chapter_does_either(path: Path) -> None:
    assert long_sentences(path.read_text(encoding="utf-8")) == []


def test_start_says_what_its_words_mean(searches: Any, page: Any) -> None:
    said = words(page("start"))
    for term in ("RRAM", "SRAM", "Expert", "mIoU"):
        assert f"**{term}**: {glossary()[term]}" in said


@pytest.mark.parametrize("name", ["search", "results", "hybrid", "designs", "explore", "models"])
def test_words_of_a_page_explain_themselves_where_they_stand(
    searches: Any, page: Any, name: str
) -> None:
    at = page(name)
    assert not at.exception
    explained = [v for v in (m.value for m in at.markdown) if v.startswith("**") and "**: " in v]
    assert len(explained) >= 3


def test_a_source_is_one_line_with_the_rest_at_a_press(searches: Any, page: Any) -> None:
    run_id = searches.search(scenario="energy", memory="rram")
    sources = [c.value for c in page("search", run=run_id).caption if c.value.startswith("Source")]
    assert len(sources) == 2 and len(sources[0]) <= 112 and sources[0].endswith("…")
    assert sources[1].startswith(sources[0].rstrip(" …"))
