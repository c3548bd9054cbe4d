"""The feasible non-dominated designs found so far, and what their front is worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pymoo.indicators.hv import HV
from pymoo.operators.survival.rank_and_crowding.metrics import get_crowding_function
from pymoo.util.nds.non_dominated_sorting import NonDominatedSorting

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Floats, Ints
from cmn_core.search.scoring.candidate import Candidate
from cmn_core.search.scoring.codesign_problem import Reference

FRONT_SHOWN = 60  # designs of the front that a generation carries in full


def merged(front: Sequence[Candidate], fresh: Sequence[Candidate]) -> list[Candidate]:
    """Non-dominated feasible candidates of both, in order of their finding."""
    pool = [*front, *(c for c in fresh if c.feasible)]
    if not pool:
        return []
    kept = NonDominatedSorting().do(_objectives(pool), only_non_dominated_front=True)
    return [pool[i] for i in np.sort(kept)]


def hypervolume(front: Sequence[Candidate], largest: Reference) -> float:
    """Share of the box between the ideal (100 mIoU, no cost) and the reference that is dominated.

    The reference is 0 mIoU and the largest subnet's energy and latency on default hardware; 0..1.
    """
    if not front:
        return 0.0
    scale = np.array([100.0, largest.energy_uj, largest.latency_us])
    share = _objectives(front) / scale
    inside = share[(share < 1.0).all(axis=1)]
    return float(HV(ref_point=np.ones(3))(inside)) if len(inside) else 0.0


def models(front: Sequence[Candidate]) -> Ints:
    """[2 M, 8] architectures of a front of M to breed others from: each as often as it has chips
    there, and those next above M mIoUs that lie evenly between the lowest and the highest."""
    if not front:
        return np.empty((0, 2 * BLOCKS), dtype=np.int64)
    genes = np.array([c.genes for c in front], dtype=np.int64)
    loss = _objectives(front)[:, 0]
    order = np.lexsort((*genes.T[::-1], loss))
    levels = np.linspace(loss.min(), loss.max(), len(front))
    spaced = order[np.searchsorted(loss[order], levels, side="right") - 1]
    return np.concatenate([genes, genes[spaced]])


def shown(front: Sequence[Candidate], best: Candidate | None) -> list[Candidate]:
    """At most FRONT_SHOWN of them, the least crowded and the best, by rising latency.

    Of chips that cost one architecture exactly the same, one: in a hybrid search they differ in
    the macro of the memory that no block uses. As parents each of them counts.
    """
    different = {(c.genes, c.objectives): c for c in reversed(front)}  # the first found stays
    own = None if best is None else (best.genes, best.objectives)
    if best is not None and own in different:
        different[own] = best
    picked = [different[key] for key in dict.fromkeys((c.genes, c.objectives) for c in front)]
    if len(picked) > FRONT_SHOWN:
        crowding = get_crowding_function("cd").do(_objectives(picked), n_remove=0)
        order = np.argsort(-crowding, kind="stable")[:FRONT_SHOWN]
        picked = [picked[i] for i in order]
        if best is not None and all((c.genes, c.objectives) != own for c in picked):
            picked[-1] = best
    return sorted(picked, key=lambda c: (c.objectives[2], c.genes))


def _objectives(candidates: Sequence[Candidate]) -> Floats:
    return np.array([c.objectives for c in candidates], dtype=np.float64)
