"""What one step of each knob does, as a line below that knob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmn_core.quantities import ARRAYS, COSTS, MIOU, QUANTITIES
from cmn_core.whatif.bounds import LEAST
from cmn_core.whatif.report import CERTAIN, change_text
from cmn_core.whatif.sensitivity import Step

POINTS = 0.005  # of mIoU, below which a step changes nothing worth a number


def effect_lines(steps: Sequence[Step], quantity: str) -> Mapping[str, str]:
    """By a variable's name, such as "experts.2" or "rram.adc_bits": what a step down and a step up
    would do to the quantity and to the mIoU. quantity: energy_uj | latency_us | area_mm2."""
    found: dict[str, list[str]] = {}
    for step in sorted(steps, key=lambda s: s.towards):
        found.setdefault(step.name, []).append(f"{_then(step)}: {_effect(step, quantity)}")
    noun = QUANTITIES[quantity].label
    return {name: f"{noun} {'; '.join(texts)}" for name, texts in found.items()}


def step_title(step: Step) -> str:
    """Such as "Block 1: 3 experts" or "ADC resolution, RRAM: 5 bit"."""
    if step.block is None:
        return f"{step.label}: {step.after}"
    what, _, _ = step.name.partition(".")
    if what == "memory":
        return f"Block {step.block + 1} on {step.after}"
    noun = {"experts": "expert", "replicas": "copy"}.get(what)
    if noun is None:
        return f"Block {step.block + 1}: hidden size {step.after}"
    many = "copies" if noun == "copy" else f"{noun}s"
    return f"Block {step.block + 1}: {step.after} {noun if step.value == 1 else many}"


def all_effects(step: Step, quantity: str, *, sigma: float) -> str:
    """All figures that a step moves: first what it saves of the quantity and how probable that is,
    then the other costs, capacity, mIoU and output error. sigma: the error before."""
    saved = change_text(quantity, step.change[quantity] or 0.0, likely=None)
    chance = step.likely.get(quantity, 1.0)
    likely = "over 99 %" if chance >= CERTAIN else f"{100.0 * chance:.0f} %"
    texts = [f"{QUANTITIES[quantity].label} {saved}, {likely} likely"]
    for name in (*COSTS, ARRAYS.name):
        moved = step.change.get(name)
        if name == quantity or moved is None or abs(moved) < LEAST:
            continue
        text = change_text(name, moved, likely=step.likely.get(name))
        texts.append(f"{QUANTITIES[name].word} {text}")
    points = step.change[MIOU.name]
    if points is None:
        texts.append(f"{MIOU.label} unknown")
    elif abs(points) >= POINTS:
        texts.append(f"{MIOU.label} {change_text(MIOU.name, points, likely=None)}")
    after = (step.metrics or {}).get("sigma_rel")
    if after is not None and abs(after - sigma) >= LEAST:
        texts.append(f"output error {100.0 * sigma:.1f} to {100.0 * after:.1f} %")
    return "; ".join(texts) + "."


def _then(step: Step) -> str:
    """Such as "at 3", "on RRAM" or "with 2 copies"."""
    what = step.name.partition(".")[0]
    if what == "memory":
        return f"on {step.after}"
    copies = "copy" if step.after == "1" else "copies"
    return f"with {step.after} {copies}" if what == "replicas" else f"at {step.after}"


def _effect(step: Step, quantity: str) -> str:
    change, points = step.change[quantity], step.change["miou"]
    if step.metrics is None or change is None:
        return "cannot be built"
    small = abs(change) < LEAST
    text = "same" if small else change_text(quantity, change, likely=step.likely.get(quantity))
    if points is None or abs(points) < POINTS:
        return text
    return f"{text}, {points:+.2f} mIoU".replace("-", "−")
