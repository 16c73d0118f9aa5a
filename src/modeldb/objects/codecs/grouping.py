"""Several buffers in one part: a head with their lengths, then the buffers."""

from __future__ import annotations

import struct
from collections.abc import Sequence

MAGIC = b"MDBG"
_HEAD = struct.Struct("<4sI")
_LENGTH = struct.Struct("<Q")


def head(lengths: Sequence[int]) -> bytes:
    """The bytes before buffers of these lengths."""
    return _HEAD.pack(MAGIC, len(lengths)) + struct.pack(f"<{len(lengths)}Q", *lengths)


def split(data: bytes | memoryview) -> list[memoryview]:
    """The buffers of a group; raises ValueError if it is none."""
    view = memoryview(data)
    magic, count = _HEAD.unpack_from(view)
    place = _HEAD.size + _LENGTH.size * count
    if magic != MAGIC or place > len(view):
        raise ValueError("this is no group of buffers")
    buffers = []
    for (length,) in _LENGTH.iter_unpack(view[_HEAD.size : place]):
        buffers.append(view[place : place + length])
        place += length
    if place != len(view):
        raise ValueError("a group of buffers has bytes left over or missing")
    return buffers
