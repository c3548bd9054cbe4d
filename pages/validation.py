"""Validation: does silicon agree with the simulator, and does the paper?"""

from __future__ import annotations

import streamlit as st

from cmn_core.errors import FieldError
from pages.parts.common.text import plain
from pages.parts.design.figures import STYLE
from pages.parts.frame.chrome import brief_source, how_to_read, title
from pages.parts.frame.tables import data_table
from pages.parts.studies import paper_cells as tables
from pages.parts.studies import published_chips as chips
from pages.parts.studies.discrepancy import show_discrepancy
from pages.parts.validation.circuits import show_circuits
from pages.parts.validation.referee import show_referee

SILICON_HELP = """
- **Held out**: the corrections were learnt without the chip they are judged on, chip after chip.
  The form of the model was not held out, so these errors flatter.
- Each row is a chip: hollow is published, filled is ours, and a thick rule joins two that lie more
  than 2× apart. Of several rows of a chip, the one with the median error is drawn.
- **Median factor**: half of the chips are closer than that, either way.
- **Speed** is at the stated clock where there is one, which tests how a row is counted. With the
  *clock withheld*, and in the *time of a read*, the model finds it.
- **One line** is the least a model must beat: the class's median, for energy times V².
"""
LIMITS = """
What limits it: sparsity and activity are in published figures and not in what is known of a chip.
Some areas are whole dies, others one bank. The time of a read is a designer's choice, which no
geometry tells. And some rows contradict themselves. The chips below are farthest off.
"""
PAPER_HELP = """
- **The band** is ±15 %; the dashed rule is the paper's own spread where it prints a model twice.
  Filled marks lie inside one of the two, hollow ones in neither.
- **Expert FFNs** is what the tables imply: counting the whole network moves every cell. Both stand
  here.
- **Paper's tables**: a few constants and macro geometries fitted to these very cells. So agreement
  shows that one consistent chip explains the tables, not that such a chip exists.
  **Published chips**: the constants calibrated above, which never saw the paper.
- **mIoU** is measured or predicted with weights of ours at 240 × 320 pixels; the paper's
  training is not printed, so the gap is not the simulator's.
- **Savings**: total = what the searched network saves on default hardware × what hardware found for
  it then saves. The paper does not name its baseline; three candidates stand here.
"""


def _silicon() -> None:
    device = st.segmented_control(
        "Class of chips",
        list(chips.CLASSES),
        default="RRAM",
        required=True,
        format_func=chips.CLASSES.__getitem__,
        key="chips_of",
        bind="query-params",
    )
    try:
        chips.score_cards(device)
        twin = st.toggle("Numbers as tables", key="twin_silicon")
        chips.show_agreement(device, twin=twin)
        chips.show_scores(device)
        st.markdown(LIMITS)
        data_table(chips.farthest(device), f"farthest_{device}", alt="The chips farthest off.")
        brief_source(
            "Source: figures as published, chip by chip; ours simulated with corrections"
            f" that never saw the chip; made by `{chips.command()}`, docs/silicon.md."
        )
    except FieldError as error:
        st.error(f"The stored validation cannot be shown. {plain(str(error), limit=400)}.")
    how_to_read(SILICON_HELP)
    st.subheader("Chips of your own", anchor=False)
    chips.own_chips()


def _paper() -> None:
    found = tables.answers()
    if found is None:
        return
    with st.container(horizontal=True, gap="medium"):
        scope = st.segmented_control(
            "Count",
            list(tables.SCOPES),
            default="ffn",
            required=True,
            format_func=tables.SCOPES.__getitem__,
            key="scope",
            bind="query-params",
        )
        constants = st.segmented_control(
            "Constants fitted to",
            list(tables.CONSTANTS),
            default="paper",
            required=True,
            format_func=tables.CONSTANTS.__getitem__,
            key="fitted_to",
            bind="query-params",
        )
    tables.cell_cards(found, scope, constants)
    tables.show_cells(found, scope, constants)
    if st.toggle("Every cell as a table", key="twin_cells"):
        tables.cell_table(found, scope, constants)
    st.subheader("Where the abstract's savings come from", anchor=False)
    tables.savings_table(found, scope, constants)
    brief_source(
        "Source: printed cells of Tables G1 and G2 and of the abstract; ours simulated,"
        f" mIoU measured or predicted; made by `{tables.made_by(found)}`, docs/paper.md."
    )
    how_to_read(PAPER_HELP)


title(
    "Validation",
    "Does measured silicon agree with this simulator, and does it explain what the paper prints?",
)
st.html(STYLE)
st.header("Published chips", anchor=False)
_silicon()
st.subheader("As a study", anchor=False)
show_circuits()
st.header("Other simulators", anchor=False)
show_referee()
st.header("The paper's tables", anchor=False)
_paper()
st.header("A simulator that is wrong", anchor=False)
show_discrepancy()
