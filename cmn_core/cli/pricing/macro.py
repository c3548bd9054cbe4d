"""macro: published chips as the simulator has them, to be laid beside their measured figures."""

from __future__ import annotations

from typing import Annotated

import typer

from cmn_core.cli.options import Json, Technology, flag
from cmn_core.cli.output import put, put_json, table

COLUMNS = ("chip_id", "tops_per_W", "throughput_GOPS", "area_mm2", "tops_per_mm2", "why_not")


def command(
    chips: Annotated[
        str | None, typer.Argument(metavar="CHIPS.csv", help="rows of published chips")
    ] = None,
    validate: Annotated[
        bool, flag("--validate", "refit and show the held-out errors instead")
    ] = False,
    technology: Technology = None,
    json: Json = False,
) -> None:
    """Efficiency, speed and area of each chip, in its row's precision; measured columns unread."""
    from cmn_core.errors import FieldError

    if validate:
        if technology:
            raise FieldError("technology", "a file was given", "--validate fits the built-in ones")
        if chips is not None:
            raise FieldError("CHIPS.csv", "a file was given", "--validate uses the built-in chips")
        from cmn_core.silicon.report import as_json, report

        if json:
            put_json(as_json())
        else:
            put(report())
        return
    from cmn_core.cim.technologies.parameters import own_technologies, read_technologies
    from cmn_core.silicon.chips import read_chips
    from cmn_core.silicon.predict import predictions

    if chips is None:
        raise FieldError("CHIPS.csv", "missing", "this argument is required")
    own = own_technologies(read_technologies(technology or ()))
    answers = predictions(read_chips(chips), own.values())
    if json:
        put_json(answers)
    else:
        put(table(answers, COLUMNS))
