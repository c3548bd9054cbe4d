"""Which settings of a study a visitor may choose, and within which bounds.

Without torch, unlike some of the studies themselves: the app asks for them, another process works.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cmn_core.architecture import SPACES
from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.charts.studies.noise import KIND_TITLES
from cmn_core.cim.technologies.parameters import SET_TITLES
from cmn_core.design import MEMORIES
from cmn_core.errors import FieldError, unknown_key
from cmn_core.models.presets import preset_names
from cmn_core.paper.comparison import SCOPES
from cmn_core.quantities import GOALS
from cmn_core.studies.study import NAMES, Settings

MOST_VALUES = 12  # of a list of numbers


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A setting of a study. least, most: of a number, or of each of a list; options: what a list is
    picked from, with a title each; many: a list of numbers; fewest: of a list."""

    name: str
    label: str
    help: str = ""
    least: float = 0.0
    most: float = math.inf
    options: Mapping[Any, str] | None = None
    many: bool = False
    fewest: int = 1
    whole: bool = False

    def checked(self, value: Any) -> Any:
        """The value, in the type that the study takes; FieldError where it does not fit."""
        if self.options is not None:
            return self._picked(value)
        if not self.many:
            return self._number(value)
        if not isinstance(value, list) or not self.fewest <= len(value) <= MOST_VALUES:
            found = f"{len(value)} values" if isinstance(value, list) else "no list"
            raise FieldError(self.name, found, f"{self.fewest} to {MOST_VALUES} are expected")
        return sorted({self._number(v) for v in value})

    def _picked(self, value: Any) -> list[Any]:
        known = dict(self.options or {})
        picked = value if isinstance(value, list) else [value]
        for one in picked:
            if one not in known:
                raise FieldError(self.name, f"found {one!r}", f"one of {_words(known)} is expected")
        if len(picked) < self.fewest:
            found = f"{len(picked)} are picked"
            raise FieldError(self.name, found, f"at least {self.fewest} of {_words(known)}")
        return [one for one in known if one in picked]

    def _number(self, value: Any) -> float:
        allowed = f"{self.least:g} to {self.most:g}"
        kind = "a whole number" if self.whole else "a number"
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise FieldError(self.name, f"found {value!r}", f"{kind} from {allowed} is expected")
        if not self.least <= value <= self.most or (self.whole and value != int(value)):
            raise FieldError(self.name, f"found {value:g}", f"{kind} from {allowed} is expected")
        return int(value) if self.whole else float(value)


def _whole(name: str, label: str, least: int, most: int, help_: str = "") -> Choice:
    return Choice(name=name, label=label, least=least, most=most, whole=True, help=help_)


_EFFORT = (
    _whole("population", "Population", 2, 200, "Architectures alive in each generation."),
    _whole("generations", "Generations", 1, 200),
    _whole("particles", "Particles", 1, 200, "Of each inner swarm."),
    _whole("iterations", "Iterations", 1, 500, "Of each inner swarm."),
)
_SEEDS = _whole("seeds", "Seeds", 1, 30, "Searches of each kind, one for each seed.")
_GOALS = Choice(
    name="goals", label="Scenarios", options={name: goal.label for name, goal in GOALS.items()}
)
_MEMORIES = Choice(
    name="memories", label="Memories", options={m: MEMORY_NAMES[m] for m in MEMORIES}
)
_LEVELS = Choice(
    name="levels",
    label="Levels",
    many=True,
    least=0.001,
    most=0.5,
    help="Shares, such as 0.05 for 5 %, with commas between them.",
)


def _kinds(name: str, label: str, *known: str) -> Choice:
    return Choice(name=name, label=label, options={k: KIND_TITLES[k] for k in known})


