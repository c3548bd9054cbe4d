"""What people hand in, checked by pydantic and refused in one sentence of our own.

A file is a tree of `Strict` models (`parsed`); a value by itself has an annotated type (`check`).
Whatever a type says of itself in `words` stands in the sentence, else what pydantic missed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from cmn_core.design.text import shown, stated, whole_text
from cmn_core.errors import FieldError, nearest, one_line, unknown_key

_CONFIG = ConfigDict(strict=True, allow_inf_nan=False)
_NOUNS = {
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "float_type": "a number is expected",
    "finite_number": "a finite number is expected",
    "bool_type": "true or false is expected",
    "string_type": "a text is expected",
    "list_type": "a list is expected",
    "tuple_type": "a list is expected",
    "dict_type": "an object is expected",
    "model_type": "an object is expected",
    "model_attributes_type": "an object is expected",
}


class Strict(BaseModel):
    """A JSON object with no other keys than its fields, nothing converted, all numbers finite."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Words:
    """What an annotated type accepts, for the sentence of a refusal."""

    text: str

    def words(self, value: object) -> str:
        return self.text


@dataclass(frozen=True)
class Within:
    """A number from low to high, or above low where there is no high; whole or not as `low` is."""

    low: float
    high: float | None

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        ends = Field(gt=self.low) if self.high is None else Field(ge=self.low, le=self.high)
        return handler.generate_schema(Annotated[source, ends])

    def words(self, value: object) -> str:
        if self.high is None:
            return f"a finite number above {self.low:g} is allowed"
        if isinstance(self.low, int):
            return f"{self.low} to {self.high} is allowed"
        number = "" if value is None else "a finite number "
        return f"{number}{self.low:g} to {self.high:g} is allowed"


@dataclass(frozen=True)
class OneOf:
    """One of some words, for sets that are known when the program runs."""

    names: tuple[str, ...]

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> Any:
        return handler(Literal[self.names])

    def words(self, value: object) -> str:
        return f"{nearest(value, self.names)}allowed are {', '.join(self.names)}"


def check(name: str, value: object, kind: Any) -> None:
    """Refuse a value under that name that is not of that annotated type."""
    try:
        _adapter(kind).validate_python(value)
    except ValidationError as error:
        issue = error.errors()[0]
        raise FieldError(name, f"found {stated(value)}", _allowed(issue, kind)) from None


def check_fields(data: Any) -> None:
    """Refuse the first field of a dataclass that is not of its annotated type."""
    owner: Any = type(data)
    for name, kind in _annotated(owner).items():
        check(name, getattr(data, name), kind)


def refused(error: ValidationError, model: type[BaseModel], whole: str) -> FieldError:
    """First complaint of pydantic about a model in our own words; unknown keys come first, and what
    is wrong inside an object or list before that it is not a word. whole: name of the value."""

    def rank(issue: Any) -> int:
        if issue["type"] == "extra_forbidden":
            return 0
        nested = isinstance(issue["input"], dict | list)
        return 2 if issue["type"] == "literal_error" and nested else 1

    issue: Any = min(error.errors(), key=rank)
    kind: Any = model
    owner, path, parent = kind, "", ""
    for part in issue["loc"]:
        on_path, inside = _inside(kind, part)
        if on_path:
            owner, parent = kind, path
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else part
        kind = inside
    if issue["type"] == "extra_forbidden":
        return unknown_key(parent, issue["loc"][-1], _fields(_bare(owner)))
    if issue["type"] == "missing":
        return FieldError(path, "missing", "this field is required")
    if issue["type"].startswith("union_tag"):
        field = issue["ctx"]["discriminator"].strip("'")
        known = [get_args(m.model_fields[field].annotation)[0] for m in get_args(_bare(kind))]
        tag = issue["ctx"].get("tag")
        found = "missing" if tag is None else f"found {shown(tag)}"
        near = "" if tag is None else nearest(tag, known)
        return FieldError(f"{path}.{field}", found, f"{near}allowed are {', '.join(known)}")
    return FieldError(path or whole, f"found {shown(issue['input'])}", _allowed(issue, kind))


