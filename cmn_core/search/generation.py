"""One step of a search as it is streamed and stored: everything to show, everything to resume.

Typed values inside; `to_json` and `from_json` are for the store and keep every number bit for bit
(state.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from cmn_core.design import Design
from cmn_core.errors import FieldError, unknown_key
from cmn_core.search.constraints import Limits
from cmn_core.search.state import SearchState, decode, encode

Json = Any


@dataclass(frozen=True, kw_only=True)
class HistoryRow:
    """A generation in the convergence chart.

    best_objective: mIoU (percent), energy (uJ) or latency (us) by the goal, None while nothing is
    feasible; hypervolume, feasible_share: 0 to 1; evaluations, seconds: since the start;
    swarm_seconds: what the swarms took of these, None where none was asked for, or not timed.
    """

    generation: int
    evaluations: int
    best_objective: float | None
    hypervolume: float
    feasible_share: float
    seconds: float
    swarm_seconds: float | None = None

    @property
    def swarm_share(self) -> float | None:
        """Of the time so far, 0 to 1."""
        if self.swarm_seconds is None or self.seconds <= 0.0:
            return None
        return min(1.0, self.swarm_seconds / self.seconds)

    def to_json(self) -> dict[str, Json]:
        out = asdict(self)
        if self.swarm_seconds is None:
            del out["swarm_seconds"]
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> HistoryRow:
        known = {f.name: data[f.name] for f in fields(cls) if f.name != "swarm_seconds"}
        return cls(**known, swarm_seconds=data.get("swarm_seconds"))


@dataclass(frozen=True, kw_only=True)
class Points:
    """Architectures priced in a generation, as columns: mIoU (percent), energy (uJ), latency (us)
    and whether every limit is kept."""

    miou: list[float] = field(default_factory=list)
    energy_uj: list[float] = field(default_factory=list)
    latency_us: list[float] = field(default_factory=list)
    feasible: list[bool] = field(default_factory=list)

    def to_json(self) -> dict[str, Json]:
        return {name: list(column) for name, column in vars(self).items()}

    @classmethod
    def from_json(cls, data: Mapping[str, list[Any]]) -> Points:
        return cls(**data)


@dataclass(frozen=True)
class Excess:
    """By how much a design breaks a limit, what is allowed and what was found, in its unit."""

    amount: float
    allowed: float
    found: float


@dataclass(frozen=True, kw_only=True)
class Nearest:
    """The design that comes nearest to the limits, the one that it breaks most, and all that it
    breaks, the worst first; reachable: per limit the best value that the others allow."""

    design: Design
    violated: str
    all: Mapping[str, Excess]
    reachable: Mapping[str, float | None] = field(default_factory=dict)

    def to_json(self) -> dict[str, Json]:
        broken = {name: asdict(excess) for name, excess in self.all.items()}
        worst = broken[self.violated]
        return {
            "design": self.design.to_json(),
            "violated": self.violated,
            **worst,
            "all": broken,
            **({"reachable": dict(self.reachable)} if self.reachable else {}),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Nearest:
        return cls(
            design=Design.from_stored(data["design"]),
            violated=data["violated"],
            all={name: Excess(**excess) for name, excess in data["all"].items()},
            reachable=data.get("reachable", {}),
        )


@dataclass(frozen=True, kw_only=True)
class Generation:
    """Result of one generation.

    index: 1 for the initial population; evaluations: designs (architecture on hardware) priced
    since the start; best: None while nothing is feasible; front: at most FRONT_SHOWN feasible
    non-dominated designs of all generations so far; nearest: while nothing is feasible; state:
    what the next generation is computed from, None where it is only to be looked at; start: the
    design that the search began with, if it did, with complete hardware and metrics.
    """

    index: int
    evaluations: int
    best: Design | None
    front: tuple[Design, ...]
    nearest: Nearest | None
    points: Points
    history: HistoryRow
    limits: Limits
    state: SearchState | None
    start: Design | None = None

    @property
    def feasible(self) -> bool:
        return self.best is not None

    def to_json(self) -> dict[str, Json]:
        """JSON object; `json.dumps(..., allow_nan=False)` accepts it."""
        start = {} if self.start is None else {"start": self.start.to_json()}
        whole = {
            "index": self.index,
            "evaluations": self.evaluations,
            "best": None if self.best is None else self.best.to_json(),
            "front": [design.to_json() for design in self.front],
            "nearest": None if self.nearest is None else self.nearest.to_json(),
            "points": self.points.to_json(),
            "history": self.history.to_json(),
            "limits": self.limits.to_json(),
            **start,
        }
        state = {} if self.state is None else self.state.to_json()
        return {**encode(whole), "state": state}

    @classmethod
    def from_json(cls, data: object) -> Generation:
        """The same generation again; FieldError where the object is not one, or where another
        version of the search wrote its state."""
        if not isinstance(data, Mapping):
            raise FieldError("generation", "no JSON object", "a stored generation is expected")
        names = [f.name for f in fields(cls)]
        for key in data:
            if key not in names:
                raise unknown_key("generation", key, names)
        for name in names:
            if name not in data and name != "start":
                raise FieldError(f"generation.{name}", "missing", "this field is required")
        state = SearchState.from_json(data["state"]) if data["state"] else None
        whole = decode({name: value for name, value in data.items() if name != "state"})
        try:
            return cls(
                index=whole["index"],
                evaluations=whole["evaluations"],
                best=_design(whole["best"]),
                front=tuple(Design.from_stored(one) for one in whole["front"]),
                nearest=None if whole["nearest"] is None else Nearest.from_json(whole["nearest"]),
                points=Points.from_json(whole["points"]),
                history=HistoryRow.from_json(whole["history"]),
                limits=Limits.from_json(whole["limits"]),
                state=state,
                start=_design(whole.get("start")),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            found = f"something else in it ({type(error).__name__})"
            raise FieldError("generation", found, "a stored generation is expected") from error


def _design(data: Mapping[str, Json] | None) -> Design | None:
    return None if data is None else Design.from_stored(data)
