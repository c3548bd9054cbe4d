"""The formats of other simulators by name and by the ending of a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cmn_core.cim.technologies.technology import Technology
from cmn_core.design.text import shown
from cmn_core.errors import FieldError, nearest
from cmn_core.models.exchange.accelforge import write_accelforge
from cmn_core.models.exchange.aihwkit import write_aihwkit
from cmn_core.models.exchange.analog import AnalogMacro, analog_macro_of
from cmn_core.models.exchange.crosssim import write_crosssim
from cmn_core.models.exchange.neurosim import read_neurosim, write_neurosim
from cmn_core.models.exchange.zigzag import read_zigzag, write_zigzag
from cmn_core.models.layers import Model

Written = tuple[str, list[str]]
WRITERS: Mapping[str, Callable[[Model], Written]] = {
    "zigzag": write_zigzag,
    "neurosim": write_neurosim,
    "accelforge": write_accelforge,
    "model": lambda model: (as_file(model), []),
}
# Of those that also say what the arrays are.
CHIP_WRITERS: Mapping[str, Callable[[Model, AnalogMacro], Written]] = {
    "crosssim": lambda _, macro: write_crosssim(macro),
    "aihwkit": write_aihwkit,
}
DIALECTS = (*WRITERS, *CHIP_WRITERS)
READERS: Mapping[str, Callable[[bytes, str], Model]] = {
    ".yaml": read_zigzag,
    ".yml": read_zigzag,
    ".csv": read_neurosim,
}
MAX_BYTES = 1_000_000


def read_foreign(path: str | Path) -> Model:
    """Model of another simulator's file, by its ending; FieldError says what is wrong with it."""
    file = Path(path)
    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise FieldError(str(path), reason, "a file is expected") from None
    return READERS[file.suffix.lower()](raw, file.name)


def written_as(
    model: Model,
    dialect: str,
    technologies: Mapping[str, Technology] | None = None,
    macros: Mapping[str, Mapping[str, float]] | None = None,
) -> Written:
    """The model as text of that format, and what it leaves out; FieldError for an unknown one.

    technologies, macros: by memory, of the chip that CHIP_WRITERS also write
    """
    if dialect not in DIALECTS:
        allowed = f"{nearest(dialect, DIALECTS)}known are {', '.join(DIALECTS)}"
        raise FieldError("write", f"found {shown(dialect)}", allowed)
    if dialect in WRITERS:
        return WRITERS[dialect](model)
    macro = analog_macro_of(model, technologies or {}, macros or {})
    return CHIP_WRITERS[dialect](model, macro)


def as_file(model: Model) -> str:
    """The model as its own JSON file."""
    return (
        model.model_dump_json(by_alias=True, exclude_defaults=True, exclude_none=True, indent=1)
        + "\n"
    )
