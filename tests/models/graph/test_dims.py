from __future__ import annotations

from typing import Any

import pytest

from cmn_core.errors import FieldError
from cmn_core.models.graph.dims import check_dims, parse_dims


def test_names_have_whole_sizes() -> None:
    assert parse_dims(["batch=1", " a=b = 12 "]) == {"batch": 1, "a=b": 12}
    assert parse_dims([]) == {}


@pytest.mark.parametrize("item", ["batch", "=1", "batch=", "n=-1", "n=1.5", "n=٣", "n=123456789"])
def test_anything_else_is_refused(item: str) -> None:
    with pytest.raises(FieldError, match=r"^dim: found '.*'; each name once with a whole number"):
        parse_dims([item])


def test_a_name_stands_once() -> None:
    with pytest.raises(FieldError, match=r"^dim: found 'n=2'"):
        parse_dims(["n=1", "n=2"])


@pytest.mark.parametrize("size", [0, -1, True, 1.5, 10**8])
def test_sizes_are_whole_and_small(size: Any) -> None:
    with pytest.raises(FieldError, match=r"^dim n: found .*; 1 to 10000000 is allowed"):
        check_dims({"n": size})
