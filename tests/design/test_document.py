import copy
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmn_core.design import (
    Design,
    Hardware,
    Workload,
    design_schema,
    parse_design,
    parse_json,
    read_design,
    read_json,
)
from cmn_core.errors import FieldError

FULL = {
    "schema": "cmn.design/1",
    "space": "b0",
    "workload": {
        "image": [240, 320],
        "weight_bits": 4,
        "activation_bits": 6,
        "routing": {"top_k": 2},
    },
    "architecture": {"experts": [2, 3, 3, 2], "hidden": [32, 64, 252, 237]},
    "hardware": {
        "memory": ["rram", "sram", "sram", "rram"],
        "macros": {"rram": {"rows": 128, "vdd_v": 0.9}, "sram": {"rows": 64}},
        "replicas": [1, 2, 1, 4],
    },
    "metrics": {"energy_uj": 12.5, "miou": None},
    "provenance": {"seed": 1},
}


def test_a_full_design_round_trips():
    design = parse_design(FULL)
    assert design.workload == Workload((240, 320), 4, 6, 2)
    assert design.hardware is not None and design.hardware.complete
    again = parse_design(json.loads(json.dumps(design.to_json())))
    assert again.to_json() == design.to_json()
    out = design.to_json()
    assert out["hardware"] == FULL["hardware"] and out["workload"] == FULL["workload"]


def test_absent_parts_take_the_stated_defaults():
    small = {k: FULL[k] for k in ("schema", "space", "architecture")}
    design = parse_design(small)
    assert design.workload == Workload((240, 320), 8, 8, None)
    assert design.hardware is None and design.metrics is None
    assert design.to_json()["workload"]["routing"] == "dense"


def test_a_block_may_state_the_memory_of_each_expert():
    own = ["sram", "rram", "rram"]
    asked = change(("hardware", "memory"), ["rram", own, ["sram"] * 3, "rram"])
    hardware = parse_design(asked).hardware
    # The rest of a block with experts on both lies on SRAM; a block on one is written as before.
    assert hardware.memory == ("rram", "sram", "sram", "rram")
    assert hardware.experts == (None, tuple(own), None, None)
    assert hardware.technologies == ("rram", "sram") and hardware.by_expert
    assert hardware.to_json()["memory"] == ["rram", own, "sram", "rram"]
    assert parse_design({**asked, "hardware": hardware.to_json()}).hardware == hardware
    assert Hardware.from_stored(hardware.to_json()) == hardware
    assert len({hardware, Hardware(hardware.memory, hardware.macros, hardware.replicas)}) == 2


def test_uniform_memory_is_written_as_one_word():
    assert Hardware(("sram",) * 4).to_json() == {"memory": "sram"}
    assert not Hardware(("sram",) * 4).complete


