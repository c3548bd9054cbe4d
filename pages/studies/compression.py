"""Compression: Tables G1 and G2, quantisation, distillation and search beside each other."""

from __future__ import annotations

import streamlit as st

from pages.parts.design.figures import STYLE
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.studies.compression import controls, own_table, paper_tables, show_methods
from pages.parts.studies.frame import beside_the_paper, made_with, study_result

HELP = """
- **PTQ** rounds a trained network's weights and activations to fewer bits, without training.
  **KD** trains a smaller student with a larger teacher. **NAS** searches a smaller network and its
  chip. They combine.
- Quantisation shrinks numbers, so arrays and conversions get fewer; search removes work.
- **Expert FFNs** is what the paper's tables imply; counting the whole network moves every cell.
- The paper prints no student. Ours has half of each hidden size; the searched and distilled one has
  the paper's scenario 3 with 0.8 of each hidden size.
- The levels of mIoU differ: our weights are trained from scratch on small pictures. So compare the
  shape of each picture, not its height; the slider asks for a share of the best.
"""

title(
    "Compression",
    "To make a network cheaper one can round it, distil it or search another: what does each keep,"
    " and what does it cost?",
)
st.html(STYLE)
result = study_result("compression")
if result is not None:
    memory, scope, cost = controls()
    show_methods(result, memory, scope, cost)
    st.header("As the paper's tables", anchor=False)
    paper_tables(result, scope)
    st.subheader("Our own searches", anchor=False)
    own_table(result)
    beside_the_paper(result)
    how_to_read(HELP)
    made_with(result)
