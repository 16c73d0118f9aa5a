"""Typed bytes for Python objects in object columns and for column labels."""

from __future__ import annotations

import datetime as dt
import decimal
import enum
import fractions
import pathlib
import struct
import uuid
from collections.abc import Iterable
from typing import Any

_DEPTH = 64
_NAN = struct.pack("<d", float("nan"))


class Encoder:
    """Turns objects into bytes and remembers whether it met one it could not look into."""

    def __init__(self) -> None:
        self.weak = False

    def encode(self, value: Any, depth: int = 0) -> bytes:
        """Returns a tag, the length where it varies, and the content of a value."""
        kind = type(value)
        if value is None:
            return b"n"
        if kind is str:
            return _sized(b"s", value.encode("utf-8", "surrogatepass"))
        if kind is bool:
            return b"t" if value else b"f"
        if kind is int:
            return _sized(b"i", b"%d" % value)
        if kind is float:
            return _float(value)
        if depth > _DEPTH:
            return self._opaque(value)
        return self._other(value, depth + 1)

    def _other(self, value: Any, depth: int) -> bytes:
        if isinstance(value, (list, tuple)):
            return self._sequence(b"l", value, depth)
        if isinstance(value, dict):
            items = sorted((self.encode(k, depth), self.encode(v, depth)) for k, v in value.items())
            return b"m" + struct.pack("<Q", len(items)) + b"".join(k + v for k, v in items)
        if isinstance(value, (set, frozenset)):
            members = sorted(self.encode(item, depth) for item in value)
            return b"S" + struct.pack("<Q", len(members)) + b"".join(members)
        if isinstance(value, enum.Enum):
            return _sized(b"e", _type_name(value)) + _sized(b"s", value.name.encode())
        root = type(value).__module__.partition(".")[0]
        if root == "numpy":
            return self._numpy(value, depth)
        if root == "pandas":
            return self._pandas(value, depth)
        if isinstance(value, (bytes, bytearray, memoryview)):
            return _sized(b"b", bytes(value))
        if isinstance(value, (str, int, float)):
            return self.encode(_plain(value), depth)
        return self._standard(value, depth)

    def _standard(self, value: Any, depth: int) -> bytes:
        if isinstance(value, complex):
            return b"c" + _float(value.real) + _float(value.imag)
        if isinstance(value, decimal.Decimal):
            return _sized(b"D", str(value).encode())
        if isinstance(value, fractions.Fraction):
            return _sized(b"q", str(value).encode())
        if isinstance(value, dt.datetime):
            return _sized(b"T", value.isoformat().encode())
        if isinstance(value, dt.date):
            return _sized(b"d", value.isoformat().encode())
        if isinstance(value, dt.time):
            return _sized(b"h", value.isoformat().encode())
        if isinstance(value, dt.timedelta):
            return b"a" + struct.pack("<qqq", value.days, value.seconds, value.microseconds)
        if isinstance(value, uuid.UUID):
            return _sized(b"u", value.bytes)
        if isinstance(value, pathlib.PurePath):
            return _sized(b"p", value.as_posix().encode("utf-8", "surrogatepass"))
        if isinstance(value, (range, slice)):
            bounds = (value.start, value.stop, value.step)
            return _sized(b"r", type(value).__name__.encode()) + self._sequence(b"l", bounds, depth)
        return self._opaque(value)

    def _numpy(self, value: Any, depth: int) -> bytes:
        kind = getattr(getattr(value, "dtype", None), "kind", "")
        if kind in "Mm" and kind:
            return _sized(b"M", str(value.dtype).encode()) + self.encode(value.astype("i8").tolist(), depth)
        if kind and hasattr(value, "tolist"):
            # Long doubles give themselves back; everything else becomes Python values.
            plain = value.tolist()
            return self.encode(float(value), depth) if plain is value else self.encode(plain, depth)
        return self._opaque(value)

    def _pandas(self, value: Any, depth: int) -> bytes:
        name = type(value).__name__
        if name in ("NAType", "NaTType"):
            return b"n"
        if name == "Timestamp":
            return _sized(b"T", value.isoformat().encode())
        if name == "Timedelta":
            return (
                b"a"
                + struct.pack("<qqq", value.days, value.seconds, value.microseconds)
                + (struct.pack("<q", value.nanoseconds) if value.nanoseconds else b"")
            )
        if name == "Interval":
            sides = (value.closed, value.left, value.right)
            return self._sequence(b"I", sides, depth)
        if name == "Period":
            return self._sequence(b"P", (value.freqstr, value.ordinal), depth)
        return self._opaque(value)

    def _sequence(self, tag: bytes, items: Iterable[Any], depth: int) -> bytes:
        parts = [self.encode(item, depth) for item in items]
        return tag + struct.pack("<Q", len(parts)) + b"".join(parts)

    def _opaque(self, value: Any) -> bytes:
        self.weak = True
        return _sized(b"o", _type_name(value))


def _sized(tag: bytes, content: bytes) -> bytes:
    return tag + struct.pack("<Q", len(content)) + content


def _float(value: float) -> bytes:
    return b"x" + (struct.pack("<d", value + 0.0) if value == value else _NAN)


def _plain(value: Any) -> Any:
    """Returns an instance of a subclass of a built-in scalar as that scalar, past the subclass's own methods."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__add__(value, 0)
    return float.__add__(value, 0.0)


def _type_name(value: Any) -> bytes:
    kind = type(value)
    return f"{kind.__module__}.{kind.__qualname__}".encode("utf-8", "surrogatepass")