def change(path, value):
    data = copy.deepcopy(FULL)
    target = data
    for key in path[:-1]:
        target = target[key]
    if value is KeyError:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "field", "words"),
    [
        (("hardwere",), {}, "hardwere", "did you mean 'hardware'"),
        (("architecture", "hiden"), [1], "architecture.hiden", "did you mean 'hidden'"),
        (("workload", "routing"), {"topk": 2}, "workload.routing.topk", "did you mean 'top_k'"),
        (("schema",), "cmn.design/2", "schema", "this version reads 'cmn.design/1'"),
        (("schema",), KeyError, "schema", "required"),
        (("schema",), None, "schema", "found null; this version reads"),
        (("schema",), {"a": 10**5000}, "schema", "great size"),
        (("space",), "b7", "space", "'b0', 'b1' or 'b2'"),
        (("architecture", "hidden", 0), 129, "architecture.hidden[0]", "16 to 128"),
        (("architecture", "hidden", 0), 64.0, "architecture.hidden[0]", "whole number"),
        (("architecture", "hidden", 0), "64", "architecture.hidden[0]", "whole number"),
        (("architecture", "experts", 2), True, "architecture.experts[2]", "whole number"),
        (("architecture", "experts", 2), 6, "architecture.experts[2]", "at most 5"),
        (("architecture", "experts"), [1, 2, 3], "architecture.experts", "exactly 4"),
        (("architecture",), None, "architecture", "an object"),
        (("workload", "weight_bits"), 17, "workload.weight_bits", "at most 16"),
        (("workload", "image"), [480], "workload.image", "exactly 2"),
        (("workload", "routing"), "sparse", "workload.routing", "dense"),
        (("hardware", "memory"), "pcm", "hardware.memory", '"rram"'),
        (("hardware", "memory"), ["rram"] * 5, "hardware.memory", "list of four"),
        (("hardware", "replicas", 1), 0, "hardware.replicas[1]", "at least 1"),
        (("hardware", "macros", "rram", "rows"), math.nan, "hardware.macros.rram.rows", "number"),
        (("hardware", "macros", "rram", "rows"), True, "hardware.macros.rram.rows", "number"),
        (("metrics", "energy_uj"), math.inf, "metrics.energy_uj", "finite"),
        (("architecture", "experts", 0), math.nan, "architecture.experts[0]", "found NaN; "),
        (("architecture", "hidden", 3), math.inf, "architecture.hidden[3]", "found Infinity; "),
        (("provenance", "x"), math.nan, "provenance.x", "found NaN; a finite number"),
        (("provenance", "a"), [1, {"b": -math.inf}], "provenance.a[1].b", "found -Infinity; "),
        (("workload", "routing"), {"top_k": 9}, "workload.routing.top_k", "found 9; "),
        (("workload", "routing", "top_k"), 0, "workload.routing.top_k", "found 0; "),
        (("workload", "routing", "top_k"), math.nan, "workload.routing.top_k", "found NaN; "),
        (("hardware", "memory", 1), "pcm", "hardware.memory[1]", "'rram' or 'sram'"),
        (("hardware", "memory", 1), ["sram", "rram"], "hardware.memory[1]", "3 are expected"),
        (("hardware", "memory", 1), ["sram"] * 6, "hardware.memory[1]", "a list of them"),
        (("hardware", "memory", 1), ["sram", 1, "rram"], "hardware.memory[1][1]", "'rram'"),
        (("list",), 1, "list", "unknown key"),
        (("space",), "b\ud800", "space", "whole Unicode characters"),
        (("provenance", "x"), ["\udfff"], "provenance.x[0]", "whole Unicode characters"),
        (("metrics", "\ud800"), 1.0, "metrics", "whole Unicode characters"),
        (("\ud800",), 1.0, "design", "whole Unicode characters"),
        (("metrics", "energy"), 1.0, "metrics.energy", "did you mean 'energy_uj'"),
    ],
)
def test_each_refusal_names_its_field_in_one_sentence(path, value, field, words):
    with pytest.raises(FieldError) as error:
        parse_design(change(path, value))
    assert error.value.field == field
    assert words in str(error.value) and "\n" not in str(error.value)
    assert str(error.value).encode()


def test_null_is_as_good_as_absent():
    names = ("workload", "hardware", "metrics", "provenance")
    bare = {k: v for k, v in FULL.items() if k not in names}
    assert parse_design({**bare, **dict.fromkeys(names)}) == parse_design(bare)


def test_knob_of_any_size_is_written_as_it_was_read():
    huge = change(("hardware", "macros", "rram", "rows"), 10**400)
    assert parse_design(huge).to_json()["hardware"]["macros"]["rram"]["rows"] == 10**400


@pytest.mark.parametrize(
    ("number", "found"), [("NaN", "NaN"), ("1e999", "Infinity"), ("-Infinity", "-Infinity")]
)
def test_number_of_a_file_that_is_not_finite_names_its_field(tmp_path, number, found):
    for path, field in (
        (("architecture", "experts", 0), "architecture.experts[0]"),
        (("provenance", "seed"), "provenance.seed"),
    ):
        text = json.dumps(change(path, "HERE")).replace('"HERE"', number)
        (tmp_path / "d.json").write_text(text)
        with pytest.raises(FieldError, match=f"found {found}; ") as error:
            read_design(tmp_path / "d.json")
        assert error.value.field == field
        with pytest.raises(FieldError, match=r"d\.json: "):
            read_json(tmp_path / "d.json")


