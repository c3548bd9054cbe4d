"""Words of a row that carry numbers: the precision of its figures, and how many cores work at once.

`figures_precision` says per what the row's figures count an operation: a product of single bits
("1b-normalised", "normalised to 1 bit"), of other bits ("normalised to 8b x 8b"), or a product at
the row's own precision ("native", "8b x 8b", "INT8"). `kind` counts cores ("chip (48 cores)",
"48-core chip") and says whether the figures are those of more than a macro.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from cmn_core.silicon.units import TERNARY_BITS

MOST_BITS = 64.0
MOST_COPIES = 1e6
_WORD = {"binary": 1.0, "ternary": TERNARY_BITS}
_TOKEN = re.compile(
    r"(?P<word>binary|ternary)"
    r"|(?:int|fp|uint)?\s*(?P<bits>[0-9]+(?:\.[0-9]+)?)\s*-?\s*b(?:its?)?(?![a-wyz0-9])"
    r"|\bu?int\s*(?P<int>[0-9]+)"
    r"|[x×*/]\s*(?P<last>[0-9]+(?:\.[0-9]+)?)(?![0-9]*\s*(?:%|tops|mm))",
    re.IGNORECASE,
)
_OUTPUT = re.compile(r"\s*-?\s*out", re.IGNORECASE)
_NORMAL = re.compile(r"\bnorm(?:ali[sz]ed|\.)?\b|-norm", re.IGNORECASE)
_KNOWN = re.compile(r"native|norm|bit|int|binary|ternary|[0-9]\s*-?\s*b", re.IGNORECASE)
_COUNT = re.compile(
    r"([0-9]+)\s*[-x×]?\s*(?:cim\s+|sram\s+|rram\s+)?(?:cores?|macros?|banks?|tiles?)\b",
    re.IGNORECASE,
)
_SYSTEM = re.compile(
    r"processor|chip|soc|system|accelerator|engine|die|architecture", re.IGNORECASE
)


@dataclass(frozen=True)
class FigurePrecision:
    """What a row's figures count as one operation.

    normalised: they are scaled to other bits than those of a product of the chip
    bits: input and weight bits of what is counted, None where the words name none
    said: what was not understood, or None
    """

    normalised: bool
    bits: tuple[float, float] | None
    said: str | None


def figure_precision(words: str) -> FigurePrecision:
    """The meaning of a `figures_precision` cell. A blank one counts native products."""
    text = words.strip()
    pair = _bits(text)
    if _NORMAL.search(text):
        if pair is None:
            return FigurePrecision(False, None, f"'{text}' does not say what it is normalised to")
        return FigurePrecision(True, pair, None)
    said = None if not text or _KNOWN.search(text) else f"'{text}' taken as native"
    return FigurePrecision(False, pair, said)


def copies_of(kind: str) -> float:
    """Cores or macros that work in parallel, as `kind` counts them; 1 where it counts none."""
    found = _COUNT.search(kind)
    return min(max(1.0, float(found[1])), MOST_COPIES) if found else 1.0


def of_a_system(kind: str) -> bool:
    """Whether figures are those of more than a macro: a processor, a chip, an accelerator."""
    return bool(_SYSTEM.search(kind))


def _bits(text: str) -> tuple[float, float] | None:
    """Input and weight bits that the words name; what stands in parentheses counts last."""
    outside = _tokens(re.sub(r"\(.*?\)", " ", text))
    found = outside or _tokens(text)
    if not found:
        return None
    first, second = found[0], found[1] if len(found) > 1 else found[0]
    if not (0.0 < first <= MOST_BITS and 0.0 < second <= MOST_BITS):
        return None
    return first, second


def _tokens(text: str) -> list[float]:
    found = []
    for match in _TOKEN.finditer(text):
        if match["word"]:
            found.append(_WORD[match["word"].lower()])
        elif not _OUTPUT.match(text, match.end()):
            found.append(float(match["bits"] or match["int"] or match["last"]))
    return found
