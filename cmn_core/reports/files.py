"""A design as a file for a paper: the door for notebooks (`cmn.figure`)."""

from __future__ import annotations

import os
from pathlib import Path

from cmn_core.charts.figures.rendering import KINDS, rendered
from cmn_core.design import Design, parse_design, read_json
from cmn_core.errors import FieldError
from cmn_core.reports.design_report import design_figure
from cmn_core.whatif.answer import answer


def figure(
    design: object, out: str | os.PathLike[str], *, name: str = "", dataset: str = "nyuv2"
) -> None:
    """Write where the energy, time and area of a design go, as a figure of print size.

    design: a Design, or a design file; out: a new file that ends in .svg, .pdf or .png, 178 mm
    wide, with title, legend and source; name: what the title calls the design. FieldError for
    another ending and for a place that cannot be written.
    """
    target = Path(out)
    kind = target.suffix.removeprefix(".").lower()
    if kind not in KINDS:
        allowed = f"a name that ends in .{', .'.join(KINDS)}"
        raise FieldError("out", f"found '{target.name}'", allowed)
    if isinstance(design, str | os.PathLike):
        design = parse_design(read_json(Path(design), finite=False))
    asked = design if isinstance(design, Design) else parse_design(design)
    made = rendered(design_figure(answer(asked, dataset=dataset), name=name), kind)
    try:
        target.write_bytes(made)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise FieldError("out", f"{target}: {reason}", "a file that can be written") from None
