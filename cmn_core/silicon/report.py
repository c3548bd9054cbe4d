"""What the chips say as text, and as files of the project: corrections, spreads, draws, scores."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from cmn_core.assets import ASSETS
from cmn_core.cim.technologies.draws import DRAWS, DRAWS_FILE
from cmn_core.cim.technologies.measured import SCATTER
from cmn_core.cim.technologies.technology import FOLDER
from cmn_core.silicon.agreement import predicted
from cmn_core.silicon.calibration import QUANTITIES, corrections, fit_class
from cmn_core.silicon.chips import DEVICES, PublishedChip, read_chips
from cmn_core.silicon.corrections import CORRECTIONS, EXPONENTS
from cmn_core.silicon.posterior import FREEDOM, Posterior
from cmn_core.silicon.structure import TECHNOLOGY
from cmn_core.silicon.validation import LEVELS, HeldOutError, lean_between, newest, scores

CHIPS = FOLDER.parent / "silicon" / "chips.csv"
VALIDATION = FOLDER.parent / "silicon" / "validation.json"
COMMAND = "python -m cmn_core.silicon --write"
SPREADS = {
    "energy": "energy_spread",
    "delay": "delay_spread",
    "area": "area_spread",
    "stated speed": "parallel_spread",
}
# Fits agree to this many digits on any machine; the files keep as many.
DIGITS = 5
SEED = 20260101


@cache
def published() -> tuple[PublishedChip, ...]:
    """The chips that the constants are corrected on."""
    return tuple(read_chips(CHIPS))


@cache
def held_out() -> tuple[HeldOutError, ...]:
    """Leave-one-chip-out scores of every class and quantity."""
    return tuple(scores(published()))


@cache
def posteriors(device: str) -> dict[str, Posterior]:
    """What a class has learnt from all of its chips, by quantity."""
    return fit_class(published(), device)


def fitted(device: str) -> dict[str, float]:
    """Corrections and spreads of a class, as its technology file has them."""
    out: dict[str, float] = {}
    for posterior in posteriors(device).values():
        out.update(corrections(posterior))
    for score in held_out():
        if score.device == device and score.quantity in SPREADS:
            out[SPREADS[score.quantity]] = score.spread
    return {name: float(f"{value:.{DIGITS}g}") for name, value in sorted(out.items())}


def draws(device: str) -> dict[str, Any]:
    """Draws of what the calibration leaves open about a class, by quantity.

    Per draw ln of every correction over its value, with the parts that it scales, and of the
    scatter of chips around the class. Half of the draws mirror the other half; the scatter takes
    every quantile once.
    """
    from scipy.stats import t as student  # a second of start-up that no page needs

    out: dict[str, Any] = {}
    for k, quantity in enumerate(QUANTITIES):
        found = posteriors(device)[quantity]
        rng = np.random.default_rng([SEED, DEVICES.index(device), k])
        values, vectors = np.linalg.eigh(found.covariance)
        half = rng.standard_normal((DRAWS // 2, len(values)))
        # Signs of eigenvectors are free; this one does not depend on the machine.
        vectors = vectors * np.where(vectors.sum(axis=0) < 0.0, -1.0, 1.0)
        moved = (half * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
        moved = np.concatenate((moved, -moved))
        level = (np.arange(DRAWS) + 0.5) / DRAWS
        scatter = found.scatter * rng.permutation(student.ppf(level, FREEDOM))
        parts = {c.name: c.parts for c in CORRECTIONS[TECHNOLOGY[device]][quantity]}
        table = {n: (parts.get(n, ()), moved[:, i]) for i, n in enumerate(found.names) if n}
        table[SCATTER] = ((), scatter)
        out[quantity] = {
            n: {"parts": list(p), "ln": [round(float(v), 3) for v in ln]}
            for n, (p, ln) in table.items()
        }
    return out


def report() -> str:
    """The corrections, then one line per class and quantity, then what could fail."""
    lines = []
    for device in DEVICES:
        values = ", ".join(f"{k} {v:.4g}" for k, v in fitted(device).items())
        lines.append(f"{device}: {values}")
    head = f"{'class':14s}{'quantity':23s}chips  median  within 2x  one line  90 % within"
    lines += ["", f"{head}  50 % covers  90 % covers"]
    for s in held_out():
        line = s.baseline
        beside = f"{line[0]:6.2f}" if line else "     -"
        half, most = (
            f"{c:8.0%}" if (c := s.coverage(q)) is not None else "       -" for q in LEVELS
        )
        lines.append(
            f"{s.device:14s}{s.quantity:23s}{s.chips:5d}  {s.median_factor:6.2f}"
            f"  {s.within_2x:9.0%}  {beside:>8s}  {s.factor_90:10.1f}x     {half}     {most}"
        )
    lines += ["", "Energy modelled over measured, median of the held-out chips (90 % interval):"]
    recent = newest(published())
    for s in held_out():
        if s.quantity == "energy":
            middle, low, high = s.lean
            new = s.among(sorted(recent))
            text = f"; {new.chips} chips of 2024 on off by {new.median_factor:.2f}" if new else ""
            lines.append(f"{s.device:14s}{middle:.2f} ({low:.2f} to {high:.2f}){text}")
    between = lean_between(held_out(), "SRAM-digital", "RRAM")
    lines.append(f"digital SRAM over RRAM: {between:.2f}")
    return "\n".join(lines)


def as_json() -> dict[str, Any]:
    recent = newest(published())
    table = []
    for s in held_out():
        line, new = s.baseline, s.among(sorted(recent))
        middle, low, high = s.lean
        table.append(
            {
                "device": s.device,
                "quantity": s.quantity,
                "chips": s.chips,
                "median_factor": round(s.median_factor, 4),
                "within_2x": round(s.within_2x, 4),
                "one_line_median_factor": round(line[0], 4) if line else None,
                "one_line_within_2x": round(line[1], 4) if line else None,
                "covers_50": _rounded(s.coverage(0.5)),
                "covers_90": _rounded(s.coverage(0.9)),
                "lean": {"median": round(middle, 4), "low": round(low, 4), "high": round(high, 4)},
                "newest_chips": new.chips if new else 0,
                "newest_median_factor": round(new.median_factor, 4) if new else None,
                "modelled_over_measured": {
                    name: [float(f"{v:.4g}") for v in ratios] for name, ratios in s.rows.items()
                },
                "predicted": {
                    name: [float(f"{v:.4g}") for v in figures]
                    for name, figures in predicted(s, published()).items()
                },
            }
        )
    between = lean_between(held_out(), "SRAM-digital", "RRAM")
    return {
        "command": COMMAND,
        "chips": CHIPS.name,
        "energy_lean_sram_digital_over_rram": round(between, 4),
        "held_out": table,
    }


def _percent(share: float | None) -> str:
    return "       -" if share is None else f"{share:8.0%}"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def write(assets: Path = ASSETS) -> None:
    """Put corrections and draws beside the technologies, and the scores beside the chips.

    assets: a folder with technologies/ and silicon/ to write to; read are those that ship
    """
    for device in DEVICES:
        path = FOLDER / f"{TECHNOLOGY[device]}.toml"
        text = _with(path.read_text(encoding="utf-8"), fitted(device))
        (assets / path.relative_to(ASSETS)).write_text(text, encoding="utf-8")
    table = json.dumps(
        {TECHNOLOGY[device]: draws(device) for device in DEVICES}, separators=(",", ":")
    )
    (assets / DRAWS_FILE.relative_to(ASSETS)).write_text(table + "\n", encoding="utf-8")
    scored = json.dumps(as_json(), indent=1)
    (assets / VALIDATION.relative_to(ASSETS)).write_text(scored + "\n", encoding="utf-8")


def _with(text: str, values: dict[str, float]) -> str:
    """The file's text with those constants, replaced where they stand or added at the end."""
    exponents = [p.name for p in EXPONENTS.values()]
    for name, value in values.items():
        unit = "sd of ln" if name.endswith("_spread") else "1"
        what = "held-out residuals" if name.endswith("_spread") else "posterior on chips"
        what = "posterior on chips, of the side of a 6T cell" if name in exponents else what
        source = f"{what} (docs/silicon.md): {COMMAND}"
        line = f'{name} = {{ value = {value!r}, unit = "{unit}", source = "{source}" }}\n'
        old = re.compile(rf"^{name} = .*\n", re.MULTILINE)
        text = old.sub(line, text) if old.search(text) else text + line
    return text
