"""replay: what ships, made again by the command that made it, and laid beside what ships."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from cmn_core.cli.options import Json, flag
from cmn_core.cli.output import put, put_json, table

SAME, DIFFERS = 0, 1


def command(
    id_: Annotated[str | None, typer.Argument(metavar="ID", help="[list what there is]")] = None,
    keep: Annotated[bool, flag("--write", "put what was made in the place of what ships")] = False,
    json: Json = False,
) -> int:
    """Make numbers that ship again and compare; without ID, list them with their commands."""
    from cmn_core.assets import ROOT
    from cmn_core.studies.artefacts import artefact_of, artefacts
    from cmn_core.studies.replay import compare, make

    if id_ is None:
        rows = [
            {"id": a.name, "tells": a.tells, "seconds": a.seconds, "command": a.command}
            for a in artefacts().values()
        ]
        put_json(rows) if json else put(table(rows))
        return SAME
    artefact = artefact_of(id_)
    with TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make(artefact, folder)
        found = compare(artefact, folder)
        if keep:
            for file in artefact.files:
                shutil.copyfile(folder / file, ROOT / file)
                sys.stderr.write(f"{file}\n")
    if json:
        put_json(found.to_json())
    else:
        put("the same as what ships" if found.same else "\n".join(found.differences))
    return SAME if found.same or keep else DIFFERS
