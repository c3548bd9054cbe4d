"""technology: templates of technology files, and one that is calibrated to a measured chip."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cmn_core.cli.options import Json, number, text
from cmn_core.cli.output import facts, put, put_json, table
from cmn_core.errors import FieldError

FIGURES = ("row", "figure", "given", "class", "technology", "low", "high")


def command(
    file: Annotated[
        str | None, typer.Argument(metavar="FILE.toml", help="a technology file to check")
    ] = None,
    template: Annotated[
        str | None,
        text("the built-in one with every constant explained", "rram|sram|sram_analog"),
    ] = None,
    from_chip: Annotated[
        str | None, text("a row per operating point, columns as in macro", "CHIP.csv")
    ] = None,
    chip: Annotated[str | None, text("which of several in the file", "CHIP_ID")] = None,
    noise: Annotated[float, number(0.1, 100.0, "error of its figures, sd", "PERCENT")] = 10,
    title: Annotated[str | None, text("of the technology [the chip and its node]")] = None,
    out: Annotated[str | None, text("the technology file [standard output]", "FILE.toml")] = None,
    json: Json = False,
) -> None:
    """A technology file: checked, from a template, or calibrated to one measured chip."""
    asked = [name for name in (file, template, from_chip) if name is not None]
    if len(asked) != 1:
        found = f"{len(asked)} of FILE.toml, --template and --from-chip"
        raise FieldError("technology", found, "one of them is expected")
    if out is not None and (Path(out).is_dir() or not Path(out).absolute().parent.is_dir()):
        raise FieldError("out", f"found '{out}'", "a file in a folder that exists")
    if from_chip is not None:
        _from_chip(from_chip, chip, noise / 100.0, title, out, json)
    elif template is not None:
        from cmn_core.cim.technologies.template import template as text_of

        made = text_of(template)
        if out is not None:
            Path(out).write_text(made, encoding="utf-8")
        if json:
            put_json({"template": template, "file": out, "text": made})
        elif out is None:
            put(made.rstrip("\n"))
    else:
        _checked(str(file), json)


def _from_chip(
    path: str, chip: str | None, noise: float, title: str | None, out: str | None, json: bool
) -> None:
    from cmn_core.cim.technologies.template import as_toml
    from cmn_core.silicon.chips import read_chips
    from cmn_core.silicon.own_chip.technology import chosen, from_chip

    made = from_chip(chosen(read_chips(path), chip), noise=noise, title=title)
    file = as_toml(made.document)
    if out is not None:
        Path(out).write_text(file, encoding="utf-8")
    if json:
        put_json({**made.to_json(), "file": out})
    elif out is None:
        put(file.rstrip("\n"))
    else:
        told: dict[str, Any] = {"written": out}
        told |= {"assumed": "; ".join(made.assumed) or "nothing"}
        told |= {"note": "; ".join(made.notes) or "none"}
        rows = [figure.to_json() for figure in made.figures]
        put("\n\n".join([facts(told), table(rows, FIGURES)]))


def _checked(path: str, json: bool) -> None:
    """What the file changes of the built-in technology."""
    from cmn_core.cim.technologies.parameters import own_technology, read_technology
    from cmn_core.cim.technologies.technology import load_technology

    document = read_technology(path)
    own, base = own_technology(document), load_technology(document["base"])
    rows = [
        {
            "constant": name,
            "built_in": base.value(name),
            "value": own.value(name),
            "unit": own.constants[name].unit,
        }
        for name in document.get("constants", {})
    ]
    answer = {
        "title": own.title,
        "base": document["base"],
        "memory": own.name,
        "node_nm": own.node_nm,
        "measured": [f"{m.quantity}, {100.0 * m.noise:.3g} %" for m in own.measured],
        "knobs": list(document.get("knobs", {})),
    }
    if json:
        put_json({**answer, "constants": rows})
    else:
        put("\n\n".join([facts(answer), table(rows)]))
