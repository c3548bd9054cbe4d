"""The hardware that a case runs on: the default macro, or what the inner search finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cmn_core.arrays import Floats
from cmn_core.cim.chip import combine, price
from cmn_core.cim.circuits.macro import build_macro
from cmn_core.cim.costs import BlockCosts
from cmn_core.cim.technologies.technology import Technology
from cmn_core.cim.workload import Scope
from cmn_core.design import Hardware, Workload
from cmn_core.paper.assumptions import Case
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import Found, best_hardware
from cmn_core.search.scoring.missing_hardware import eased

_GAIN = 1e-6  # of the energy: a smaller gain is a sum in another order
_FULL = (30, 50)  # particles and iterations
_LEAST = (2, 1)
Technologies = Mapping[str, Technology]


@dataclass(frozen=True)
class CellCost:
    """Cost of a case on its hardware. array_mb: with padding and copies."""

    energy_uj: float
    latency_us: float
    area_mm2: float
    array_mb: float
    hardware: Hardware


def price_case(case: Case, technologies: Technologies, scope: Scope) -> CellCost:
    """Energy, latency and area of a case with one technology for all blocks."""
    return _price_case(case, technologies[case.memory], scope)


@lru_cache(maxsize=1024)
def _price_case(case: Case, technology: Technology, scope: Scope) -> CellCost:
    if case.hardware != "default":
        hardware = find_hardware(case, technology, scope)
    else:
        copies = freed_copies(case, technology, scope)
        hardware = Hardware(
            (case.memory,) * 4,
            {case.memory: dict(technology.default)},
            copies,
        )
    return price_on(case, hardware, technology, scope)


def price_on(case: Case, hardware: Hardware, technology: Technology, scope: Scope) -> CellCost:
    """The case on given hardware."""
    knobs, copies = hardware.macros[case.memory], hardware.replicas or (1,) * 4
    costs = _blocks(case, technology, scope, case.workload, knobs, copies)
    chip = combine({case.memory: costs}, [case.memory == "rram"] * 4)
    return CellCost(
        float(chip.energy_uj),
        float(chip.latency_us),
        float(chip.area_mm2),
        float(chip.array_mb),
        hardware,
    )


def find_hardware(case: Case, technology: Technology, scope: Scope) -> Hardware:
    """Best hardware for the case's objective within its limit on arrays.

    Where the limits cannot be met they give way to what the nearest point needs, as `evaluate`
    does it. Copies that gain nothing are not built.
    """
    experts = np.array([case.architecture.experts])
    hidden = np.array([case.architecture.hidden])
    # With a single macro only copies are searched, which the inner search sets exactly.
    particles, iterations = _FULL if any(len(v) > 1 for v in technology.levels.values()) else _LEAST

    def search(limits: Limits) -> Found:
        return best_hardware(
            case.space,
            case.workload,
            experts,
            hidden,
            memory=case.memory,
            objective=case.hardware,
            limits=limits,
            technologies={case.memory: technology},
            scope=scope,
            particles=particles,
            iterations=iterations,
        )

    asked = Limits(max_array_mb=case.max_array_mb)
    result = search(asked)
    if not result.feasible[0]:
        result = search(eased(asked, result))
    hardware = result.hardware(0)
    single = replace(hardware, replicas=(1, 1, 1, 1))
    if case.hardware != "energy":
        return hardware
    least = price_on(case, hardware, technology, scope).energy_uj
    plain = price_on(case, single, technology, scope).energy_uj
    return single if plain <= least * (1.0 + _GAIN) else hardware


def freed_copies(case: Case, technology: Technology, scope: Scope) -> tuple[int, int, int, int]:
    """Copies of each block that the arrays of `fitted_bits` hold at the workload's precision.

    Whole arrays: post-training quantisation does not change the chip.
    """
    bits = case.workload.weight_bits
    if bits >= case.fitted_bits:
        return (1, 1, 1, 1)
    wide = _arrays(case, technology, scope, replace(case.workload, weight_bits=case.fitted_bits))
    narrow = _arrays(case, technology, scope, case.workload)
    a, b, c, d = (max(1, int(n)) for n in np.floor(wide / narrow))
    return (a, b, c, d)


def _arrays(case: Case, technology: Technology, scope: Scope, workload: Workload) -> Floats:
    """[4] arrays of one copy of each block with its share of other."""
    knobs = technology.default
    costs = _blocks(case, technology, scope, workload, knobs, (1,) * 4)
    capacity = np.asarray(costs.array_mb + costs.other_array_mb)
    return np.rint(capacity / float(build_macro(technology, workload, knobs).mb))


def _blocks(
    case: Case,
    technology: Technology,
    scope: Scope,
    workload: Workload,
    knobs: Mapping[str, float],
    copies: tuple[int, ...],
) -> BlockCosts:
    return price(
        case.space,
        workload,
        technology,
        experts=case.architecture.experts,
        hidden=case.architecture.hidden,
        knobs=knobs,
        replicas=copies,
        scope=scope,
    )
