"""Texts for students and teachers out of assets/learn: chapters, glossary, sheets, answers.

A chapter file is "# Title", a few words before the figure, a line of three dashes, words after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from cmn_core.assets import ASSETS

FOLDER = ASSETS / "learn"
CHAPTERS = (
    *("network", "map", "stationary", "sparse", "evolution", "swarm"),
    *("array", "slices", "adc", "cells", "standby"),
)
SHEETS = {"pupils": "For pupils", "masters": "For master's students"}
_FIELD = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Chapter:
    name: str
    title: str
    before: str
    after: str


@cache
def chapter(name: str) -> Chapter:
    """The chapter of that name, one of CHAPTERS."""
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    head, _, rest = text.partition("\n")
    before, _, after = rest.partition("\n---\n")
    return Chapter(name, head.removeprefix("# ").strip(), before.strip(), after.strip())


@cache
def glossary() -> dict[str, str]:
    """Term -> what it means, in alphabetic order."""
    lines = (FOLDER / "glossary.md").read_text(encoding="utf-8").splitlines()
    pairs = [line[2:].split(": ", 1) for line in lines if line.startswith("- ")]
    return {term.strip("* "): text for term, text in sorted(pairs, key=lambda p: p[0].lower())}


@cache
def sheet(name: str) -> str:
    """The questions of a lesson, one of SHEETS, as Markdown; no answer is among them."""
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


@cache
def plan() -> str:
    """The teacher's plan of a lesson of 45 minutes, without answers."""
    return (FOLDER / "teacher.md").read_text(encoding="utf-8")


def answers(facts: Mapping[str, str]) -> str:
    """Answers to every sheet and every chapter's Try as Markdown; facts: values of its {fields},
    all of them (KeyError for one that is missing)."""
    text = (FOLDER / "answers.md").read_text(encoding="utf-8")
    return _FIELD.sub(lambda match: facts[match.group(1)], text)
