"""What one step of each knob does, as a line below that knob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cmn_core.quantities import QUANTITIES
from cmn_core.whatif.report import change_text
from cmn_core.whatif.sensitivity import Step

LEAST = 0.0005  # of a cost, below which a step does nothing worth a number
POINTS = 0.005


def effect_lines(steps: Sequence[Step], quantity: str) -> Mapping[str, str]:
    """By a variable's name, such as "experts.2" or "rram.adc_bits": what a step down and a step up
    would do to the quantity and to the mIoU. quantity: energy_uj | latency_us | area_mm2."""
    found: dict[str, list[str]] = {}
    for step in sorted(steps, key=lambda s: s.towards):
        found.setdefault(step.name, []).append(f"{_then(step)}: {_effect(step, quantity)}")
    noun = QUANTITIES[quantity].label
    return {name: f"{noun} {'; '.join(texts)}" for name, texts in found.items()}


def _then(step: Step) -> str:
    """Such as "at 3", "on RRAM" or "with 2 copies"."""
    what = step.name.partition(".")[0]
    if what == "memory":
        return f"on {step.after}"
    return f"with {step.after} copies" if what == "replicas" else f"at {step.after}"


def _effect(step: Step, quantity: str) -> str:
    change, points = step.change[quantity], step.change["miou"]
    if step.metrics is None or change is None:
        return "cannot be built"
    small = abs(change) < LEAST
    text = "same" if small else change_text(quantity, change, tie=quantity in step.tie)
    if points is None or abs(points) < POINTS:
        return text
    return f"{text}, {points:+.2f} mIoU".replace("-", "−")
