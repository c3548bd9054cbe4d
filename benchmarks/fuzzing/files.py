"""Small whole files to be spoilt, and hostile ones."""

from __future__ import annotations

import io
import json
import struct
from functools import cache

import numpy as np


def measured() -> str:
    head = ",".join(f"{part}{block}" for part in "eh" for block in range(1, 5))
    return f"{head},miou\n1,2,3,4,16,32,48,64,12.5\n5,5,5,5,128,256,640,1024,15.0\n"


def npz() -> bytes:
    out = io.BytesIO()
    images = np.arange(2 * 32 * 32 * 3, dtype=np.uint8).reshape(2, 32, 32, 3)
    np.savez(out, images=images, labels=np.full((2, 32, 32), 3, dtype=np.uint8))
    return out.getvalue()


@cache
def hostile_npz() -> list[bytes]:
    """A pickle inside, a bomb, and shapes that no memory holds."""
    found = []
    pickled = io.BytesIO()
    array = np.empty(1, dtype=object)
    array[0] = {"a": 1}
    np.savez(pickled, images=array, labels=array)
    found.append(pickled.getvalue())
    bomb = io.BytesIO()
    zeros = np.zeros((1000, 480, 640, 3), dtype=np.uint8)[:1].repeat(20, axis=0)
    np.savez_compressed(bomb, images=zeros, labels=zeros[:2, :, :, 0])
    found.append(bomb.getvalue())
    for shape in ("(9999999999, 480, 640, 3)", "(-1, 32, 32, 3)", "(1, 32, 32, 3.5)", "()"):
        header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
        text = header.encode().ljust(117) + b"\n"
        body = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text
        found.append(zipped({"images.npy": body, "labels.npy": body}))
    found.append(zipped({"../../outside.npy": b"x", "images.npy": b"", "labels.npy": b""}))
    return found


def zipped(parts: dict[str, bytes]) -> bytes:
    import zipfile

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        for name, data in parts.items():
            file.writestr(name, data)
    return out.getvalue()


def safetensors() -> bytes:
    from safetensors.numpy import save

    weights = {"a.weight": np.ones((2, 3), np.float32), "b": np.zeros(4, np.float16)}
    return save(weights, metadata={"facts": json.dumps({"space": "b0"})})


def photo() -> bytes:
    from PIL import Image

    out = io.BytesIO()
    grey = np.linspace(0, 255, 64 * 48 * 3).reshape(48, 64, 3).astype(np.uint8)
    Image.fromarray(grey).save(out, "PNG")
    return out.getvalue()
