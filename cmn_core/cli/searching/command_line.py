"""search: the line that one would type to repeat it, with every setting that is not the default."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cmn_core.cim.technologies.template import as_toml
from cmn_core.quantities import LIFTED
from cmn_core.search.scenario import SEARCHED, Scenario
from cmn_core.search.start import START

PROGRAM = ("python", "-m", "cmn_core", "search")
START_FILE, TABLE_FILE = "start.json", "table.csv"
# Options whose names are not those of a workload's JSON; what is in neither has no option.
_CONDITIONS: Mapping[str, str] = {
    "images_per_second": "images_per_second",
    "temperature_c": "temperature",
    "node_nm": "node",
    "activity": "activity",
}


@dataclass(frozen=True)
class CommandLine:
    """text: for a shell; files: contents by name, which must lie where the command is typed;
    missing: names of settings that no option states."""

    text: str
    files: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


def command_line(scenario: Scenario) -> CommandLine:
    """The search of that scenario as a command, which gives the same result.

    A table of one's own is named, its content is not among the files.
    """
    stated = scenario.to_json()
    usual = Scenario(goal=scenario.goal, memory=scenario.memory).to_json()
    options: dict[str, Any] = {"scenario": stated.pop("scenario"), "memory": stated.pop("memory")}
    files: dict[str, str] = {}
    technology = stated.pop("technology", None) or {}
    workload, plain = stated.pop("workload"), usual["workload"]
    changed = {n: v for n, v in workload.items() if v != plain.get(n)}
    if (begun := stated.pop(START, None)) is not None:
        whole = {**begun, "workload": workload}
        files[START_FILE] = json.dumps(whole, indent=1) + "\n"
        options[START] = START_FILE
    if stated.pop("accuracy_table", None) is not None:
        options["accuracy_table"] = TABLE_FILE
    options |= {n: v for n, v in stated.items() if v != usual.get(n)}
    if "image" in changed:
        options["image"] = "x".join(map(str, changed.pop("image")))
    if (routing := changed.pop("routing", None)) is not None and scenario.routing != SEARCHED:
        top_k = routing["top_k"]
        options["routing"] = "/".join(map(str, top_k if isinstance(top_k, list) else [top_k]))
    options |= {_CONDITIONS[n]: changed.pop(n) for n in _CONDITIONS if n in changed}
    words = [word for name, value in options.items() for word in _typed(name, value)]
    for memory, document in technology.items():
        files[f"{memory}.toml"] = as_toml(document)
        words += ["--technology", f"{memory}.toml"]
    missing = () if START in options else tuple(changed)  # a start's file states the workload
    return CommandLine(shlex.join([*PROGRAM, *words]), files, missing)


def _typed(name: str, value: Any) -> list[str]:
    option = f"--{name.replace('_', '-')}"
    if isinstance(value, bool):
        return [option if value else f"--no-{option[2:]}"]
    if isinstance(value, list):
        return [option, ",".join(map(_number, value))]
    return [option, LIFTED if value is None else _number(value)]


def _number(value: Any) -> str:
    """Every digit that counts, such as 200, 0.1 or a word."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