CHOICES: Mapping[str, tuple[Choice, ...]] = {
    "silicon": (
        Choice(
            name="coverage",
            label="Share of chips inside the interval",
            least=0.5,
            most=0.99,
            help="The interval is as wide as the errors on that share of a class's other chips.",
        ),
    ),
    "hybrid": (
        Choice(name="constants", label="Constants", options=dict(SET_TITLES)),
        _GOALS,
        _SEEDS,
        *_EFFORT,
    ),
    "discrepancy": (_GOALS, _MEMORIES, _LEVELS, _SEEDS, *_EFFORT),
    "noise": (
        _LEVELS,
        _kinds("kinds", "Noise of the searched design", *KIND_TITLES),
        _kinds("population_kinds", "Noise of the population", *KIND_TITLES),
        _whole("individuals", "Population under noise", 2, 64, "Subnets that fill the space."),
        _whole("images", "Images", 2, 400, "Evenly spread over the file."),
        _whole("noise_seeds", "Draws of the noise", 1, 10),
        Choice(name="search_noise", label="Noise in searches", least=0.001, most=0.5),
        _kinds("search_kinds", "Noise of searches on RRAM", *KIND_TITLES),
        _kinds("placement_kinds", "Noise of hybrid searches", "write", "early", "late"),
        _whole("search_seeds", "Seeds of searches", 1, 10),
        *_EFFORT,
    ),
    "compression": (
        Choice(name="bits", label="Bits", options={8: "8", 4: "4", 2: "2"}),
        _whole("images", "Images", 1, 400, "Test images that are scored."),
        _whole("epochs", "Epochs of distillation", 0, 100, "0 leaves the student out."),
        Choice(name="share", label="Share of the teacher in the loss", least=0.0, most=1.0),
        Choice(name="temperature", label="Temperature", least=0.1, most=20.0),
        _GOALS,
        _MEMORIES,
        *_EFFORT,
    ),
    "scaling": (
        Choice(
            name="spaces",
            label="Networks",
            options={space: space.upper() for space in SPACES},
            fewest=2,
            help="Growth needs two sizes at least.",
        ),
        _whole("batch", "Batch", 1, 64),
        _whole("steps", "Timed steps of training", 1, 50),
        _whole("images", "Timed images", 1, 64),
        _whole("architectures", "Timed subnets", 1, 64),
        *_EFFORT,
        Choice(
            name="presets",
            label="Larger networks",
            options={name: name for name in preset_names()},
        ),
        Choice(
            name="array_mb",
            label="Capacities in MB",
            many=True,
            least=1.0,
            most=100_000.0,
            help="With commas between them.",
        ),
    ),
}
# What a page draws from, whatever was chosen.
ALWAYS: Mapping[str, Settings] = {
    "compression": {"scopes": list(SCOPES), "constants": list(SET_TITLES)}
}
NEEDS_IMAGES = {"noise": ("val.npz",), "compression": ("train.npz", "test.npz")}


def checked(study: str, chosen: Mapping[str, Any]) -> Settings:
    """The chosen settings; FieldError for an unknown study or setting, and for a value outside."""
    if study not in CHOICES:
        raise unknown_key("study", study, NAMES)
    known = {choice.name: choice for choice in CHOICES[study]}
    out = {}
    for name, value in chosen.items():
        if name not in known:
            raise unknown_key("settings", name, known)
        out[name] = known[name].checked(value)
    return out


def architectures(study: str, settings: Mapping[str, Any]) -> int:
    """How many architectures the searches of a study judge in all; settings: every choice of it."""
    if study not in CHOICES or "generations" not in settings or study == "scaling":
        return 0
    each = settings["population"] * settings["generations"]
    if study == "noise":
        searches = settings["search_seeds"] * (1 + len(settings["search_kinds"]))
        placed = settings["search_seeds"] * (1 + len(settings["placement_kinds"]))
        return int((1 + searches + placed) * each)
    pairs = len(settings["goals"])
    if study == "hybrid":
        return int(pairs * 3 * len(settings["constants"]) * settings["seeds"] * each)
    pairs *= len(settings["memories"])
    if study == "compression":
        return int(pairs * each)
    wrong = 2 * len(settings["levels"])  # both kinds of error at every level, beside the right one
    return int(pairs * settings["seeds"] * (1 + wrong) * each)


def _words(options: Sequence[Any] | Mapping[Any, str]) -> str:
    return ", ".join(map(str, options))
