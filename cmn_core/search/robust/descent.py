"""Hardware for a judgement other than the simulator's plain figures: descent from good points.

What a robust search minimises is no sum over blocks, so the exact choice of replicas (allocate)
does not carry over. The descent begins at the plain search's answer and at points that are good
for a few architectures under the same judgement, and takes, one variable after the other, the best
level with the replicas moved up and down together, until nothing gets better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cmn_core.architecture import BLOCKS
from cmn_core.arrays import Bools, Floats, Ints
from cmn_core.cim.costs import ChipCost
from cmn_core.quantities import COSTS
from cmn_core.quantities import OBJECTIVES as CHOICES
from cmn_core.search.constraints import Limits
from cmn_core.search.hardware import Found, HardwareProblem, found_hardware
from cmn_core.search.inner.grid import Grid
from cmn_core.search.inner.local_search import polish
from cmn_core.search.inner.neighbourhood import first
from cmn_core.search.inner.problem import problem_of
from cmn_core.search.objective import OBJECTIVES, Merit, excess, violations
from cmn_core.search.robust.judgement import Judgement
from cmn_core.search.robust.moves import moves, together
from cmn_core.search.scenario import Scenario

_ROUNDS = 12
_ROWS = 16  # architectures whose moves are priced at once
_NOTHING_LEFT = 100.0  # points: what noise costs where it goes beyond what was measured
_TIE = 1e-9  # points of mIoU per uJ x us, where mIoU itself is the objective


@dataclass(frozen=True)
class Judged:
    """The question of a robust inner search, without the architectures; hashable.

    problem: of the plain searches that it starts from; accurate: whether hardware is chosen by
    mIoU first.
    """

    problem: HardwareProblem
    judgement: Judgement
    accurate: bool

    @property
    def grid(self) -> Grid:
        return self.problem.grid

    @property
    def limits(self) -> Limits:
        return self.problem.limits

    def score(self, chip: ChipCost, index: Ints, miou: Floats) -> Merit:
        """[A, M] what the descent minimises; chip as judged; miou [A, 3] for exact arrays."""
        rram = self.grid.memory_is_rram(index)
        found = self.judgement.miou(miou[:, None], rram, chip.sigma_rel)
        value = OBJECTIVES[self.problem.objective](chip.energy_uj, chip.latency_us, chip.area_mm2)
        if self.accurate:
            value = 100.0 - found + _TIE * value
        floor = self.limits.min_miou
        short = (floor - found) / floor if floor else 0.0
        broken, noisy = violations(chip, self.limits), self._noise_excess(rram)
        return Merit.of(value, excess(broken, rest=noisy, short=short))

    def verdict(
        self, experts: Ints, hidden: Ints, index: Ints, miou: Floats
    ) -> tuple[dict[str, Floats], Floats]:
        """What points [A, D] are judged at, by name, [A] each, and the excess over each limit of
        score.BOUNDED and over max_noise_loss, [A, 6]."""
        chip = first(self.judgement.chips(self.grid, experts, hidden, index[:, None]))
        rram = self.grid.memory_is_rram(index)
        figures = {name: np.asarray(getattr(chip, name)) for name in COSTS}
        figures["miou"] = self.judgement.miou(miou, rram, chip.sigma_rel)
        if max(self.judgement.noise) > 0.0:
            figures["noise_loss"] = np.minimum(self.judgement.noise_loss(rram), _NOTHING_LEFT)
        noisy = self._noise_excess(rram)[:, None]
        return figures, np.concatenate([violations(chip, self.limits), noisy], axis=1)

    def _noise_excess(self, rram: Bools) -> Floats:
        """[...] relative excess over the limit on what noise costs; -1 without one."""
        allowed = self.limits.max_noise_loss
        if allowed is None:
            return np.full(rram.shape[:-1], -1.0)
        loss = np.minimum(self.judgement.noise_loss(rram), _NOTHING_LEFT)
        return np.asarray(loss / allowed - 1.0)


def judged_problem(scenario: Scenario, limits: Limits, judgement: Judgement) -> Judged:
    """What a robust search asks of hardware."""
    accurate = scenario.goal == "performance" and judgement.by_hardware
    return Judged(problem_of(scenario, limits), judgement, accurate)


def best_judged(judged: Judged, experts: Ints, hidden: Ints, miou: Floats) -> tuple[Ints, Ints]:
    """Points [A, D] and the evaluations [A] they took; experts, hidden [A, 4], miou [A, 3]."""
    objective = judged.problem.objective
    plain, spent = _plain(judged, objective, experts, hidden)
    if len(judged.grid.technologies) > 1:
        mixed = _best(judged, judged.problem, objective, experts, hidden)
        plain = np.concatenate([mixed.index[:, None], plain], axis=1)
        spent = spent + mixed.evaluations
    elites = np.array(_elites(judged))
    parts = []
    for at in range(0, len(experts), _ROWS):
        rows = slice(at, at + _ROWS)
        known = np.repeat(elites[None], len(plain[rows]), axis=0)
        starts = np.concatenate([plain[rows], known], axis=1)
        parts.append(_descended(judged, experts[rows], hidden[rows], miou[rows], starts))
    index = np.concatenate([p[0] for p in parts])
    return index, spent + np.concatenate([p[1] for p in parts])


def _plain(judged: Judged, objective: str, experts: Ints, hidden: Ints) -> tuple[Ints, Ints]:
    """Points [A, K, D] that are good by the simulator's figures, and the evaluations [A].

    The best of the one technology, or of a hybrid every mixture of both technologies' best.
    """
    grid = judged.grid
    parts = [judged.problem.part(t.name) for t in grid.technologies]
    found = [_best(judged, part, objective, experts, hidden) for part in parts]
    index = np.zeros((len(experts), 2**BLOCKS, len(grid.levels)), dtype=np.int64)
    mixtures = np.indices((len(found),) * BLOCKS).reshape(BLOCKS, -1)  # [4, K]
    index = index[:, : mixtures.shape[1]]
    for k, (technology, part) in enumerate(zip(grid.technologies, found, strict=True)):
        at = grid.knob_slice(technology)
        width = at.stop - at.start
        index[:, :, at] = part.index[:, None, :width]
        for b in range(BLOCKS):
            here = mixtures[b] == k
            index[:, here, grid.replica_slice.start + b] = part.index[:, None, width + b]
            memory = grid.levels[grid.memory_slice.start + b]
            index[:, here, grid.memory_slice.start + b] = memory.index(
                float(technology.name == "rram")
            )
    spent = found[0].evaluations
    for part in found[1:]:
        spent = spent + part.evaluations
    return index, spent


def _best(
    judged: Judged, problem: HardwareProblem, objective: str, experts: Ints, hidden: Ints
) -> Found:
    """The best chips of that memory, all mixtures tried, by the simulator's figures."""
    limits = judged.limits
    if judged.judgement.at != "nominal":  # those on costs are on another scale
        limits = Limits(max_array_mb=limits.max_array_mb, max_sigma_rel=limits.max_sigma_rel)
    asked = replace(problem, objective=objective, limits=limits, proof=True)
    return found_hardware(asked, experts, hidden)


