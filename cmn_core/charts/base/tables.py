"""A table as a file: CSV for a spreadsheet, LaTeX for a paper."""

from __future__ import annotations

import pandas as pd

from cmn_core.spreadsheet import safe_cell

# What LaTeX would act on. Also what its fonts lack in text mode.
_LATEX = {
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "–": "--",
    "−": "$-$",
    "×": r"$\times$",
    "µ": r"$\mu$",
    "²": "$^2$",
    "±": r"$\pm$",
    "✓": "yes",
    "★": "*",
}


def table_csv(frame: pd.DataFrame) -> str:
    """Comma-separated values under one line of heads. What a spreadsheet would take for a formula
    is made harmless; a missing value is empty."""
    text: str = (
        frame.map(safe_cell).rename(columns=safe_cell).to_csv(index=False, lineterminator="\n")
    )
    return text


def table_latex(frame: pd.DataFrame, *, caption: str, label: str) -> str:
    """A floating table with rules of booktabs; numbers stand right, texts left.

    Words that repeat in the first columns are printed once, as in the paper's Table B1.
    """
    kinds = ["r" if pd.api.types.is_numeric_dtype(frame[c]) else "l" for c in frame.columns]
    body, above = [], [""] * len(kinds)
    for row in frame.itertuples(index=False):
        cells = [_cell(value) for value in row]
        body.append(" & ".join(_once(cells, above, kinds)) + r" \\")
        above = cells
    head = " & ".join(escaped(str(name)) for name in frame.columns)
    lines = [
        r"\begin{table}",
        r"  \centering",
        rf"  \caption{{{escaped(caption)}}}",
        rf"  \label{{tab:{label}}}",
        rf"  \begin{{tabular}}{{{''.join(kinds)}}}",
        r"    \toprule",
        rf"    {head} \\",
        r"    \midrule",
        *(f"    {line}" for line in body),
        r"    \bottomrule",
        r"  \end{tabular}",
        r"\end{table}",
    ]
    return "% needs \\usepackage{booktabs}\n" + "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Words as LaTeX prints them."""
    return "".join(_LATEX.get(letter, letter) for letter in text)


def _cell(value: object) -> str:
    if value is None or (isinstance(value, float) and value != value):
        return "--"
    return escaped(f"{value:.6g}" if isinstance(value, float) else str(value))


def _once(cells: list[str], above: list[str], kinds: list[str]) -> list[str]:
    """A row without the leading texts that it shares with the one above."""
    shared = 0
    while shared < len(cells) - 1 and kinds[shared] == "l" and cells[shared] == above[shared]:
        shared += 1
    return [""] * shared + cells[shared:]
