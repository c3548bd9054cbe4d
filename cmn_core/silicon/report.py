"""The fitted factors and the cross-validation as text, and as files of the project."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from cmn_core.cim.technologies.technology import FOLDER
from cmn_core.silicon.agreement import predicted
from cmn_core.silicon.calibration import fit_class
from cmn_core.silicon.chips import DEVICES, PublishedChip, read_chips
from cmn_core.silicon.structure import TECHNOLOGY
from cmn_core.silicon.validation import HeldOutError, scores

CHIPS = FOLDER.parent / "silicon" / "chips.csv"
VALIDATION = FOLDER.parent / "silicon" / "validation.json"
COMMAND = "python -m cmn_core.silicon --write"
SPREADS = {
    "energy": "energy_spread",
    "delay": "delay_spread",
    "area": "area_spread",
    "stated speed": "parallel_spread",
}
# Rows of equal quality decide a fit to this many digits; the files keep as many.
DIGITS = 9


@cache
def published() -> tuple[PublishedChip, ...]:
    """The chips that the factors are fitted on."""
    return tuple(read_chips(CHIPS))


@cache
def held_out() -> tuple[HeldOutError, ...]:
    """Leave-one-chip-out scores of every class and quantity."""
    return tuple(scores(published()))


def fitted(device: str) -> dict[str, float]:
    """Factors and spreads of a class, as its technology file has them."""
    out = fit_class(published(), device)
    for score in held_out():
        if score.device == device and score.quantity in SPREADS:
            out[SPREADS[score.quantity]] = score.spread
    return {name: float(f"{value:.{DIGITS}g}") for name, value in out.items()}


def report() -> str:
    """The factors, then one line per class and quantity."""
    lines = []
    for device in DEVICES:
        values = ", ".join(f"{k} {v:.4g}" for k, v in fitted(device).items())
        lines.append(f"{device}: {values}")
    lines += ["", f"{'class':14s}{'quantity':14s}chips  median factor  within 2x  90 % within"]
    for s in held_out():
        lines.append(
            f"{s.device:14s}{s.quantity:14s}{s.chips:5d}  {s.median_factor:13.2f}"
            f"  {100 * s.within_2x:7.0f} %  {s.factor_90:10.1f}x"
        )
    return "\n".join(lines)


def as_json() -> dict[str, Any]:
    table = [
        {
            "device": s.device,
            "quantity": s.quantity,
            "chips": s.chips,
            "median_factor": round(s.median_factor, 6),
            "within_2x": round(s.within_2x, 6),
            "modelled_over_measured": {
                name: [float(f"{v:.6g}") for v in ratios] for name, ratios in s.rows.items()
            },
            "predicted": {
                name: [float(f"{v:.6g}") for v in figures]
                for name, figures in predicted(s, published()).items()
            },
        }
        for s in held_out()
    ]
    return {"command": COMMAND, "chips": CHIPS.name, "held_out": table}


def write() -> None:
    """Put the factors into the technology files and the scores beside the chips."""
    for device in DEVICES:
        path = FOLDER / f"{TECHNOLOGY[device]}.toml"
        path.write_text(_with(path.read_text(encoding="utf-8"), fitted(device)), encoding="utf-8")
    VALIDATION.write_text(json.dumps(as_json(), indent=1) + "\n", encoding="utf-8")


def _with(text: str, values: dict[str, float]) -> str:
    """The file's text with those constants, replaced where they stand or added at the end."""
    for name, value in values.items():
        unit = "sd of ln" if name.endswith("_spread") else "1"
        unit = "1 per year" if name == "energy_per_year" else unit
        what = "held-out residuals" if name.endswith("_spread") else "fitted on chips"
        source = f"{what} (docs/silicon.md): {COMMAND}"
        line = f'{name} = {{ value = {value!r}, unit = "{unit}", source = "{source}" }}\n'
        old = re.compile(rf"^{name} = .*\n", re.MULTILINE)
        text = old.sub(line, text) if old.search(text) else text + line
    return text
