"""Model files: JSON of schema cmn.model/1 to a Model, or one sentence that says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cmn_core.design import read_json
from cmn_core.design.text import shown
from cmn_core.design.validation import refused
from cmn_core.errors import FieldError, unknown_key
from cmn_core.models.layers import SCHEMA, Convolution, FeedForward, Model

MAX_FILE_BYTES = 5_000_000


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
        raise refused(error, Model, "model") from None
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
        if layer.kind == "convolution":
            _check_convolution(layer, path)


def _check_convolution(layer: Convolution, path: str) -> None:
    for name in ("channels", "outputs"):
        if getattr(layer, name) % layer.groups:
            found = f"found {getattr(layer, name)} for {layer.groups} groups"
            raise FieldError(f"{path}.{name}", found, "as many for each group are expected")
    for name in ("map", "stride"):
        value = getattr(layer, name)
        if value is not None and len(value) != len(layer.kernel):
            found = f"found {len(value)} numbers"
            allowed = f"one for each of the {len(layer.kernel)} axes of the kernel"
            raise FieldError(f"{path}.{name}", found, allowed)


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
