from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.errors import FieldError
from cmn_core.search.generation import Generation

NUMBERS = st.floats(allow_nan=False) | st.integers(-(2**53), 2**53)
VALUES = st.recursive(
    NUMBERS | st.booleans() | st.none() | st.text(max_size=8).filter(lambda t: "inf" not in t),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=20,
)


def generation(**changes):
    plain = {
        "index": 3,
        "evaluations": 100,
        "best": None,
        "front": [],
        "nearest": None,
        "points": {"miou": []},
        "history": {"generation": 3, "seconds": 0.25},
        "limits": {"min_miou": 12.5},
        "state": {},
    }
    return Generation(**{**plain, **changes})


@given(state=st.dictionaries(st.text(max_size=5), VALUES, max_size=5))
def test_json_text_keeps_every_number_bit_for_bit(state):
    before = generation(state=state)
    after = Generation.from_json(json.loads(json.dumps(before.to_json(), allow_nan=False)))
    assert after == before
    assert repr(after) == repr(before)  # also tells 0.0 from -0.0 and 1 from 1.0


def test_nan_has_no_place_in_a_generation():
    with pytest.raises(ValueError, match="NaN"):
        generation(state={"x": [math.nan]}).to_json()


def test_other_objects_are_refused():
    with pytest.raises(FieldError, match="did you mean 'index'"):
        Generation.from_json({"indx": 1})
    with pytest.raises(FieldError, match=r"generation.best: missing"):
        Generation.from_json({"index": 1, "evaluations": 2})
    with pytest.raises(FieldError, match="no JSON object"):
        Generation.from_json([])
