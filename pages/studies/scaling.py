"""Scaling: Figures F1 and F2, what larger networks take to train, to search and to build."""

from __future__ import annotations

import streamlit as st

from pages.parts.design.figures import STYLE
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.studies.frame import beside_the_paper, made_with, study_result
from pages.parts.studies.scaling import controls, scaling_cards, show_hours, show_models

HELP = """
- **B0, B1, B2** are SegFormer's encoders with experts: B1 has twice the width of B0, B2 more layers
  as well.
- **Training** is the default recipe of the supernet on 635 images; **search** is the hardware
  search of 50 × 30 designs. With the predictor as accuracy that is all; with the supernet, every
  design is also run on 160 images.
- **To the power**: 1 is linear in the number of weights, 0 is no growth at all.
- A simulator prices formulas, so a wider layer costs no more to price; a training step computes
  with every weight.
- **Beyond 10 MB**: the paper's searches may build 10 MB of arrays. The simulator has no such limit.
"""

title(
    "Scaling",
    "When the network grows, what happens to the time of training and searching, and to the chip?",
)
st.html(STYLE)
result = study_result("scaling")
if result is not None:
    factor, log = controls()
    scaling_cards(result, factor)
    show_hours(result, factor, log)
    show_models(result)
    beside_the_paper(result)
    how_to_read(HELP)
    made_with(result)
