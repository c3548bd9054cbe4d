"""Tables as CSV and LaTeX."""

import csv
import io

import pandas as pd

from cmn_core.charts.base.tables import escaped, table_csv, table_latex

FRAME = pd.DataFrame(
    {
        "Scenario": ["1 Latency", "1 Latency", "2 Energy"],
        "Memory": ["RRAM", "RRAM", "RRAM"],
        "Energy (µJ)": [1234.5, None, 0.25],
    }
)


def test_csv_comes_back_as_it_was():
    rows = list(csv.reader(io.StringIO(table_csv(FRAME))))
    assert rows[0] == ["Scenario", "Memory", "Energy (µJ)"]
    assert rows[1] == ["1 Latency", "RRAM", "1234.5"] and rows[2][2] == ""


def test_csv_carries_no_formula():
    frame = pd.DataFrame({"Name": ["=cmd|x", "-2 %", "fine"], "Value": [-1.5, 2.0, 3.0]})
    rows = list(csv.reader(io.StringIO(table_csv(frame))))
    assert [row[0] for row in rows[1:]] == ["'=cmd|x", "'-2 %", "fine"]
    assert rows[1][1] == "-1.5"


def test_latex_prints_repeated_words_once_and_numbers_to_the_right():
    text = table_latex(FRAME, caption="50 % & more", label="b1")
    assert r"\caption{50 \% \& more}" in text and r"\label{tab:b1}" in text
    assert r"\begin{tabular}{llr}" in text and r"Energy ($\mu$J) \\" in text
    body = [line.strip() for line in text.splitlines() if line.strip().endswith(r"\\")][1:]
    assert body == [r"1 Latency & RRAM & 1234.5 \\", r"&  & -- \\", r"2 Energy & RRAM & 0.25 \\"]
    assert text.count(r"\begin") == text.count(r"\end")


def test_what_latex_acts_on_is_printed():
    assert escaped(r"a_b {c} \d #1 ~ ^") == (
        r"a\_b \{c\} \textbackslash{}d \#1 \textasciitilde{} \textasciicircum{}"
    )
