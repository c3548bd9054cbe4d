"""Which memory a network's blocks should have over the rate of its images and the die: `phase`.

`python -m cmn_core.whatif.phase` makes the map in a process of its own, for callers that must not
be held up: {"design", "objective"} in, a line of JSON out for every rate as soon as it is known.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cmn_core.arrays import Floats, Ints
from cmn_core.cim.chip import combine, price
from cmn_core.cim.technologies.parameters import own_technologies
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.uncertainty import chance_least, compose
from cmn_core.datasets.info import DEFAULT
from cmn_core.design import HYBRID, Design, Hardware, parse_design
from cmn_core.predictor.routing import routing_of
from cmn_core.quantities import COSTS
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import best_hardware
from cmn_core.search.hybrid.phase import PhaseRow, phase_rows
from cmn_core.search.inner.grid import routed
from cmn_core.search.objective import OBJECTIVES
from cmn_core.search.scoring.missing_hardware import eased

RATE_SPAN = (1e-3, 1e3)  # images per second: one in a quarter of an hour to one in a millisecond
AREA_SPAN_MM2 = (40.0, 800.0)  # up to about what a scanner exposes at once
POINTS = 12


@dataclass(frozen=True)
class PhasePoint:
    """The best chip that keeps up with the rate and fits on the die; None where there is none.

    all_rram_uj, all_sram_uj: energy of the best uniform chips there; probability_best: share of the
    calibration's draws under which no good chip of another assignment of memories beats this one;
    hardware: complete; proven: whether no other chip is better; eased: names of limits that the
    network cannot keep on any chip, raised to the least that it needs.
    """

    images_per_second: float
    max_area_mm2: float
    memory: tuple[str, ...] | None
    energy_uj: float | None
    latency_us: float | None
    area_mm2: float | None
    all_rram_uj: float | None
    all_sram_uj: float | None
    probability_best: float | None
    hardware: Hardware | None
    proven: bool
    eased: tuple[str, ...] = ()

    @property
    def saving(self) -> float | None:
        """Share of the energy of the better uniform chip that this one saves; None without any."""
        uniform = [v for v in (self.all_rram_uj, self.all_sram_uj) if v is not None]
        if self.energy_uj is None or not uniform:
            return None
        return 1.0 - self.energy_uj / min(uniform)

    def to_json(self) -> dict[str, Any]:
        memory = None if self.memory is None else list(self.memory)
        hardware = None if self.hardware is None else self.hardware.to_json()
        eased = list(self.eased)
        return {**vars(self), "memory": memory, "hardware": hardware, "eased": eased}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> PhasePoint:
        memory, hardware = data["memory"], data["hardware"]
        known = {
            "eased": tuple(data["eased"]),
            "memory": None if memory is None else tuple(memory),
            "hardware": None if hardware is None else Hardware.from_stored(hardware),
        }
        return cls(**{**data, **known})


def steps(span: tuple[float, float], count: int = POINTS) -> list[float]:
    """From the one end to the other in equal ratios, of four figures but for the ends."""
    inner = [float(f"{v:.4g}") for v in np.geomspace(*span, count)[1:-1]]
    return [span[0], *inner, span[1]]


def phase_map(
    design: Design,
    *,
    rates: Sequence[float],
    areas_mm2: Sequence[float],
    objective: str = "energy",
    technologies: Mapping[str, Technology] | None = None,
) -> Iterator[list[PhasePoint]]:
    """The points of one rate after the other, each over all dies, both ascending.

    objective: energy, latency, edp or edap. The design's hardware and rate count for nothing.
    Within 10 MB of arrays and the limit on output error, where these can be kept. FieldError for a
    technology whose macros are too many to count out.
    """
    for row, raised in _rows(design, rates, areas_mm2, objective, technologies):
        chances = _chances(row, design, objective)
        points = [_point(row, die, area, chances[die]) for die, area in enumerate(areas_mm2)]
        yield [replace(point, eased=raised) for point in points]


def main() -> int:
    asked = json.load(sys.stdin)
    rows = phase_map(
        parse_design(asked["design"]),
        rates=steps(RATE_SPAN),
        areas_mm2=steps(AREA_SPAN_MM2),
        objective=asked["objective"],
        technologies=own_technologies(asked.get("technology")) or None,
    )
    for row in rows:
        sys.stdout.write(json.dumps([point.to_json() for point in row]) + "\n")
        sys.stdout.flush()
    return 0


def _rows(
    design: Design,
    rates: Sequence[float],
    areas_mm2: Sequence[float],
    objective: str,
    technologies: Mapping[str, Technology] | None,
) -> Iterator[tuple[PhaseRow, tuple[str, ...]]]:
    """Rows of the map, each with the names of the limits that had to be eased."""
    experts = design.architecture.experts
    routing = routing_of(design.space, DEFAULT, experts, design.workload)
    loads = None if routing is None else routing.loads

    def begun(limits: Limits) -> Iterator[PhaseRow]:
        return phase_rows(
            design.search_space,
            design.workload,
            design.architecture,
            rates=rates,
            areas_mm2=areas_mm2,
            objective=objective,
            limits=limits,
            technologies=technologies,
            loads=loads,
        )

    rows = begun(Limits())
    first = next(rows)
    if first.place[-1, 0] < 0:  # is it the die and the rate, or is the network too large?
        architecture = design.architecture
        nearest = best_hardware(
            design.search_space,
            design.workload,
            np.array([architecture.experts]),
            np.array([architecture.hidden]),
            memory=HYBRID,
            objective=objective,
            technologies=technologies,
            loads=loads,
        )
        if not nearest.feasible[0]:
            limits = eased(Limits(), nearest)
            raised = tuple(n for n, v in vars(limits).items() if v != getattr(Limits(), n))
            yield from ((row, raised) for row in begun(limits))
            return
    yield first, ()
    yield from ((row, ()) for row in rows)


def _point(row: PhaseRow, die: int, area_mm2: float, chance: float | None) -> PhasePoint:
    chip, (best, rram, sram) = row.chip, row.place[die].tolist()

    def figure(name: str, place: int) -> float | None:
        return None if place < 0 else float(getattr(chip, name)[place])

    hardware = None if best < 0 else row.grid.hardware(row.pool[best])
    return PhasePoint(
        row.images_per_second,
        area_mm2,
        None if hardware is None else hardware.memory,
        figure("energy_uj", best),
        figure("latency_us", best),
        figure("area_mm2", best),
        figure("energy_uj", rram),
        figure("energy_uj", sram),
        chance,
        hardware,
        bool(row.proven[die]),
    )


def _chances(row: PhaseRow, design: Design, objective: str) -> list[float | None]:
    """Of each die the probability that the assignment of memories is the best one."""
    chosen = [_best_of_each(row, die, objective) for die in range(len(row.place))]
    used = np.unique(np.concatenate(chosen)) if chosen else np.zeros(0, dtype=np.int64)
    if len(used) == 0:
        return [None] * len(chosen)
    worlds = _worlds(row, used, design, objective)
    out: list[float | None] = []
    for places, best in zip(chosen, row.place[:, 0].tolist(), strict=True):
        if best < 0:
            out.append(None)
            continue
        mine = int(np.searchsorted(used, best))
        others = np.searchsorted(used, places[places != best])
        out.append(chance_least(worlds[mine], worlds[others]))
    return out


def _best_of_each(row: PhaseRow, die: int, objective: str) -> Ints:
    """Places of the best chip of every assignment of memories that has one within the limits."""
    value = np.where(row.within(die), row.value(objective), np.inf)
    which = row.on_rram @ (1 << np.arange(row.on_rram.shape[1]))
    order = np.lexsort((value, which))
    first = order[np.diff(which[order], prepend=-1) > 0]
    return np.asarray(first[np.isfinite(value[first])])


def _worlds(row: PhaseRow, places: Ints, design: Design, objective: str) -> Floats:
    """[K, draw] ln of the objective of some chips of the pool under each draw."""
    grid, index = row.grid, row.pool[places]
    costs = {
        technology.name: price(
            grid.space,
            grid.workload,
            technology,
            **routed(grid, np.array(design.architecture.experts)),
            hidden=design.architecture.hidden,
            knobs=grid.knobs(technology, index),
            replicas=grid.replicas(index),
            detail=True,
        )
        for technology in grid.technologies
    }
    on_rram = row.on_rram[places]
    made = compose(costs, on_rram, combine(costs, on_rram), {t.name: t for t in grid.technologies})
    costs_drawn = (np.exp(made[name].worlds) for name in COSTS)
    return np.log(OBJECTIVES[objective](*costs_drawn))


if __name__ == "__main__":
    raise SystemExit(main())
