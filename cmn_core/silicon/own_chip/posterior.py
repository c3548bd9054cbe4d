"""What a chip of one's own says about its class: corrections and the chip's own factor, given it.

The class leaves open its corrections and how far a chip is off as a whole; the shipped draws hold
both. ln of a figure of the chip is linearised at the answer, and the answer found by the iterated
linear update (Gauss-Newton; Bell and Cathey, IEEE TAC 1993). Nothing is random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.technologies.draws import EXPONENTS, draws_of
from cmn_core.cim.technologies.measured import SCATTER, MeasuredFigure, update
from cmn_core.cim.technologies.node_scaling import dimension
from cmn_core.cim.technologies.technology import Technology, load_technology
from cmn_core.silicon.calibration import Table, bare, tabulate, with_constants
from cmn_core.silicon.chips import PublishedChip
from cmn_core.silicon.corrections import COLUMN, CORRECTIONS, SYSTEM_AREA
from cmn_core.silicon.structure import TECHNOLOGY

STEP = 1e-4
ROUNDS = 50
HALVINGS = 30
SAME = 1e-12


@dataclass(frozen=True, eq=False)
class OwnPosterior:
    """Of one quantity: constants of the technology, and the figures as draws are given them.

    constants: by name, array_*_factor among them; measured: one per row
    """

    constants: dict[str, float]
    measured: tuple[MeasuredFigure, ...]


def own_posteriors(
    rows: Sequence[PublishedChip], noise: float, other_rows: dict[str, float]
) -> dict[str, OwnPosterior]:
    """By quantity, for those that the rows state. Delay comes first: what conducts for as long as
    a read lasts does so in the energy.

    rows: of one chip at one node; noise: sd of ln of a figure; other_rows: sd of ln among rows of
    one chip, by quantity
    """
    device = rows[0].device
    technology = load_technology(TECHNOLOGY[device])
    out: dict[str, OwnPosterior] = {}
    timed = _timed(technology, {})
    for quantity in ("delay", "energy", "area"):
        table = tabulate(rows, device, quantity, timed)
        if not table.found:
            continue
        out[quantity] = _given(table, technology, noise, other_rows[quantity])
        if quantity == "delay":
            timed = _timed(technology, out[quantity].constants)
        if quantity == "area":
            cells = out[quantity].constants
            cells["cell_area_factor"] *= rows[0].cell_size
    return out


def _timed(technology: Technology, own: dict[str, float]) -> Technology:
    """The technology with no corrections but those of its reads."""
    names = [c.name for c in CORRECTIONS[technology.name]["delay"]]
    names.append(EXPONENTS["delay"])
    return with_constants(bare(technology), {**{n: technology.value(n) for n in names}, **own})


def _given(table: Table, technology: Technology, noise: float, other_rows: float) -> OwnPosterior:
    node_nm = table.found[0].chip.number["node_nm"] or 0.0
    names, covariance = _class(technology, table.quantity, node_nm)
    at = [[p.name for p in table.priors].index(n) for n in names[:-1]]
    start = np.array([_start(technology, p.name) for p in table.priors])
    sd = np.full(len(table.found), noise)

    def figure(state: Floats) -> Floats:
        theta = start.copy()
        theta[at] += state[:-1]
        return np.asarray(table.terms.logs(theta) + state[-1])

    state = np.zeros(len(names))
    precision = np.linalg.inv(covariance)

    def loss(point: Floats) -> float:
        off = (table.target - figure(point)) / sd
        return float(off @ off + point @ precision @ point)

    for _ in range(ROUNDS):
        slopes = _slopes(figure, state)
        off = table.target - figure(state) + slopes @ state
        better = _downhill(loss, state, update(covariance, slopes, sd) @ off)
        done = np.max(np.abs(better - state)) < SAME
        state = better
        if done:
            break
    slopes = _slopes(figure, state)
    # What a row of its kind alone says something about stays that of the class for others.
    said = np.abs(slopes).max(axis=0) > STEP
    values = {
        name: technology.value(name) * math.exp(state[i])
        for i, name in enumerate(names[:-1])
        if said[i] or name not in (COLUMN, SYSTEM_AREA)
    }
    values[f"array_{table.quantity}_factor"] = math.exp(float(state[-1]))
    measured = tuple(
        MeasuredFigure(
            table.quantity,
            noise,
            other_rows,
            {n: round(float(v), 4) for n, v in zip(names, row, strict=True) if abs(v) > STEP},
        )
        for row in slopes
    )
    return OwnPosterior(values, measured)


def _class(technology: Technology, quantity: str, node_nm: float) -> tuple[list[str], Floats]:
    """Names of what a class leaves open, SCATTER last, and its covariance. What the exponent of
    the node is off by is the same factor for all of a chip, so it counts as scatter."""
    drawn = draws_of(technology.name, quantity)
    exponent = EXPONENTS.get(quantity)
    scatter = drawn[SCATTER].ln
    if exponent is not None:
        scatter = scatter + math.log(dimension(node_nm)) * drawn[exponent].ln
    idle = (SYSTEM_AREA,) if quantity != "area" else ()
    names = [n for n in drawn if n not in (SCATTER, exponent, *idle)]
    state = np.array([*(drawn[n].ln for n in names), scatter])
    return [*names, SCATTER], np.cov(state, bias=True)


def _start(technology: Technology, name: str) -> float:
    """theta of a prior as the class's technology file has it."""
    if not name:
        return 0.0
    value = technology.value(name)
    return value if name in EXPONENTS.values() else math.log(value)


def _downhill(loss: Callable[[Floats], float], start: Floats, aim: Floats) -> Floats:
    """The farthest of ever shorter ways to the aim that lowers the loss, else the start: a
    converter at the floor of its energy makes a kink that full steps would jump across."""
    now = loss(start)
    for halved in range(HALVINGS):
        point = start + (aim - start) * 0.5**halved
        if loss(point) < now:
            return np.asarray(point)
    return start


def _slopes(figure: Callable[[Floats], Floats], state: Floats) -> Floats:
    """[row, state] by central differences."""
    columns = [
        (figure(state + STEP * e) - figure(state - STEP * e)) / (2.0 * STEP)
        for e in np.eye(len(state))
    ]
    return np.array(columns).T
