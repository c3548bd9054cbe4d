"""Noise: Figure E1, what noise of RRAM cells does to searched networks."""

from __future__ import annotations

import streamlit as st

from pages.parts.design.figures import STYLE
from pages.parts.frame.chrome import how_to_read, title
from pages.parts.studies.frame import beside_the_paper, made_with, study_result
from pages.parts.studies.noise import controls, noise_cards, search_tables, show_noise

HELP = """
- **Write noise** is what programming leaves: a cell keeps another conductance than was wanted, the
  same at every read. **Read noise** is drawn anew for every image.
- **Even**: all cells alike (the paper's homogeneous variation). **Columns differ**, **all in block
  1** and **all in block 4** hold the same mean noise power, elsewhere.
- Noise is a standard deviation relative to the largest weight of a matrix, which stands for full
  conductance. Programmed RRAM has 1 to 6 %.
- All mIoU here is measured: the network's weights are disturbed and it segments real images.
- Networks have weights inherited from the supernet, which was not trained with noise.
- **Searches that know**: the same search twice, once without noise and once with it. A gain within
  half a point is within what images and seeds do. On RRAM alone a search can only choose another
  network; a hybrid can put the noisy blocks on SRAM.
"""

title(
    "Noise",
    "RRAM cells do not keep exactly what is written: how much noise may they have before a searched"
    " network fails, and does it help if the search knows?",
)
st.html(STYLE)
result = study_result("noise")
if result is not None:
    level, kind = controls(result)
    noise_cards(result, level, kind)
    show_noise(result, level, kind)
    st.header("Searches that know of the noise", anchor=False)
    search_tables(result)
    beside_the_paper(result)
    how_to_read(HELP)
    made_with(result)
