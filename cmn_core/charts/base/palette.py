"""Colours with a fixed meaning, for a light and a dark page, and their second code.

RRAM, SRAM and hybrid are told apart by colour, shape and letter at once, because the SRAM and
hybrid colours lie close together for some eyes. A figure printed in the paper is always hollow.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMORY_NAMES = {"rram": "RRAM", "sram": "SRAM", "hybrid": "Hybrid"}
LETTERS = {"rram": "R", "sram": "S", "hybrid": "H"}
# The least opacity at which a mark of a memory stands out from the page by 3:1.
FAINT = 0.75
SHAPES = {"rram": "circle", "sram": "square", "hybrid": "diamond"}


@dataclass(frozen=True)
class Palette:
    """One theme's colours; every text colour has a contrast of at least 4.5 on `page`."""

    name: str
    rram: str
    sram: str
    hybrid: str
    paper: str
    ink: str
    muted: str
    rule: str
    panel: str
    page: str

    def memory(self, name: str) -> str:
        """Colour of a memory technology; the colour of the paper's outline for anything else."""
        known = {"rram": self.rram, "sram": self.sram, "hybrid": self.hybrid}
        return known.get(name, self.paper)


LIGHT = Palette(
    name="light",
    rram="#C75000",
    sram="#0072B2",
    hybrid="#00785A",
    paper="#5F5E5A",
    ink="#23221F",
    muted="#5F5E5A",
    rule="#DAD7D0",
    panel="#F6F5F2",
    page="#FFFFFF",
)
DARK = Palette(
    name="dark",
    rram="#F0854A",
    sram="#56B4E9",
    hybrid="#4EC9A0",
    paper="#B8B5AE",
    ink="#EFEDE8",
    muted="#B8B5AE",
    rule="#45423C",
    panel="#211F1C",
    page="#171614",
)


def palette(theme: str | None) -> Palette:
    """theme: "dark", or anything else for light."""
    return DARK if theme == "dark" else LIGHT
