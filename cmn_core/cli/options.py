"""Options of the command line, each declared once with its name, its help text and its range.

A text that does not fit is refused with the name of the field, before the command begins.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from cmn_core.cli.output import JSON_HELP
from cmn_core.cli.parsing import choice, real, whole, within
from cmn_core.quantities import (
    ACTIVITY,
    LIFTED,
    LIMITS,
    NODES_NM,
    RATES,
    TEMPERATURES_C,
    Limit,
)

MAX_SEED = 2**53 - 1  # the largest whole number that every JSON reader keeps
OWN = "sram_analog, or a technology file of one's own (docs/simulator.md); may be repeated"


def whole_number(
    low: int, high: int | None, told: str | None = None, metavar: str | None = "N"
) -> Any:
    """A whole number from low to high, or any where `high` is open until the command knows it."""
    return _read(lambda name, text: _ranged(name, whole(name, text), low, high), told, metavar)


def number(
    low: float, high: float | None, told: str | None = None, metavar: str | None = "R"
) -> Any:
    """A number from low to high, or any where `high` is open until the command knows it."""
    return _read(lambda name, text: _ranged(name, real(name, text), low, high), told, metavar)


def word(
    names: Iterable[str] | Callable[[], Iterable[str]],
    told: str | None = None,
    metavar: str | None = None,
) -> Any:
    """One of some words, which are looked up when they are needed."""
    return _read(
        lambda name, text: choice(name, text, names() if callable(names) else names), told, metavar
    )


def text(told: str | None = None, metavar: str | None = None) -> Any:
    """A text that the command itself reads."""
    return typer.Option(metavar=metavar, help=told)


def flag(name: str, told: str) -> Any:
    return typer.Option(name, help=told)


def with_limits(command: Callable[..., int]) -> Callable[..., int]:
    """The command with an option for each limit of `quantities`, which it takes as **limits."""
    signature = inspect.signature(command, eval_str=True)
    *own, _ = signature.parameters.values()
    limits = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_limit(limit)
        )
        for name, limit in LIMITS.items()
    ]
    command.__signature__ = signature.replace(parameters=[*own, *limits])  # type: ignore[attr-defined]
    return command


def _limit(limit: Limit) -> Any:
    lifted = "; none lifts it" if limit.open else ""
    default = "" if limit.default is None else f" [{limit.default:g}{lifted}]"
    told = f"{'floor of' if limit.floor else 'limit on'} {limit.quantity.word}{default}"
    share = "PERCENT" if limit.quantity.scale == 1.0 else "SHARE"
    units = {"%": share, "points": "POINTS"}
    metavar = units.get(limit.quantity.unit, limit.name.rpartition("_")[2].upper())
    option = number(0.0, None, told, metavar)
    return Annotated[float | None, lifted_by_word(option) if limit.open else option]


def lifted_by_word(option: Any) -> Any:
    """The option of a number, which may also be the word that lifts what is on by default."""
    read = option.callback

    def read_either(param: typer.CallbackParam, value: Any) -> Any:
        return value if value == LIFTED else read(param, value)

    option.callback = read_either
    return option


def _spaces() -> Iterable[str]:
    from cmn_core.architecture import SPACES  # brings numpy

    return SPACES


def _read(value_of: Callable[[str, str], Any], told: str | None, metavar: str | None) -> Any:
    def read(param: typer.CallbackParam, value: Any) -> Any:
        return value_of(str(param.name), value) if isinstance(value, str) else value

    # As a text first: typer's own numbers are refused in typer's words, without the field.
    return typer.Option(metavar=metavar, help=told, parser=str, callback=read)


def _ranged(name: str, value: float, low: float, high: float | None) -> float:
    return value if high is None else within(name, value, low, high)


ImageRate = Annotated[float | None, number(*RATES, "the chip waits between images", "R")]
Temperature = Annotated[float | None, number(*TEMPERATURES_C, "degrees Celsius [25]", "T")]
Node = Annotated[float | None, number(*NODES_NM, "of the chip, in nm [28]", "NM")]
Activity = Annotated[
    float | None, number(0.0, 1.0, f"ones among input bits [{ACTIVITY:g}]", "SHARE")
]


def conditions(
    images_per_second: float | None,
    temperature: float | None,
    node: float | None,
    activity: float | None,
) -> dict[str, float]:
    """Those that were given, by their names in a workload."""
    named = {
        "images_per_second": images_per_second,
        "temperature_c": temperature,
        "node_nm": node,
        "activity": activity,
    }
    return {name: value for name, value in named.items() if value is not None}


Json = Annotated[bool, flag("--json", JSON_HELP)]


def _run_states() -> Iterable[str]:
    from cmn_core.runs.store.record import STATES

    return STATES


RUN_ID_HELP = "as `runs list` names it"
RunId = Annotated[str, typer.Argument(metavar="RUN_ID", help=RUN_ID_HELP)]
Owner = Annotated[str | None, text("those of this owner, or of the beginning of one", "OWNER")]
Address = Annotated[str | None, text("those asked for from there, as listed", "ADDRESS")]
State = Annotated[str | None, word(_run_states, "those in this state", "STATE")]
DesignFile = Annotated[str, typer.Argument(metavar="DESIGN.json")]
Folder = Annotated[str, text("with train.npz and val.npz", "FOLDER")]
Splits = Annotated[str, text("with train.npz and val.npz, or 'generated'", "FOLDER")]
Validation = Annotated[str, text("validation images and labels", "FILE.npz")]
Shipped = Annotated[str, text("nyuv2 or camvid")]
AnyDataset = Annotated[
    str | None,
    text(
        "nyuv2, camvid, scenes or a dataset.json of prepare [what lies beside the data, or nyuv2]"
    ),
]
Space = Annotated[str, word(_spaces, "b0, b1 or b2")]
Supernet = Annotated[str | None, text("of train [those that ship]", "FILE")]
Network = Annotated[str | None, text("of train, distil or export [shipped]", "FILE")]
Parameters = Annotated[str, text("constants of the simulator", "silicon|paper")]
Technology = Annotated[list[str] | None, text(OWN, "FILE.toml")]
Seed = Annotated[int, whole_number(0, MAX_SEED)]
Processes = Annotated[int, whole_number(1, 256)]
Epochs = Annotated[int, whole_number(1, 100_000)]
Batch = Annotated[int, whole_number(1, 4096)]
Rate = Annotated[float, number(1e-7, 1.0, "peak learning rate")]
Precision = Annotated[
    str,
    word(("auto", "single", "bf16"), "of products: single, bf16, or auto, which times both"),
]
Device = Annotated[str, word(("cpu", "cuda"), "cpu, or cuda with a CUDA build of torch")]
