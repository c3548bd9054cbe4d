"""Several networks as one, on blocks of their own."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from cmn_core.errors import one_line
from cmn_core.models.layers import SCHEMA, Layer, Model

LONGEST = 60  # characters of a name


def block_worth(models: Sequence[Model], weights: Sequence[float]) -> dict[str, float]:
    """How often each block of the joined networks works in a turn that has as many inferences as
    networks, by their weights; empty where all weigh the same."""
    if len(set(weights)) < 2:
        return {}
    each = len(weights) / sum(weights)
    return {
        str(_own(number, block)): each * weight
        for number, (model, weight) in enumerate(zip(models, weights, strict=True), 1)
        for block in model.blocks
    }


def is_of(number: int, block: str) -> bool:
    """Whether that block of the joined networks belongs to the network of that number, from 1."""
    return block.startswith(f"{number}: ")


def joined(models: Sequence[Model]) -> Model:
    """All networks one after the other, on blocks of their own; a single one as it is.

    The precision is the highest of theirs: a macro has one. Where theirs differ `note` says so,
    beside the notes of each.
    """
    if len(models) == 1:
        return models[0]
    layers: list[Layer] = []
    repeat: dict[str, int] = {}
    for number, model in enumerate(models, 1):
        for layer in model.layers:
            update = {name: _own(number, getattr(layer, name)) for name in _NAMES}
            layers.append(layer.model_copy(update=update))
        repeat |= {str(_own(number, b)): times for b, times in model.repeat.items()}
    bits = [(model.weight_bits, model.activation_bits) for model in models]
    highest = tuple(map(max, zip(*bits, strict=True)))
    said = [f"{number}: {model.note}" for number, model in enumerate(models, 1) if model.note]
    if len(set(bits)) > 1:
        one = f"all priced at the highest precision of theirs, {highest[0]} and {highest[1]} bits"
        said = [one, *said]
    return Model.model_validate(
        {
            "schema": SCHEMA,
            "note": one_line("; ".join(said), MOST_OF_A_NOTE) or None,
            "name": " + ".join(model.name for model in models)[:60],
            "phase": "one inference of each",
            "weight_bits": highest[0],
            "activation_bits": highest[1],
            "repeat": repeat,
            "layers": tuple(layers),
        }
    )


_NAMES = ("block", "region", "branch")
MOST_OF_A_NOTE = 400  # characters that a model file takes


def _own(number: int, name: str | None) -> str | None:
    """Long names that begin alike stay two."""
    if name is None:
        return None
    text = f"{number}: {name}"
    if len(text) <= LONGEST:
        return text
    return f"{number}: {hashlib.sha256(name.encode()).hexdigest()[:8]} {name}"[:LONGEST]
