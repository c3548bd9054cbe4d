"""A class as an address: what is asked for (scenario, memory, limits, seed), a name and a code.

No account and nothing kept on the server. The teacher holds a key, which the pupils' address does
not carry; the code in theirs is its digest, so whoever shows the key may clear the board.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cmn_core.classroom.specimen import growing, specimen
from cmn_core.design import HYBRID, Design
from cmn_core.errors import FieldError, one_line, unknown_key
from cmn_core.predictor import load_predictor
from cmn_core.quantities import SHORT_LIMITS
from cmn_core.search.accuracy import Predicted
from cmn_core.search.constraints import Limits
from cmn_core.search.scenario import PAPER, Scenario
from cmn_core.search.scoring.codesign_problem import default_limits
from cmn_core.whatif.answer import answer
from cmn_core.whatif.compare import verdicts
from cmn_core.whatif.edits import completed
from cmn_core.whatif.formats.link import memory_kind

KEYS = ("class", "code", "scenario", "memory", "seed", *SHORT_LIMITS)
MAX_NAME = 40
MISSPELT = 0.8  # likeness from which a foreign parameter is taken for a slip
SEEDS = 1_000_000
CODE_CHARACTERS = 16
_CODE = re.compile(r"[0-9a-f]{16}")
_WHOLE = re.compile(r"\d{1,16}")


@dataclass(frozen=True)
class Lesson:
    """name: of the class, for people; code: tells classes of one name apart."""

    name: str
    code: str
    scenario: Scenario

    def __post_init__(self) -> None:
        check_name("class", self.name, MAX_NAME)
        if not _CODE.fullmatch(self.code):
            found = f"found '{one_line(self.code, 24)}'"
            raise FieldError("code", found, "the 16 characters of a class link are expected")

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the pupils' address; limits that are not set are left out."""
        given = {"scenario": self.scenario.goal, "memory": self.scenario.memory}
        out = {"class": self.name, "code": self.code, **given, "seed": str(self.scenario.seed)}
        values = {name: getattr(self.scenario, name) for name in SHORT_LIMITS}
        return {**out, **{name: repr(v) for name, v in values.items() if v is not None}}

    @property
    def board(self) -> str:
        """Name of the board: other limits, even under the same code, have a board of their own."""
        asked = {key: value for key, value in self.query.items() if key != "class"}
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def limits(self) -> Limits:
        """The limits in force, as a search of this scenario has them."""
        predictor = load_predictor(self.scenario.space, self.scenario.dataset)
        if predictor is None:
            raise FieldError("class", "no accuracy is known here", "measured tables are expected")
        accuracy = Predicted(predictor, self.scenario.workload)
        return default_limits(self.scenario, accuracy)

    @property
    def first(self) -> Design:
        """A design on the lesson's memory to begin with, on default macros: the first of a few,
        growing, that keeps the lesson's limits; the smallest of them where better hardware must be
        found first, as a performance lesson asks."""
        memory = "rram" if self.scenario.memory == HYBRID else self.scenario.memory
        limits = self.limits
        for design in growing(memory):
            found = answer(design, dataset=self.scenario.dataset)
            if all(verdict.kept for verdict in verdicts(found, limits).values()):
                return completed(design)
        return completed(specimen(memory))

    def fits(self, design: Design) -> bool:
        """Whether a design is on the lesson's memory."""
        return self.scenario.memory in (HYBRID, memory_kind(design))

    def seed_of(self, secret: str) -> int:
        """The seed of one pair's search, 0 to 999,999: it follows from the lesson's seed and the
        pair's secret, so that thirty searches of a class are thirty different ones."""
        text = f"{self.scenario.seed} {self.code} {secret}"
        return int(hashlib.sha256(text.encode("utf-8", "replace")).hexdigest(), 16) % SEEDS

    def opened_by(self, key: str | None) -> bool:
        """Whether that is the teacher's key of this class."""
        return key is not None and secrets.compare_digest(code_of(key), self.code)


def new_key() -> str:
    """A teacher's key: 128 random bits as letters, digits, - and _."""
    return secrets.token_urlsafe(16)


def code_of(key: str) -> str:
    """The pupils' code of a teacher's key."""
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:CODE_CHARACTERS]


def check_name(field: str, name: str, most: int) -> None:
    """FieldError, with the true reason, for a name that is missing, too long or cannot be shown."""
    if not name:
        raise FieldError(field, "missing", f"a name of 1 to {most} characters is expected")
    if len(name) > most:
        raise FieldError(field, f"found {len(name)} characters", f"1 to {most} are expected")
    hidden = next((c for c in name if not c.isprintable()), None)
    if hidden is not None:
        raise FieldError(
            field,
            f"found the character {ascii(hidden)[1:-1]}, which nobody sees",
            "letters, digits and signs are expected",
        )


def own_parameters(query: Mapping[str, str]) -> dict[str, str]:
    """Those of an address that are a lesson's. What mail programs and social networks hang on to a
    link is left out; FieldError for what is nearly one of ours."""
    for key in query:
        if key not in KEYS and difflib.get_close_matches(key, KEYS, n=1, cutoff=MISSPELT):
            raise unknown_key("", key, KEYS)
    return {key: value for key, value in query.items() if key in KEYS}


def read_lesson(query: Mapping[str, str]) -> Lesson:
    """The lesson of an address; FieldError names the first parameter that is wrong."""
    query = own_parameters(query)
    settings: dict[str, object] = {}
    for name in ("scenario", "memory"):
        if name not in query:
            raise FieldError(name, "missing", "a class link made by this app is expected")
        settings[name] = query[name]
    if "seed" in query:
        if not _WHOLE.fullmatch(query["seed"]):
            found = f"found '{one_line(query['seed'], 24)}'"
            raise FieldError("seed", found, "a whole number of 0 or more, up to 16 digits")
        settings["seed"] = int(query["seed"])
    for name in SHORT_LIMITS:
        if name in query:
            settings[name] = _number(name, query[name])
    name = " ".join(query.get("class", "").split())
    # As before there were other conditions: what a class link asks for does not change.
    return Lesson(name, query.get("code", ""), Scenario.from_json({**PAPER, **settings}))


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FieldError(name, f"found '{one_line(text, 24)}'", "a number is expected") from None
