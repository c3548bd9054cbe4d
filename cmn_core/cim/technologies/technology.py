"""A memory technology: its knobs, constants and rules, read from assets/technologies/NAME.toml.

Every constant carries its unit and source in the file; code asks for it by name and gets a number.
One macro (refused with the reason) and an array of them are checked by the same rules.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cmn_core.arrays import Bools, Floats
from cmn_core.assets import ASSETS
from cmn_core.cim.technologies.measured import MeasuredFigure
from cmn_core.errors import FieldError, one_line, unknown_key
from cmn_core.quantities import BASE_NM

FOLDER = ASSETS / "technologies"
NAMES = ("rram", "sram")
# Known to load_technology, but no memory of a design: what published analog SRAM is compared with.
BUILT_IN = (*NAMES, "sram_analog")

Knobs = Mapping[str, Any]


@dataclass(frozen=True)
class Constant:
    """A physical constant with where it comes from."""

    value: float
    unit: str
    source: str


@dataclass(frozen=True)
class Knob:
    """One hardware variable of a macro: its bounds, search grid (ascending) and default."""

    name: str
    label: str
    unit: str
    meaning: str
    integer: bool
    low: float
    high: float
    levels: tuple[float, ...]
    default: float


@dataclass(frozen=True)
class Rule:
    """A condition over several knobs. `holds` works on numbers and on arrays."""

    knob: str
    holds: Callable[[Knobs], Any]
    allowed: str


RULES: dict[str, tuple[Rule, ...]] = {
    "analog": (
        Rule(
            "active_rows",
            lambda k: k["active_rows"] <= k["rows"],
            "at most `rows` can be active",
        ),
        Rule(
            "columns_per_adc",
            lambda k: k["columns_per_adc"] <= k["cols"],
            "one ADC serves at most `cols` columns",
        ),
    ),
    "digital": (
        Rule(
            "rows_per_tree",
            lambda k: np.mod(k["rows"], np.maximum(k["rows_per_tree"], 1)) == 0,
            "`rows` must be a multiple of it",
        ),
    ),
}


@dataclass(frozen=True, eq=False)
class Technology:
    """One memory technology: what can be built of it and what its parts cost.

    kind: "analog" (column currents and ADCs) or "digital" (adder trees); node_nm: what the
    constants hold at; base: the built-in one that a file of one's own starts from, whose chips
    speak for it; measured: figures of a chip of one's own, which the class's draws are given
    """

    name: str
    kind: str
    title: str
    knob: Mapping[str, Knob]
    constants: Mapping[str, Constant]
    node_nm: float = BASE_NM
    base: str = ""
    measured: tuple[MeasuredFigure, ...] = ()

    @property
    def knobs(self) -> tuple[str, ...]:
        return tuple(self.knob)

    @property
    def levels(self) -> dict[str, tuple[float, ...]]:
        """Search grid of each knob, ascending."""
        return {name: knob.levels for name, knob in self.knob.items()}

    @property
    def default(self) -> dict[str, float]:
        return {name: knob.default for name, knob in self.knob.items()}

    def value(self, name: str) -> float:
        """Number of the named constant, in the unit that the file states."""
        return self.constants[name].value

    def check_macro(self, knobs: Knobs, path: str = "macro") -> dict[str, float]:
        """The complete, buildable macro; FieldError under `path` that names what is wrong."""
        for key in knobs:
            if key not in self.knob:
                raise unknown_key(path, key, self.knob)
        out: dict[str, float] = {}
        for name, knob in self.knob.items():
            if name not in knobs:
                raise FieldError(f"{path}.{name}", "missing", "this knob is required")
            out[name] = _number(knob, knobs[name], f"{path}.{name}")
        for rule in RULES[self.kind]:
            if not rule.holds(out):
                size = f"{_plain(out['rows'])} rows and {_plain(out['cols'])} columns"
                found = f"found {_plain(out[rule.knob])} in an array of {size}"
                raise FieldError(f"{path}.{rule.knob}", found, rule.allowed)
        return out

    def buildable(self, knobs: Knobs) -> Bools:
        """Whether each hardware point can be built: the rules of `check_macro`, on arrays.

        knobs: every knob, as arrays that broadcast; result has their common shape.
        """
        arrays = {n: np.asarray(knobs[n], dtype=np.float64) for n in self.knob}
        good = np.ones(np.broadcast_shapes(*(a.shape for a in arrays.values())), dtype=np.bool_)
        with np.errstate(invalid="ignore"):
            for name, knob in self.knob.items():
                value = arrays[name]
                good &= (value >= knob.low) & (value <= knob.high)
                if knob.integer:
                    good &= np.floor(value) == value
            for rule in RULES[self.kind]:
                good &= np.asarray(rule.holds(arrays), dtype=np.bool_)
        return good

    def grid(self) -> dict[str, Floats]:
        """Every buildable combination of the levels: {knob: [G]}, in lexicographic order."""
        axes = np.meshgrid(*(np.array(k.levels) for k in self.knob.values()), indexing="ij")
        flat = {name: axis.ravel() for name, axis in zip(self.knob, axes, strict=True)}
        good = self.buildable(flat)
        return {name: column[good] for name, column in flat.items()}


@cache
def load_technology(name: str) -> Technology:
    """The built-in technology of that name ("rram" or "sram"); FieldError for another name."""
    if name not in BUILT_IN:
        raise FieldError("memory", f"found {name!r}", f"allowed are {', '.join(NAMES)}")
    data = _read(FOLDER / f"{name}.toml")
    shared = _read(FOLDER / f"{data['logic']}.toml")["constants"]
    constants = {key: Constant(**entry) for key, entry in {**shared, **data["constants"]}.items()}
    knobs = {key: _knob(key, entry) for key, entry in data["knobs"].items()}
    return Technology(data["name"], data["kind"], data["title"], knobs, constants)


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return tomllib.load(file)


def _knob(name: str, entry: Mapping[str, Any]) -> Knob:
    return Knob(
        name=name,
        label=entry["label"],
        unit=entry["unit"],
        meaning=entry["meaning"],
        integer=entry["integer"],
        low=float(entry["min"]),
        high=float(entry["max"]),
        levels=tuple(float(v) for v in entry["levels"]),
        default=float(entry["default"]),
    )


def _number(knob: Knob, value: Any, path: str) -> float:
    """The value as a float inside the knob's bounds; FieldError otherwise."""
    span = f"{_plain(knob.low)} to {_plain(knob.high)}"
    kind = "a whole number" if knob.integer else "a number"
    allowed = f"{kind} from {span} is allowed"
    real = isinstance(value, int | float | np.integer | np.floating)
    if not real or isinstance(value, bool | np.bool_):
        raise FieldError(path, f"found {one_line(value, 40)}", allowed)
    if not knob.low <= value <= knob.high or (knob.integer and value != int(value)):
        raise FieldError(path, f"found {_plain(value)}", allowed)
    return float(value)


def _plain(value: float) -> str:
    return one_line(value, 40) if isinstance(value, int) else f"{value:g}"
