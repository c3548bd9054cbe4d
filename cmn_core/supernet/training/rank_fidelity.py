"""Does the supernet rank designs as training each alone does? Trials, and what they say.

Designs are drawn from bands of cost, not of accuracy, so that the answer is not flattered by the
choice. Every trial trains one design from fresh weights; two seeds of each tell how far seeds alone
move a rank. With a trunk, what all designs share starts from a supernet's weights, and what tells
them apart, experts and routers, from fresh ones: a short training then says more. With an encoder,
which photographs trained and no labels of the data set, all but the decoder starts from its slice.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import kendalltau

from cmn_core.architecture import BLOCKS, MAX_EXPERTS, MIN_HIDDEN, Architecture, SearchSpace
from cmn_core.arrays import Floats
from cmn_core.datasets.npz import SegmentationSet
from cmn_core.errors import FieldError
from cmn_core.supernet.measure import table_writer

if TYPE_CHECKING:
    from cmn_core.supernet.network.model import Segmenter

BANDS = 3
RESAMPLES = 2000
TOPS = (1, 3)


@dataclass(frozen=True)
class Trial:
    """One design trained alone from one seed; mIoU in percent on val."""

    band: int
    genes: tuple[int, ...]  # experts, then hidden sizes
    seed: int
    parameters: float
    macs: float
    inherited: float
    alone: float
    seconds: float


def candidates(space: SearchSpace, count: int, seed: int) -> list[Architecture]:
    """Random designs: experts uniform, hidden sizes uniform in the root, as in the tables."""
    rng = np.random.default_rng([seed, count])
    experts = rng.integers(1, MAX_EXPERTS + 1, (count, BLOCKS))
    low, top = np.sqrt(MIN_HIDDEN), np.sqrt(np.array(space.max_hidden))
    hidden = np.rint((low + (top - low) * rng.random((count, BLOCKS))) ** 2).astype(np.int64)
    rows = np.concatenate([experts, hidden], axis=1)
    return list(dict.fromkeys(map(Architecture.from_row, rows)))


def banded(cost: Floats, count: int) -> list[tuple[int, int]]:
    """(band, index) of `count` designs, an equal number from each third of the range of cost.

    Within a band the designs lie evenly over its ranks. cost: [N]
    """
    edges = np.linspace(cost.min(), cost.max(), BANDS + 1)
    bands = np.clip(np.searchsorted(edges, cost, side="right") - 1, 0, BANDS - 1)
    chosen = []
    for band in range(BANDS):
        inside = np.flatnonzero(bands == band)
        inside = inside[np.argsort(cost[inside], kind="stable")]
        share = count // BANDS + (band < count % BANDS)
        at = np.rint(np.linspace(0, len(inside) - 1, min(share, len(inside)))).astype(int)
        chosen += [(band, int(i)) for i in inside[at]]
    return chosen


def trained(
    trials: Sequence[Trial], table: Path, *, work: TrialTraining, processes: int = 1
) -> Iterator[Trial]:
    """Train what the table does not hold yet, appending a row for each; yields finished trials,
    the stored ones first. `alone` and `seconds` of the trials asked for are filled in."""
    done = {(t.genes, t.seed): t for t in read_trials(table)}
    yield from (done[t.genes, t.seed] for t in trials if (t.genes, t.seed) in done)
    missing = [t for t in trials if (t.genes, t.seed) not in done]
    names = [f.name for f in fields(Trial)]
    table.parent.mkdir(parents=True, exist_ok=True)
    # All stored rows anew: no line cut off by an interruption stays.
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerow(names)
        csv.DictWriter(file, names, lineterminator="\n").writerows(map(_row, done.values()))
    yield from table_writer.append(
        table, missing, work, lambda trial: list(_row(trial).values()), processes=processes
    )


def keep_plan(folder: Path, plan: dict[str, Any]) -> None:
    """Write down how the folder's trials are trained; FieldError where others lie there."""
    path, text = folder / "plan.json", json.dumps(plan, indent=1) + "\n"
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise FieldError(
            "out", "the folder holds trials of other settings", "use a new folder or the same ones"
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _row(trial: Trial) -> dict[str, Any]:
    return {**asdict(trial), "genes": " ".join(map(str, trial.genes))}


def read_trials(table: Path) -> list[Trial]:
    """Finished trials of a table; a line cut off by an interruption is left out."""
    if not table.exists():
        return []
    with table.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("seconds") not in (None, "")]
    return [
        Trial(
            int(r["band"]),
            tuple(int(g) for g in r["genes"].split()),
            int(r["seed"]),
            *(float(r[n]) for n in ("parameters", "macs", "inherited", "alone", "seconds")),
        )
        for r in rows
    ]