def check_texts(data: Mapping[str, Any], whole: str, free: str) -> None:
    """Refuse half characters in texts and keys of a JSON object; below the key `free`, which has no
    model, numbers that are not finite too."""
    waiting: list[tuple[str, object]] = [("", data)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, str) and not whole_text(value):
            found = f"found {shown(value)}"
            raise FieldError(path, found, "a text of whole Unicode characters is expected")
        if path.startswith(free) and isinstance(value, float) and not math.isfinite(value):
            raise FieldError(path, f"found {shown(value)}", _NOUNS["finite_number"])
        if isinstance(value, dict):
            for key in value:
                if isinstance(key, str) and not whole_text(key):
                    found = f"found the key {shown(key)}"
                    allowed = "keys of whole Unicode characters are expected"
                    raise FieldError(path or whole, found, allowed)
            inner = [(f"{path}.{key}".lstrip("."), part) for key, part in value.items()]
            waiting += reversed(inner)
        elif isinstance(value, list):
            waiting += reversed([(f"{path}[{i}]", part) for i, part in enumerate(value)])


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=_CONFIG)


@cache
def _annotated(owner: Any) -> dict[str, Any]:
    hints = get_type_hints(owner, include_extras=True)
    return {name: kind for name, kind in hints.items() if list(_metadata(kind))}


def _fields(model: Any) -> dict[str, Any]:
    """Annotated type of each key that a model has."""
    return {
        f.alias or name: Annotated[f.annotation, *f.metadata] if f.metadata else f.annotation
        for name, f in model.model_fields.items()
    }


def _bare(kind: Any) -> Any:
    """A type without what is said of it, and without None beside it."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, UnionType):
        rest = tuple(part for part in get_args(kind) if part is not NoneType)
        return _bare(rest[0]) if len(rest) == 1 else Union[rest]  # noqa: UP007
    return kind


def _metadata(kind: Any) -> Iterator[Any]:
    """What is said of a type or of what may be None beside it."""
    if get_origin(kind) is Annotated:
        for said in kind.__metadata__:
            yield from said.metadata if isinstance(said, FieldInfo) else [said]
        yield from _metadata(get_args(kind)[0])
    elif get_origin(kind) in (Union, UnionType):
        rest = [part for part in get_args(kind) if part is not NoneType]
        if len(rest) == 1:
            yield from _metadata(rest[0])


def _inside(kind: Any, part: int | str) -> tuple[bool, Any]:
    """Whether a part of pydantic's location is on the path to a value of the file, and not a branch
    of a union, and the type that it leads to."""
    bare = _bare(kind)
    if isinstance(bare, type) and issubclass(bare, BaseModel):
        return True, _fields(bare).get(str(part), Any)
    if get_origin(bare) is Union:
        label = str(part).split("[")[0]
        branch = next((b for b in get_args(bare) if label in _labels(_bare(b))), Any)
        # What a union says of itself holds for what its branches refuse.
        said = [m for m in _metadata(kind) if isinstance(m, Words)]
        return False, Annotated[branch, *said] if said else branch
    if isinstance(part, int):
        return True, get_args(bare)[0]
    if get_origin(bare) is dict and part != "[key]":
        return True, get_args(bare)[1]
    return False, kind


def _labels(kind: Any) -> Iterable[str]:
    """How pydantic may name a branch of a union."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        literals = [f.annotation for f in kind.model_fields.values()]
        tags = [get_args(k)[0] for k in literals if get_origin(k) is Literal]
        return {kind.__name__, *tags}
    return {(get_origin(kind) or kind).__name__.lower()}


def _allowed(issue: Any, kind: Any) -> str:
    """What would have been accepted, in words."""
    said = list(_metadata(kind))
    for one in said:
        if isinstance(one, Words | Within | OneOf):
            return one.words(issue["input"])
    name, context = issue["type"], issue.get("ctx", {})
    if name in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if name == "greater_than_equal" else "at most"
        return f"{bound} {context.get('ge', context.get('le'))} is allowed"
    if name.endswith(("too_short", "too_long")):
        limit = context.get("min_length", context.get("max_length"))
        both = [getattr(m, k, None) for m in said for k in ("min_length", "max_length")]
        if both.count(limit) == 2:
            return f"exactly {limit} values are expected"
        bound = "at least" if name.endswith("short") else "at most"
        return f"{bound} {limit} {'characters' if 'string' in name else 'entries'} are allowed"
    if name == "literal_error":
        return f"allowed are {context.get('expected')}"
    return _NOUNS.get(name, one_line(issue["msg"].lower(), 100))
