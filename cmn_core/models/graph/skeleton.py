"""The bare graph of an ONNX file: all of it but the bytes of large tensors, texts and training.

A weight counts by its shape alone, so its bytes are never copied: a file of 2 GB is walked in its
place on the disk, field by field of protobuf's wire format, and nothing outside it is opened. What
is left is small and goes to the onnx package.
"""

from __future__ import annotations

import mmap
import os
from pathlib import Path

from cmn_core.errors import FieldError

MAX_FILE_BYTES = 4_000_000_000
MAX_BARE_BYTES = 64_000_000
MAX_FIELDS = 4_000_000
MAX_DEPTH = 40  # of messages in each other; the onnx package stops at 100
KEPT_BYTES = 65_536  # of a tensor; what is larger is a weight, no shape or axis
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # protobuf's wire types

# Messages that tensors are found in, by field number (onnx.proto3).
_CHILDREN = {
    "model": {7: "graph", 25: "function"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "tensor": {},
}
# Texts, metadata, training, annotations, and of a tensor where its bytes lie outside the file.
_DROPPED = {
    "model": {6, 14, 20, 26},
    "function": {8, 14},
    "graph": {10, 14, 16},
    "node": {6, 9},
    "attribute": {13},
    "sparse": set[int](),
    "tensor": {12, 13},
}
_PAYLOAD = {4, 5, 6, 7, 9, 10, 11}  # of a tensor: its values in one type or the other

Buffer = bytes | mmap.mmap


def read_bare(path: str | Path) -> bytes:
    """Serialised ModelProto without large tensors of that file; FieldError where it is none."""
    try:
        with Path(path).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_FILE_BYTES:
                allowed = f"at most {MAX_FILE_BYTES:,} are read"
                raise FieldError(str(path), f"{size:,} bytes", allowed)
            if size == 0:
                raise FieldError(str(path), "an empty file", "an ONNX file is expected")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return bare(data, str(path))
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise FieldError(str(path), reason, "an ONNX file is expected") from None


def bare(data: Buffer, name: str) -> bytes:
    """The same of bytes; name: what the sentence of a refusal calls them."""
    return bytes(_Walker(data, name).message(0, len(data), "model", 0))


class _Walker:
    """Copies a message without what is dropped."""

    def __init__(self, data: Buffer, name: str) -> None:
        self.data, self.name, self.fields = data, name, 0

    def message(self, start: int, end: int, kind: str, depth: int) -> bytearray:
        if depth > MAX_DEPTH:
            raise self._refused("graphs in each other more than ten deep", "a flat graph")
        out, kept, at = bytearray(), start, start
        children, dropped = _CHILDREN[kind], _DROPPED[kind]
        while at < end:
            tag = at
            key, at = self._varint(at, end)
            field, wire = key >> 3, key & 7
            begin, at = self._value(at, end, wire)
            child = children.get(field) if wire == BYTES else None
            large = kind == "tensor" and field in _PAYLOAD and at - begin > KEPT_BYTES
            if child is None and field not in dropped and not large:
                continue
            out += self.data[kept:tag]
            kept = at
            if child is not None:
                inner = self.message(begin, at, child, depth + 1)
                out += _encoded(key) + _encoded(len(inner)) + inner
            if len(out) > MAX_BARE_BYTES:
                raise self._too_large()
        if end - kept > MAX_BARE_BYTES:
            raise self._too_large()
        out += self.data[kept:end]
        return out

    def _value(self, at: int, end: int, wire: int) -> tuple[int, int]:
        """Where a field's value begins and ends."""
        self.fields += 1
        if self.fields > MAX_FIELDS:
            raise self._refused("more than 4 million entries", "weights as raw data")
        if wire == VARINT:
            return at, self._varint(at, end)[1]
        length = {FIXED64: 8, FIXED32: 4}.get(wire)
        if wire == BYTES:
            length, at = self._varint(at, end)
        if length is None or at + length > end:
            raise self._refused("no ONNX file, or part of one", "a whole ONNX file")
        return at, at + length

    def _varint(self, at: int, end: int) -> tuple[int, int]:
        value = shift = 0
        while at < end and shift < 70:
            byte = self.data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value, at
            shift += 7
        raise self._refused("no ONNX file, or part of one", "a whole ONNX file")

    def _too_large(self) -> FieldError:
        found = f"more than {MAX_BARE_BYTES // 1_000_000} MB beside its weights"
        return self._refused(found, "a smaller graph")

    def _refused(self, found: str, allowed: str) -> FieldError:
        return FieldError(self.name, found, f"{allowed} is expected")


def _encoded(value: int) -> bytes:
    """A varint."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