@dataclass(frozen=True)
class TrialTraining:
    """Trains one trial in a process of its own; `folder` keeps unfinished states.

    trunk: whose patches, attention, norms and decoder a trial starts with; None: fresh ones
    encoder: whose slice a trial starts with, but for the decoder; None: fresh weights
    """

    space: SearchSpace
    train: SegmentationSet
    val: SegmentationSet
    folder: Path
    epochs: int
    batch: int = 16
    rate: float = 1e-3
    trunk: Segmenter | None = None
    encoder: Segmenter | None = None

    def __call__(self, trial: Trial) -> Trial:
        import torch

        from cmn_core.supernet.measure.miou import measure
        from cmn_core.supernet.network.model import Segmenter
        from cmn_core.supernet.training.distillation import DistillationRecipe, Distiller
        from cmn_core.supernet.training.precision import bf16_for

        torch.set_num_threads(1)
        shape = Architecture.from_row(trial.genes)
        fresh = torch.Generator().manual_seed(trial.seed)
        network = Segmenter(self.space, len(self.train.info.classes), shape, 0.1).reset(fresh)
        if self.trunk is not None:
            network.load_trunk(self.trunk)
        if self.encoder is not None:
            network.load_encoder(self.encoder.subnet(shape))
        folder = self.folder / "-".join(map(str, (*trial.genes, trial.seed)))
        lesson = DistillationRecipe(
            epochs=self.epochs,
            batch=self.batch,
            rate=self.rate,
            share=0.0,
            bf16=bf16_for(folder),
            seed=trial.seed,
        )
        alone = Distiller(lesson, network, None, self.train, folder)
        for _ in alone.epochs():
            pass
        score = measure(alone.average, self.val)
        return Trial(**{**asdict(trial), "alone": score.miou, "seconds": round(alone.seconds, 1)})


def agreement(trials: Sequence[Trial]) -> dict[str, Any]:
    """Kendall tau-b of inherited with stand-alone mIoU (mean of the seeds), with what bounds it.

    interval: 95 %, by resampling designs; between_seeds: tau of one seed's ranks with another's;
    within_bands: mean of the taus inside the bands, where size alone ranks little; regret: the
    best stand-alone mIoU less that of the best of the k designs ranked first, in points.
    """
    designs = list(dict.fromkeys(t.genes for t in trials))
    seeds = sorted({t.seed for t in trials})
    by = {(t.genes, t.seed): t for t in trials}
    whole = [g for g in designs if all((g, s) in by for s in seeds)]
    first = [by[g, seeds[0]] for g in whole]
    alone = np.array([[by[g, s].alone for s in seeds] for g in whole])
    mean, inherited = alone.mean(axis=1), np.array([t.inherited for t in first])
    bands = np.array([t.band for t in first])
    rng = np.random.default_rng(0)
    drawn = [rng.integers(len(mean), size=len(mean)) for _ in range(RESAMPLES)]
    taus = [_tau(inherited[i], mean[i]) for i in drawn]
    inside = [_tau(inherited[bands == b], mean[bands == b]) for b in np.unique(bands)]
    order = np.argsort(-inherited, kind="stable")
    noise = float(alone.std(axis=1, ddof=1).mean()) if len(seeds) > 1 else None
    return {
        "designs": len(whole),
        "seeds": len(seeds),
        "tau": _tau(inherited, mean),
        "interval": [float(v) for v in np.nanquantile(taus, (0.025, 0.975))],
        "tau_by_parameters": _tau(np.array([t.parameters for t in first]), mean),
        "tau_by_macs": _tau(np.array([t.macs for t in first]), mean),
        "between_seeds": _tau(alone[:, 0], alone[:, 1]) if len(seeds) > 1 else None,
        "within_bands": float(np.nanmean(inside)),
        "seed_sd": noise,
        "spread_sd_alone": float(mean.std()),
        "spread_sd_inherited": float(inherited.std()),
        "regret": {str(k): float(mean.max() - mean[order[:k]].max()) for k in TOPS},
    }


def _tau(a: Floats, b: Floats) -> float:
    return float(kendalltau(a, b).statistic)
