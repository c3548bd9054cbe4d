"""The command line of interface.md. Commands load what they need when they run, not before."""

from __future__ import annotations

from collections.abc import Sequence

import typer

from cmn_core.cli.exit_codes import answered
from cmn_core.cli.measuring.card import command as card
from cmn_core.cli.measuring.disturb import command as disturb
from cmn_core.cli.measuring.export import command as export
from cmn_core.cli.measuring.measure import command as measure
from cmn_core.cli.measuring.miou import command as miou
from cmn_core.cli.measuring.picture import command as picture
from cmn_core.cli.measuring.quantise import command as quantise
from cmn_core.cli.pricing.evaluate import command as evaluate
from cmn_core.cli.pricing.macro import command as macro
from cmn_core.cli.pricing.model import command as model
from cmn_core.cli.pricing.paper import command as paper
from cmn_core.cli.pricing.predict import command as predict
from cmn_core.cli.runs import app as runs
from cmn_core.cli.search import command as search
from cmn_core.cli.study import command as study
from cmn_core.cli.training.distil import command as distil
from cmn_core.cli.training.prepare import command as prepare
from cmn_core.cli.training.pretrain import command as pretrain
from cmn_core.cli.training.rank import command as rank
from cmn_core.cli.training.teacher import command as teacher
from cmn_core.cli.training.train import command as train

app = typer.Typer(
    help="Co-design of mixture-of-experts vision transformers and computing-in-memory chips.",
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("evaluate")(evaluate)
app.command("search")(search)
app.command("model")(model)
app.command("macro")(macro)
app.command("miou")(miou)
app.command("predict")(predict)
app.command("prepare")(prepare)
app.command("pretrain")(pretrain)
app.command("teacher")(teacher)
app.command("train")(train)
app.command("card")(card)
app.command("measure")(measure)
app.command("disturb")(disturb)
app.command("rank")(rank)
app.command("quantise")(quantise)
app.command("distil")(distil)
app.command("export")(export)
app.command("picture")(picture)
app.command("paper")(paper)
app.command("study")(study)
app.add_typer(runs, name="runs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code: 0 done, 2 bad input, 1 everything else."""
    return answered(
        lambda: app(
            args=None if arguments is None else list(arguments),
            prog_name="python -m cmn_core",
            standalone_mode=False,
        )
    )
