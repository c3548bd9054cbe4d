"""A network as a list of layers: the values of schema cmn.model/1."""

from cmn_core.models.layers.kinds import (
    RESIDENT,
    Attention,
    Buffer,
    Convolution,
    Depthwise,
    DynamicProduct,
    Elementwise,
    FeedForward,
    Layer,
    Lookup,
    MatrixProduct,
)
from cmn_core.models.layers.model import SCHEMA, Model, Operator

__all__ = [
    "RESIDENT",
    "SCHEMA",
    "Attention",
    "Buffer",
    "Convolution",
    "Depthwise",
    "DynamicProduct",
    "Elementwise",
    "FeedForward",
    "Layer",
    "Lookup",
    "MatrixProduct",
    "Model",
    "Operator",
]
