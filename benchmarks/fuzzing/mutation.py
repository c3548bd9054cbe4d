"""Spoiling what was right: bytes, JSON documents and addresses, from an addressed generator."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

TEXTS = (
    *("", " ", "\0", "nan", "NaN", "-inf", "1e999", "0x10", "１２", "null", "true", "__proto__"),
    *("../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "C:\\x", "a" * 5000, "\ud800"),
    *("<script>alert(1)</script>", "**x** [a](b) $y$", "'; DROP TABLE runs; --", "\u202eabc"),
    *("{}", "[]", "é" * 300, "\r\n\r\n", "%00", "{{7*7}}", "$(id)", "=1+1", "\x1b[31m"),
)
NUMBERS: tuple[Any, ...] = (
    *(0, -1, 1, 2, 3, 7, 15, 16, 17, 64, 255, 256, 1024, 10**6, 2**31, 2**53, 2**63, 10**30),
    *(10**400, -(2**63), 0.0, -0.0, 0.5, 1e-300, 1e300, 1.5, 0.1 + 0.2, True, False, None),
)
RAW = (
    *(b"NaN", b"Infinity", b"-Infinity", b"1e999", b"[" * 3000, b'{"a":' * 2000, b"\xff\xfe"),
    *(b"\xef\xbb\xbf", b"\0" * 64, b"\x80", b'"\\ud800"', b"//", b",,", b"1_000", b"\r", b"'" * 50),
    *(b"PK\x03\x04", b"\x93NUMPY", b"cos\nsystem\n(S'id'\ntR.", b"\x80\x04\x95", b"\x89PNG"),
)


def spoil_bytes(data: bytes, rng: random.Random) -> bytes:
    """One to four changes somewhere in the file."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(out) + 1)
        end = min(len(out), at + rng.choice((1, 2, 8, 64, 1000)))
        match rng.randrange(7):
            case 0 if out:
                out[at % len(out)] ^= 1 << rng.randrange(8)
            case 1:
                del out[at:end]
            case 2:
                out[at:at] = rng.choice(RAW)
            case 3:
                out[at:at] = out[at:end] * rng.choice((1, 2, 50))
            case 4:
                del out[at:]
            case 5:
                out[at:end] = rng.randbytes(end - at)
            case _:
                out[at:end] = rng.choice(RAW)
    return bytes(out)


def spoil_json(value: Any, rng: random.Random) -> Any:
    """The document with one to three of its parts replaced, renamed, taken away or doubled."""
    out = copy.deepcopy(value)
    for _ in range(rng.randint(1, 3)):
        places = list(_places(out))
        if not places:
            return _odd(rng)
        holder, key = rng.choice(places)
        match rng.randrange(7):
            case 0:
                del holder[key]
            case 1 if isinstance(holder, dict):
                holder[rng.choice((str(key) + "s", str(key).upper(), *TEXTS))] = holder.pop(key)
            case 2:
                holder[key] = [holder[key]] * rng.choice((0, 1, 3, 5, 200))
            case 3 if isinstance(holder, dict):
                holder[rng.choice(TEXTS) or "extra"] = _odd(rng)
            case 4:
                holder[key] = {"": holder[key]}
            case _:
                holder[key] = _odd(rng)
    return out


def json_bytes(value: Any) -> bytes:
    """As Python writes it, NaN included."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def spoil_query(query: dict[str, str], rng: random.Random) -> dict[str, str]:
    """Parameters of an address, changed."""
    out = dict(query)
    for _ in range(rng.randint(1, 3)):
        name = rng.choice([*out, "extra"])
        match rng.randrange(5):
            case 0:
                out.pop(name, None)
            case 1:
                out[name] = rng.choice(TEXTS)
            case 2:
                out[name] = str(rng.choice(NUMBERS))
            case 3:
                raw = spoil_bytes(out.get(name, "x").encode("utf-8", "surrogatepass"), rng)
                out[name] = raw.decode("latin-1")[:5000]
            case _:
                out[rng.choice(TEXTS) or "x"] = out.get(name, "")
    return out


def spoil_table(text: str, rng: random.Random) -> bytes:
    """A CSV with cells, columns or rows changed; or spoilt as any file."""
    if rng.random() < 0.4:
        return spoil_bytes(text.encode(), rng)
    rows = [line.split(",") for line in text.splitlines()]
    for _ in range(rng.randint(1, 4)):
        row = rng.choice(rows)
        at = rng.randrange(len(row))
        change: Callable[[], None] = rng.choice(
            (
                lambda row=row, at=at: row.__setitem__(at, str(rng.choice(NUMBERS))),
                lambda row=row, at=at: row.__setitem__(at, rng.choice(TEXTS)),
                lambda row=row, at=at: row.pop(at) and None if len(row) > 1 else None,
                lambda row=row: row.extend(row[:3]),
                lambda row=row: rows.append(list(row)),
            )
        )
        change()
    return "\n".join(",".join(row) for row in rows).encode("utf-8", "surrogatepass")


def _odd(rng: random.Random) -> Any:
    kinds: tuple[Callable[[], Any], ...] = (
        lambda: rng.choice(NUMBERS),
        lambda: rng.choice(NUMBERS),
        lambda: rng.choice(TEXTS),
        lambda: float(rng.choice(("nan", "inf", "-inf"))),
        lambda: rng.choice(([], {}, [[]], {"": None}, [None] * 4, [1] * 1000)),
        lambda: _nested(rng.choice((3, 50, 400))),
        lambda: rng.uniform(-1e6, 1e6),
        lambda: rng.randint(-20, 2000),
    )
    return rng.choice(kinds)()


def _nested(depth: int) -> Any:
    out: Any = 1
    for _ in range(depth):
        out = [out]
    return out


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) below a value."""
    todo, out = [value], []
    while todo:
        holder = todo.pop()
        keys = (
            list(holder)
            if isinstance(holder, dict)
            else range(len(holder))
            if isinstance(holder, list)
            else ()
        )
        for key in keys:
            out.append((holder, key))
            todo.append(holder[key])
    return out
