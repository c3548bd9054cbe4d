"""Model files: JSON of schema cmn.model/1 to a Model, or one sentence that says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from cmn_core.design import read_json
from cmn_core.design.text import shown
from cmn_core.errors import FieldError, one_line, unknown_key
from cmn_core.models.layers import KINDS, SCHEMA, FeedForward, Model, Published

MAX_FILE_BYTES = 5_000_000
_NOUNS = {
    "int_type": "a whole number is expected",
    "int_from_float": "a whole number is expected",
    "bool_type": "true or false is expected",
    "string_type": "a text is expected",
    "list_type": "a list is expected",
    "tuple_type": "a list is expected",
    "dict_type": "an object is expected",
    "model_type": "an object is expected",
    "model_attributes_type": "an object is expected",
}


def read_model(path: str | Path) -> Model:
    """Model of a JSON file; FieldError for whatever a person can get wrong."""
    return parse_model(read_json(path, MAX_FILE_BYTES))


def parse_model(data: object) -> Model:
    """JSON value -> Model; FieldError with the path of the first field that is wrong."""
    if not isinstance(data, dict):
        raise FieldError("model", f"found {shown(data)}", "a JSON object is expected")
    if "schema" in data and data["schema"] != SCHEMA:
        found = f"found {shown(data['schema'])}"
        raise FieldError("schema", found, f"this version reads {SCHEMA!r}")
    try:
        # As JSON, pydantic is strict about numbers and yet makes tuples of lists.
        model = Model.model_validate_json(json.dumps(data, ensure_ascii=False).encode("utf-8"))
    except UnicodeEncodeError:
        found = "found a text with half a character"
        raise FieldError("model", found, "whole Unicode characters are expected") from None
    except RecursionError:
        raise FieldError("model", "nested too deeply", "a plain JSON file is expected") from None
    except ValidationError as error:
        raise _field_error(error) from None
    _check(model)
    return model


def model_schema() -> dict[str, Any]:
    """JSON Schema of a model file; assets/model.schema.json is this."""
    return Model.model_json_schema(by_alias=True)


def _check(model: Model) -> None:
    """What concerns several fields at once."""
    for name in model.repeat:
        if name not in model.blocks:
            refusal = unknown_key("repeat", name, model.blocks)
            allowed = refusal.allowed.replace("known keys", "blocks of the layers")
            raise FieldError(refusal.field, "no layer is of that block", allowed)
    for i, layer in enumerate(model.layers):
        path = f"layers[{i}]"
        if layer.kind == "attention":
            if layer.width % layer.heads:
                found = f"found {layer.heads} heads for a width of {layer.width}"
                raise FieldError(f"{path}.heads", found, "heads of equal width are expected")
            if layer.causal and layer.kv_tokens < layer.tokens:
                found = f"found {layer.kv_tokens} for {layer.tokens} tokens"
                raise FieldError(f"{path}.kv_tokens", found, "causal: at least `tokens` is allowed")
        if layer.kind == "ffn":
            _check_routing(layer, path)


def _check_routing(layer: FeedForward, path: str) -> None:
    if layer.active > layer.experts:
        allowed = f"at most {layer.experts}, the number of experts, is allowed"
        raise FieldError(f"{path}.top_k", f"found {layer.top_k}", allowed)
    if layer.shared_hidden is not None and layer.shared == 0:
        raise FieldError(f"{path}.shared_hidden", "given", "it belongs to shared experts")
    tokens = layer.histogram
    if tokens is None:
        return
    if len(tokens) != layer.experts:
        found = f"found {len(tokens)} values"
        raise FieldError(f"{path}.histogram", found, f"one for each of {layer.experts} experts")
    if max(tokens) > layer.tokens:
        found = f"found {max(tokens)} tokens in one expert"
        raise FieldError(f"{path}.histogram", found, f"there are {layer.tokens} tokens")
    if sum(tokens) != layer.tokens * layer.active:
        found = f"found a sum of {sum(tokens)}"
        allowed = f"{layer.tokens} tokens x {layer.active} experts each are expected"
        raise FieldError(f"{path}.histogram", found, allowed)


def _field_error(error: ValidationError) -> FieldError:
    """First complaint of pydantic in our own words; unknown keys come first."""
    issue = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
    loc = [p for i, p in enumerate(issue["loc"]) if _on_path(issue["loc"], i)]
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in loc).lstrip(".")
    kind, context = issue["type"], issue.get("ctx", {})
    if kind == "extra_forbidden":
        owner = path.rsplit(".", 1)[0] if "." in path else ""
        return unknown_key(owner, loc[-1], _known_keys(issue["loc"]))
    if kind == "json_invalid":
        return FieldError("model", "nested too deeply", "a plain JSON file is expected")
    if kind == "missing":
        return FieldError(path, "missing", "this field is required")
    if kind == "union_tag_not_found":
        return FieldError(f"{path}.kind", "missing", f"allowed are {', '.join(KINDS)}")
    if kind == "union_tag_invalid":
        tag = str(context.get("tag"))
        near = unknown_key("", tag, KINDS).allowed.split("known keys are")[0]
        allowed = f"{near}allowed are {', '.join(KINDS)}"
        return FieldError(f"{path}.kind", f"found {shown(tag)}", allowed)
    return FieldError(path or "model", f"found {shown(issue['input'])}", _allowed(issue))


def _on_path(loc: Sequence[int | str], i: int) -> bool:
    """Whether a part of pydantic's location is a key of the file, not the kind of a layer or a
    branch of a union."""
    part = loc[i]
    if isinstance(part, int):
        return True
    if i == 2 and loc[0] == "layers" and part in KINDS:
        return False
    return not any(
        part == u or part.startswith(u + "[") for u in ("int", "constrained-int", "[key]")
    )


def _known_keys(loc: Sequence[int | str]) -> list[str]:
    owner: type[BaseModel] = Model
    if loc[0] == "layers" and len(loc) > 2:
        owner = KINDS[str(loc[2])]
    elif loc[0] == "published" and len(loc) > 1:
        owner = Published
    return [f.alias or n for n, f in owner.model_fields.items()]


def _allowed(issue: Any) -> str:
    context, kind = issue.get("ctx", {}), issue["type"]
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = "at least" if kind == "greater_than_equal" else "at most"
        return f"{bound} {context.get('ge', context.get('le'))} is allowed"
    if kind in ("too_short", "too_long", "string_too_short", "string_too_long"):
        bound = "at least" if kind.endswith("short") else "at most"
        limit = context.get("min_length", context.get("max_length"))
        return f"{bound} {limit} {'characters' if 'string' in kind else 'entries'} are allowed"
    if kind == "literal_error":
        return f"allowed are {context.get('expected')}"
    return _NOUNS.get(kind, one_line(issue["msg"].lower(), 100))