def test_file_without_a_name_is_still_named():
    with pytest.raises(FieldError) as error:
        read_design("")
    assert error.value.field == "design"


def test_key_given_twice_can_be_printed():
    with pytest.raises(FieldError, match="given twice") as error:
        parse_json(r'{"\ud800": 1, "\ud800": 2}')
    assert str(error.value).encode()


@pytest.mark.parametrize("data", [None, 3, [], "x", True, 1.5, {}])
def test_what_is_no_object_is_refused(data):
    with pytest.raises(FieldError):
        parse_design(data)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "no JSON"),
        (b'{"a": NaN}', "found NaN"),
        (b'{"a": -Infinity}', "found -Infinity"),
        (b'{"a": 1e999}', "finite"),
        (b'{"a": 1%s}' % (b"0" * 400), "finite"),
        (b'{"a": 1, "a": 2}', "given twice"),
        (b'{"a": 1', "no JSON"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "JSON"),
        (b"9" * 5000, "finite"),
    ],
)
def test_texts_that_are_no_plain_json(text, words):
    with pytest.raises(FieldError) as error:
        parse_json(text)
    assert words in str(error.value) and len(str(error.value)) < 300


def test_a_number_too_long_to_read_is_no_json_where_others_name_the_field():
    with pytest.raises(FieldError, match="no readable JSON"):
        parse_json(b"9" * 5000, finite=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=8,
)
PATHS = st.sampled_from(
    [
        ("schema",), ("space",), ("workload",), ("architecture",), ("hardware",), ("metrics",),
        ("provenance",), ("workload", "image"), ("workload", "routing"), ("hardware", "memory"),
        ("hardware", "macros"), ("hardware", "macros", "rram"), ("hardware", "replicas"),
        ("architecture", "hidden", 1), ("architecture", "experts"), ("more",),
    ]
)  # fmt: skip


@given(PATHS, JSON)
def test_any_value_anywhere_is_accepted_or_refused_in_one_sentence(path, value):
    found: object
    try:
        found = parse_design(change(path, value))
    except FieldError as error:
        found = error
    assert isinstance(found, Design | FieldError)
    assert isinstance(found, Design) or "\n" not in str(found)


def test_schema_lists_every_key():
    schema = design_schema()
    assert set(schema["properties"]) == set(FULL)
    assert schema["additionalProperties"] is False


def test_each_block_may_have_its_own_top_k():
    each = {**FULL, "workload": {"routing": {"top_k": [1, 2, 5, 3]}}}
    design = parse_design(each)
    assert design.workload.top_k == design.workload.experts_of_token == (1, 2, 5, 3)
    assert design.to_json()["workload"]["routing"] == {"top_k": [1, 2, 5, 3]}
    assert design.workload.routing_text == "top-1/2/5/3"
    assert Design.from_stored(design.to_json()) == design and hash(design)
    # Four equal numbers are one: the same design has one address.
    same = parse_design({**FULL, "workload": {"routing": {"top_k": [2, 2, 2, 2]}}})
    assert same.workload == Workload(top_k=2) and same.workload.experts_of_token == (2, 2, 2, 2)
    assert Workload(top_k=(1, 2, 5, 3)).dense((1, 2, 4, 3))
    assert not Workload(top_k=(1, 2, 5, 3)).dense((2, 2, 4, 3))
    assert Workload().dense((5, 5, 5, 5)) and Workload().experts_of_token is None


@pytest.mark.parametrize("top_k", [[1, 2, 3], [1, 2, 3, 6], [1, 2, 3, 4, 5], [], [1, 2, 3, True]])
def test_other_lists_of_top_k_are_refused(top_k):
    with pytest.raises(FieldError, match=r"^workload.routing.top_k"):
        parse_design({**FULL, "workload": {"routing": {"top_k": top_k}}})
