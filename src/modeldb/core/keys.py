"""Digests of structured values, and the two keys of an action.

A value is written in a typed, length-prefixed encoding and hashed with xxh3-128, so that no two different values
share an encoding (`["ab"]` and `["a", "b"]`, 1 and 1.0 and "1" and True all differ) and the result does not depend on
the process, the platform or the order of a mapping.

The *recipe key* says "the same experiment": the operation, its parameters and code, and the recipes of its inputs;
data from outside enters by its logical name. The *value key* says "the same computation on the same content": the
operation, its parameters, code and random state, and the content digests of the inputs it used. The recipe key
draws the history tree; the value key decides whether something is stale. (The distinction is the one build systems
make between a rule and a constructive trace; Mokhov, Mitchell and Peyton Jones, "Build systems a la carte", 2018.)
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import xxhash

VERSION = b"mdb1:"
_pack = struct.Struct("<Q").pack


def digest(value: Any) -> str:
    """32 hexadecimal digits for a value of None, bool, int, float, str, bytes, sequences and mappings of these.

    Raises TypeError for anything else: a key must never depend on the `repr` of an object.
    """
    out = bytearray(VERSION)
    _write(value, out)
    return xxhash.xxh3_128_hexdigest(bytes(out))


def _write(value: Any, out: bytearray) -> None:
    kind = type(value)
    # The two that nearly everything consists of, before the patterns that cost more.
    if kind is str:
        data = value.encode("utf-8", "surrogatepass")
        out += b"s" + _pack(len(data)) + data
        return
    if kind is list or kind is tuple:
        out += b"l" + _pack(len(value))
        for item in value:
            if type(item) is str:
                data = item.encode("utf-8", "surrogatepass")
                out += b"s" + _pack(len(data)) + data
            else:
                _write(item, out)
        return
    if value is None:
        out += b"N"
        return
    match value:
        case bool():
            out += b"T" if value else b"F"
        case int():
            _prefixed(b"i", str(value).encode(), out)
        case float():
            # One NaN and one zero, as everywhere a digest is made.
            number = float("nan") if value != value else value + 0.0
            out += b"f" + struct.pack("<d", number)
        case str():
            _prefixed(b"s", value.encode("utf-8", "surrogatepass"), out)
        case bytes() | bytearray() | memoryview():
            _prefixed(b"b", bytes(value), out)
        case Mapping():
            items = sorted(((str(k), v) for k, v in value.items()), key=lambda item: item[0])
            out += b"m" + _pack(len(items))
            for key, item in items:
                _write(key, out)
                _write(item, out)
        case Sequence():
            out += b"l" + _pack(len(value))
            for item in value:
                _write(item, out)
        case _:
            raise TypeError(f"cannot make a key of a {type(value).__qualname__}: only plain values have one")


def _prefixed(kind: bytes, data: bytes, out: bytearray) -> None:
    out += kind + _pack(len(data))
    out += data


def recipe_key(
    operation: str,
    params: Iterable[tuple[str, Any]],
    code: str | None,
    inputs: Iterable[tuple[str, str]],
) -> str:
    """The key of "the same experiment". `inputs` are (role, recipe key of the producer or logical name)."""
    return digest(["recipe", operation, sorted_pairs(params), code, sorted_pairs(inputs)])


def value_key(
    operation: str,
    params: Iterable[tuple[str, Any]],
    code: str | None,
    rng: Any,
    inputs: Iterable[tuple[str, str]],
) -> str:
    """The key of "the same computation on the same content". `inputs` are (role, content digest)."""
    return digest(["value", operation, sorted_pairs(params), code, rng, sorted_pairs(inputs)])


def sorted_pairs(pairs: Iterable[tuple[str, Any]]) -> list[list[Any]]:
    return [list(pair) for pair in sorted(pairs, key=lambda pair: pair[0])]
