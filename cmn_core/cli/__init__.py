"""The command line of interface.md: `cmn`, or `python -m cmn_core`.

A command's module is read when it is asked for, and so is what the command itself needs: a start
takes a few tenths of a second of processor time, whatever the other commands work with.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from cmn_core.cli.exit_codes import answered
from cmn_core.cli.output import program_name

# Module of each command in this package, in the order of --help.
COMMANDS = {
    "run": "serve",
    "evaluate": "pricing.evaluate",
    "compare": "pricing.compare",
    "phase": "pricing.phase",
    "search": "searching.search",
    "model": "pricing.model",
    "macro": "pricing.macro",
    "technology": "pricing.technology",
    "miou": "measuring.miou",
    "predict": "pricing.predict",
    "prepare": "training.prepare",
    "pretrain": "training.pretrain",
    "teacher": "training.teacher",
    "train": "training.train",
    "card": "measuring.card",
    "measure": "measuring.measure",
    "disturb": "measuring.disturb",
    "rank": "training.rank",
    "quantise": "measuring.quantise",
    "distil": "training.distil",
    "export": "measuring.export",
    "picture": "measuring.picture",
    "paper": "pricing.paper",
    "study": "study",
    "replay": "replay",
    "runs": "runs",
}


class Commands(TyperGroup):
    """The commands by name; only the one that is asked for is imported."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"cmn_core.cli.{COMMANDS[cmd_name]}")
        if hasattr(module, "app"):  # commands of its own
            return typer.main.get_group(module.app)
        alone = typer.Typer(add_completion=False)
        alone.command(cmd_name)(module.command)
        return typer.main.get_command(alone)


app = typer.Typer(
    cls=Commands,
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _explain() -> None:
    """Co-design of mixture-of-experts vision transformers and computing-in-memory chips."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 2 bad input, 1 everything else."""
    return answered(
        lambda: app(
            args=None if arguments is None else list(arguments),
            prog_name=program_name(),
            standalone_mode=False,
        )
    )
