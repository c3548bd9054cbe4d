from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.errors import FieldError
from cmn_core.search.constraints import Limits
from cmn_core.search.generation import Generation, HistoryRow, Points
from cmn_core.search.state import STATE_VERSION, EvolutionState, Placed, SearchState

FLOATS = st.floats(allow_nan=False)
GENES = st.tuples(*[st.integers(1, 1024)] * 8)
PLACED = st.builds(
    Placed,
    GENES,
    st.tuples(FLOATS, FLOATS, FLOATS),
    st.none() | st.tuples(*[st.integers(0, 11)] * 14),
    st.integers(0, 2**53),
)
EVOLUTIONS = st.builds(
    EvolutionState,
    X=st.lists(st.lists(st.integers(1, 1024), min_size=8, max_size=8), max_size=3),
    F=st.lists(st.lists(FLOATS, min_size=3, max_size=3), max_size=3),
    G=st.lists(st.lists(FLOATS, min_size=1, max_size=1), max_size=3),
    rank=st.lists(st.none() | st.integers(0, 9), max_size=3),
    crowding=st.lists(st.none() | FLOATS, max_size=3),
    seen=st.binary(max_size=32),
)
STATES = st.builds(
    SearchState,
    evolution=EVOLUTIONS,
    stalled=st.integers(0, 9),
    hypervolume=FLOATS,
    # An architecture has one mIoU, on however many chips (test_front).
    front=st.lists(PLACED, max_size=4, unique_by=lambda p: p.genes).map(tuple),
    best=st.none() | PLACED,
    closest=st.none() | PLACED,
)


def generation(**changes):
    row = {"best_objective": None, "hypervolume": 0.0, "feasible_share": 0.5}
    plain = {
        "index": 3,
        "evaluations": 100,
        "best": None,
        "front": (),
        "nearest": None,
        "points": Points(),
        "history": HistoryRow(generation=3, evaluations=100, seconds=0.25, **row),
        "limits": Limits(min_miou=12.5),
        "state": None,
    }
    return Generation(**{**plain, **changes})


@given(state=STATES)
def test_json_text_keeps_every_number_bit_for_bit(state):
    before = generation(state=state)
    after = Generation.from_json(json.loads(json.dumps(before.to_json(), allow_nan=False)))
    assert after == before
    assert repr(after) == repr(before)  # also tells 0.0 from -0.0 and 1 from 1.0


def test_the_swarms_share_is_known_where_a_swarm_ran():
    row = generation().history
    assert row.swarm_share is None
    assert "swarm_seconds" not in row.to_json()  # stored generations of before have none either
    assert HistoryRow.from_json(row.to_json()) == row
    timed = replace(row, swarm_seconds=0.1)
    assert timed.swarm_share == pytest.approx(0.4)
    assert HistoryRow.from_json(timed.to_json()) == timed


def test_nan_has_no_place_in_a_generation():
    with pytest.raises(ValueError, match="NaN"):
        generation(points=Points(miou=[math.nan])).to_json()


def test_a_generation_to_look_at_has_no_state():
    assert Generation.from_json(generation().to_json()).state is None


def test_other_objects_are_refused():
    with pytest.raises(FieldError, match="did you mean 'index'"):
        Generation.from_json({"indx": 1})
    with pytest.raises(FieldError, match=r"generation.best: missing"):
        Generation.from_json({"index": 1, "evaluations": 2})
    with pytest.raises(FieldError, match="no JSON object"):
        Generation.from_json([])
    whole = generation().to_json()
    with pytest.raises(FieldError, match="something else in it"):
        Generation.from_json({**whole, "front": [{"space": "b0"}]})
    with pytest.raises(
        FieldError, match=f"run: .*version 1 of .*continues version {STATE_VERSION};"
    ):
        Generation.from_json({**whole, "state": {"version": 1}})
