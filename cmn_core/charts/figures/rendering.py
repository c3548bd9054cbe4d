"""A figure as a file of print size: SVG, PDF or PNG, made here without a browser or the network.

Vega draws the SVG; PDF and PNG are made of that very SVG, so the three cannot differ. The fonts
lie in the PDF.
"""

from __future__ import annotations

import html
import re

from cmn_core.charts.figures.composed import Figure
from cmn_core.errors import FieldError

KINDS = {"svg": "image/svg+xml", "pdf": "application/pdf", "png": "image/png"}
DPI = 300.0
POINTS_PER_MM = 72.0 / 25.4
_VEGALITE = "6.1"  # what Altair writes
_SIZE = re.compile(r'<svg([^>]*?) width="([\d.]+)" height="([\d.]+)"')


def rendered(figure: Figure, kind: str) -> bytes:
    """The file. kind: svg, pdf, or png at 300 dots per inch; all `width_mm` wide.

    FieldError for another kind.
    """
    if kind not in KINDS:
        raise FieldError("kind", f"found '{kind}'", f"allowed are {', '.join(KINDS)}")
    import vl_convert  # late: 40 MB that only a file needs

    drawn: str = vl_convert.vegalite_to_svg(
        figure.picture, vl_version=_VEGALITE, allowed_base_urls=[]
    )
    if kind == "svg":
        return _sized(drawn, figure, "mm", 1.0).encode()
    points = _sized(drawn, figure, "", POINTS_PER_MM)  # the converter takes a pixel for a point
    made: bytes = (
        vl_convert.svg_to_pdf(points) if kind == "pdf" else vl_convert.svg_to_png(points, ppi=DPI)
    )
    return made


def _sized(svg: str, figure: Figure, unit: str, per_mm: float) -> str:
    """The drawing at its width in print, with its title as the accessible name."""
    found = _SIZE.search(svg)
    assert found is not None, "Vega states the size of what it draws"
    width = per_mm * figure.width_mm
    height = width * float(found[3]) / float(found[2])
    size = f'<svg{found[1]} width="{width:.2f}{unit}" height="{height:.2f}{unit}"'
    opened, _, body = svg[found.end() :].partition(">")
    title = f"<title>{html.escape(figure.title)}</title>"
    return f"{svg[: found.start()]}{size}{opened}>{title}{body}"
