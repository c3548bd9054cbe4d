"""Where a chip works, as forms ask for it: images per second, temperature, node, activity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cmn_core.charts.base.palette import MEMORY_NAMES
from cmn_core.cim.technologies.node_scaling import SUPPLY, in_use, known_at
from cmn_core.design import Design, Workload
from cmn_core.quantities import ACTIVITY, BASE_NM, ROOM_C
from pages.parts.common.text import short

NO_PAUSE = 0.0  # of the rate in a form: one image after the other


@dataclass(frozen=True)
class Condition:
    """A field of a workload that a form offers. usual: its default there."""

    title: str
    levels: tuple[float, ...]
    usual: float
    text: Callable[[float], str]
    help: str

    def options(self, value: float) -> list[float]:
        """The levels, and the value where it is none of them."""
        return sorted({*self.levels, value})


def _rate(value: float) -> str:
    if value == NO_PAUSE:
        return "no pause"
    return f"{short(value)} per second" if value >= 1.0 else f"one in {short(1.0 / value)} s"


CONDITIONS: Mapping[str, Condition] = {
    "images_per_second": Condition(
        "Images",
        (NO_PAUSE, 0.01, 0.1, 1.0, 10.0, 30.0, 100.0, 1000.0, 10_000.0),
        NO_PAUSE,
        _rate,
        "While the chip waits, SRAM holds its weights at a lowered supply and RRAM is switched"
        " off. A chip that takes longer than its turn breaks this as a limit.",
    ),
    "temperature_c": Condition(
        "Temperature",
        (-40.0, 0.0, ROOM_C, 60.0, 85.0, 105.0, 125.0),
        ROOM_C,
        lambda value: f"{value:g} °C",
        "Leakage doubles every 13 K. Nothing else depends on it here.",
    ),
    "node_nm": Condition(
        "Node",
        (7.0, 12.0, 16.0, 22.0, BASE_NM, 40.0, 55.0, 65.0, 90.0, 130.0),
        BASE_NM,
        lambda value: f"{value:g} nm",
        "Capacitance, delay, area and leakage follow it as published chips do; supplies keep their"
        " share of the nominal one. RRAM is known from 12 nm on.",
    ),
    "activity": Condition(
        "Ones among input bits",
        (0.1, 0.2, 0.3, 0.4, ACTIVITY, 0.5, 0.6, 0.8),
        ACTIVITY,
        lambda value: f"{100.0 * value:g} %",
        "What follows an input bit costs in proportion to it. 47 % was measured on the networks"
        " that ship; random bits have 50 %.",
    ),
}


def shown_condition(workload: Workload, name: str) -> float:
    """A field as a form holds it."""
    value: float | None = getattr(workload, name)
    return NO_PAUSE if value is None else value


def stated_condition(name: str, value: float) -> float | None:
    """What a workload states for a value of a form."""
    return None if name == "images_per_second" and value == NO_PAUSE else value


def moved_words(before: Design, after: Design) -> str:
    """What a change of the node did to the supplies of the macros, such as "SRAM 0.9 V becomes
    0.7 V"; empty where it left them as they were."""
    if before.hardware is None or after.hardware is None:
        return ""
    words = []
    for memory, knobs in after.hardware.macros.items():
        was, now = before.hardware.macros.get(memory, {}).get(SUPPLY), knobs.get(SUPPLY)
        if was is None or now is None or was == now:
            continue
        text = f"{MEMORY_NAMES[memory]} {was:g} V becomes {now:g} V"
        if known_at(memory, after.workload):
            knob = in_use(memory, after.workload).knob[SUPPLY]
            if now in (knob.low, knob.high) and now not in knob.levels:
                text += f", held within its bounds ({knob.low:g} to {knob.high:g} V)"
        words.append(text)
    return f"Supplies moved with the node: {'; '.join(words)}." if words else ""


def conditions_line(workload: Workload) -> str:
    """Those that are not the usual ones, such as "10 per second, 85 °C"; empty where all are."""
    values = {name: shown_condition(workload, name) for name in CONDITIONS}
    return ", ".join(c.text(values[n]) for n, c in CONDITIONS.items() if values[n] != c.usual)
