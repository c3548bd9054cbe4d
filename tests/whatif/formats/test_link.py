"""A design in an address: comes back as it was, and nothing else comes in."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cmn_core.architecture import SPACES, Architecture
from cmn_core.cim.technologies.technology import load_technology
from cmn_core.design import MEMORIES, Design, Hardware, Workload
from cmn_core.errors import FieldError
from cmn_core.whatif.edits import completed, used_only
from cmn_core.whatif.formats.link import (
    MAX_NAME,
    design_name,
    memory_kind,
    named,
    pack_design,
    short_text,
    unpack_design,
)


@st.composite
def designs(draw: st.DrawFn) -> Design:
    space = SPACES[draw(st.sampled_from(list(SPACES)))]
    experts = draw(st.tuples(*[st.integers(1, 5)] * 4))
    hidden = draw(st.tuples(*(st.integers(16, top) for top in space.max_hidden)))
    memory = draw(st.tuples(*[st.sampled_from(MEMORIES)] * 4))
    macros = {
        name: {k.name: draw(st.sampled_from(k.levels)) for k in load_technology(name).knob.values()}
        for name in MEMORIES
    }
    workload = Workload(
        draw(st.tuples(st.integers(32, 8192), st.integers(32, 8192))),
        draw(st.integers(1, 16)),
        draw(st.integers(1, 16)),
        draw(st.none() | st.integers(1, 5)),
    )
    hardware = draw(
        st.none()
        | st.builds(
            Hardware, st.just(memory), st.just(macros), st.tuples(*[st.integers(1, 64)] * 4)
        )
    )
    return Design(Architecture(experts, hidden), space.name, workload, hardware)


@settings(max_examples=40)
@given(designs(), st.text(max_size=80))
def test_a_design_comes_back_with_its_name(design: Design, name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    given_name = named(design, name)
    token = pack_design(given_name)
    found = unpack_design(token)
    assert replace(found, provenance=None) == used_only(design)
    assert design_name(found) == " ".join(name.split())[:MAX_NAME].strip() or not name.strip()
    assert len(token) < 700


def test_a_usual_design_is_a_short_link(mixed: Design) -> None:
    assert len(pack_design(mixed)) < 130


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_rubbish_is_refused(text: str) -> None:
    with pytest.raises(FieldError):
        unpack_design(text)


def test_cut_changed_and_swollen_links_are_refused(mixed: Design) -> None:
    token = pack_design(mixed)
    for wrong in (token[:-4], token[:20] + "A" + token[21:] + "x", "b" + token[1:], "a" * 5000):
        with pytest.raises(FieldError):
            unpack_design(wrong)
    swollen = zlib.compress(b" " * 100_000, 9)
    with pytest.raises(FieldError, match="too long"):
        unpack_design("a" + base64.urlsafe_b64encode(swollen).decode().rstrip("="))


def test_a_link_is_checked_like_a_file(mixed: Design) -> None:
    outside = replace(mixed, architecture=Architecture((1, 1, 1, 1), (16, 16, 16, 9000)))
    with pytest.raises(FieldError, match=r"hidden\[3\]"):
        unpack_design(pack_design(outside))


def test_names_and_words(mixed: Design) -> None:
    assert design_name(named(mixed, "  a \n b ")) == "a b"
    assert named(named(mixed, "x"), "") == mixed
    assert design_name(replace(mixed, provenance={"name": 3})) == ""
    assert short_text(mixed) == "SRSR, experts 2 3 2 1, hidden 64 128 320 512"
    assert memory_kind(mixed) == "hybrid"
    assert memory_kind(Design(mixed.architecture)) == "hybrid"
    assert memory_kind(completed(Design(mixed.architecture))) == "rram"