@lru_cache(maxsize=16)
def _elites(judged: Judged) -> tuple[tuple[int, ...], ...]:
    """Points [K, D] that are good for the ends and the middle of the space under the judgement.

    A function of the scenario alone, so whoever works them out finds the same. Their mIoU is
    taken to be enough.
    """
    space = judged.grid.space
    middle = np.rint(np.sqrt(space.lower * space.upper)).astype(np.int64)
    anchors = np.stack([space.lower, middle, space.upper])
    experts, hidden = anchors[:, :BLOCKS], anchors[:, BLOCKS:]
    enough = np.full((len(anchors), 3), 100.0)
    found = {tuple(judged.grid.start().tolist())}
    for objective in CHOICES:
        starts, _ = _plain(judged, objective, experts, hidden)
        index, _ = _descended(judged, experts, hidden, enough, starts)
        found |= {tuple(point) for point in index.tolist()}
    return tuple(sorted(found))


def _descended(
    judged: Judged, experts: Ints, hidden: Ints, miou: Floats, starts: Ints
) -> tuple[Ints, Ints]:
    """Best points [A, D] reached from the best of starts [A, K, D], and evaluations [A]."""
    grid = judged.grid

    def evaluate(rows: Ints, index: Ints) -> Merit:
        good = grid.buildable(index)
        safe = np.where(good[..., None], index, grid.start())
        chip = judged.judgement.chips(grid, experts[rows], hidden[rows], safe)
        value = judged.score(chip, safe, miou[rows])
        return value.where(good, Merit.nowhere())

    everybody = np.arange(len(starts))
    around = together(grid, starts)
    merits = evaluate(everybody, around)
    pick = merits.argbest()
    begin = around[everybody, pick], merits[everybody, pick]
    index, _, spent = polish(*begin, evaluate, *moves(grid), rounds=_ROUNDS)
    return index, spent + around.shape[1]
