"""Functions that a file brings with it, written out where they are called."""

from __future__ import annotations

from typing import Any

from onnx import inliner

from cmn_core.errors import FieldError

MAX_NODES = 50_000
MAX_NESTED = 8


def written_out(model: Any, name: str) -> Any:
    """The model with the functions of its own in place; refused where they call each other."""
    if not model.functions:
        return model
    bodies = {(f.domain, f.name): [(n.domain, n.op_type) for n in f.node] for f in model.functions}
    sizes: dict[tuple[str, str], int] = {}

    def size(key: tuple[str, str], open_: tuple[tuple[str, str], ...]) -> int:
        if key not in bodies:
            return 1
        if key in open_ or len(open_) > MAX_NESTED:
            found = f"function '{key[1]}' calls itself or too many others"
            raise FieldError(name, found, "functions that can be written out are expected")
        if key not in sizes:
            sizes[key] = 1 + sum(size(inner, (*open_, key)) for inner in bodies[key])
        return sizes[key]

    if sum(size((n.domain, n.op_type), ()) for n in model.graph.node) > MAX_NODES:
        raise FieldError(name, f"more than {MAX_NODES:,} nodes", "fewer are read")
    try:
        return inliner.inline_local_functions(model)
    except Exception as error:  # whatever a spoilt function makes the package say
        raise FieldError(name, f"functions ({error})", "whole functions are expected") from None
