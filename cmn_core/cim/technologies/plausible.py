"""What a technology file may say: a range for each unit, and relations between constants.

A number that is finite, in the right unit and near the built-in one can still be nonsense: a share
above one turns energies negative, a threshold above the supply has no delay, 150 V reads no cell.
"""

from __future__ import annotations

from collections.abc import Mapping

from cmn_core.cim.technologies.technology import Technology
from cmn_core.errors import FieldError

# Beginning of a unit, lowest and highest value that any published circuit reaches. First match.
_RANGES: tuple[tuple[str, float, float], ...] = (
    ("share", 0.0, 1.0),
    ("sd of ln", 0.0, 4.0),
    ("sd over", 0.0, 1.0),
    ("V", 0.0, 6.0),
    ("nm", 2.0, 350.0),
    ("GHz", 1e-3, 10.0),
    ("uS", 0.0, 1e4),
    ("ohm", 0.0, 1e3),
    ("ns per pulse", 0.0, 1e9),
    ("ns", 0.0, 1e6),
    ("fF x 4^bits", 0.0, 10.0),
    ("fF", 0.0, 1e4),
    ("fJ", 0.0, 1e4),
    ("pJ", 0.0, 1e4),
    ("nW", 0.0, 1e4),
    ("pW", 0.0, 1e6),
    ("uW/um2", 0.0, 1e-1),
    ("uW", 0.0, 1e4),
    ("um2", 0.0, 1e5),
    ("F2", 4.0, 1e4),
    ("bit", 1.0, 128.0),
    ("MAC per cycle", 1.0, 1e6),
    ("K", 1.0, 200.0),
)
# Shares whose unit is written "1": the rest of the whole is divided by, or a probability.
_SHARES = ("control_share", "adder_activity", "register_activity", "input_activity")
MAX_EXPONENT = 4.0
CREST = (1.0, 20.0)  # a peak is never below its own root mean square, which crest divides
# A read far above the write pulses would write the cells.
_LOWER = (
    ("threshold_v", "nominal_vdd_v"),
    ("read_v", "set_v"),
    ("conductance_min_us", "conductance_max_us"),
)


def check_value(name: str, value: float, unit: str, where: str) -> None:
    """FieldError for a value that no circuit of that unit reaches."""
    for prefix, low, high in _RANGES:
        if unit.startswith(prefix):
            _within(value, low, high, unit, where)
            break
    if name in _SHARES:
        _within(value, 0.0, 1.0, unit, where)
    if name.endswith("_exponent"):  # of a power: a law of fourth order is none of these
        _within(value, 0.0, MAX_EXPONENT, unit, where)
    if name == "crest":
        _within(value, *CREST, unit, where)
    if name == "control_share" and value >= 1.0:
        raise FieldError(where, f"found {value:g}", "a share below 1 is allowed")


def check_relations(technology: Technology, changed: Mapping[str, object], path: str) -> None:
    """FieldError where constants contradict each other or the knobs.

    changed: the constants that the file names, which a refusal points at
    """
    value = technology.constants
    for small, large in _LOWER:
        if small in value and large in value and value[large].value > 0.0:
            low, high = value[small].value, value[large].value
            if low >= high and (low > 0.0 or high > 0.0):
                field = small if small in changed or large not in changed else large
                allowed = f"{small} below {large} is allowed"
                raise FieldError(f"{path}.constants.{field}.value", _pair(low, high), allowed)
    knob = technology.knob.get("vdd_v")
    threshold = value["threshold_v"].value
    if knob is not None and threshold >= knob.low:
        found = f"found {threshold:g} V, the lowest supply is {knob.low:g} V"
        allowed = "a threshold below every supply is allowed"
        raise FieldError(f"{path}.constants.threshold_v.value", found, allowed)


def _pair(low: float, high: float) -> str:
    return f"found {low:g}, not below {high:g}"


def _within(value: float, low: float, high: float, unit: str, where: str) -> None:
    if not low <= value <= high:
        raise FieldError(where, f"found {value:g}", f"{low:g} to {high:g} is allowed ({unit})")
