"""How wide words are in a figure's font, so that no line of it is cut.

Advance widths of Arial, whose metrics Liberation Sans and Helvetica share: what a browser, a PDF
and a PNG draw a figure with.
"""

from __future__ import annotations

# Advance widths in thousandths of the size of the letters, by the characters that have them.
_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft·",
    333: "()-`r²³¹",
    355: '"',
    389: "*{}",
    400: "°",
    469: "^",
    500: "Jckszvxy",
    549: "±×",
    556: "#$0123456789?L_abdeghnopquµ–",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1015: "@",
}
_OF = {letter: width / 1000.0 for width, letters in _WIDTHS.items() for letter in letters}
_OTHER = 1.0  # an em, which few letters are wider than
_BOLD = 1.1  # bold letters are up to a tenth wider


def text_px(text: str, size_px: float, *, bold: bool = False) -> float:
    """Width of a line of these letters in pixels; size_px: of the font."""
    ems = sum(_OF.get(letter, _OTHER) for letter in text)
    return ems * size_px * (_BOLD if bold else 1.0)


def wrapped(text: str, width_px: float, size_px: float, *, bold: bool = False) -> list[str]:
    """Lines of at most that width, broken between words; a word that is wider alone is cut into
    pieces. At least one line."""
    lines, line = [], ""
    for word in text.split():
        while text_px(word, size_px, bold=bold) > width_px:
            fits = 1
            while text_px(word[: fits + 1], size_px, bold=bold) <= width_px:
                fits += 1
            lines += [line] if line else []
            lines.append(word[:fits])
            line, word = "", word[fits:]
        grown = f"{line} {word}".strip()
        if line and text_px(grown, size_px, bold=bold) > width_px:
            lines.append(line)
            grown = word
        line = grown
    return [*lines, line] if line or not lines else lines
