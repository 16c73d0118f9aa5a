"""Bytes of equal significance side by side, then zstd: for arrays of numbers.

Stored: one byte of element width, then a zstd frame.
"""

from __future__ import annotations

import numpy as np

from modeldb.objects.codecs.plain import compress, decompress


def shuffled(data: bytes | memoryview, width: int) -> bytes:
    """The bytes regrouped by their place in an element; a ragged end stays at the end."""
    whole = len(data) // width * width
    planes = np.frombuffer(data, np.uint8, whole).reshape(-1, width).T
    return planes.tobytes() + bytes(data[whole:])


def unshuffled(data: bytes | memoryview, width: int) -> bytearray | memoryview:
    """What shuffled was given, in memory that may be written to."""
    whole = len(data) // width * width
    planes = np.frombuffer(data, np.uint8, whole).reshape(width, -1)
    rows = np.empty((planes.shape[1], width), np.uint8)
    for place in range(width):  # twice as quick as a transpose
        rows[:, place] = planes[place]
    flat = memoryview(rows.reshape(-1))
    return bytearray(b"".join([flat, data[whole:]])) if len(data) > whole else flat


def encode(data: bytes, width: int) -> bytes:
    """The stored form."""
    return bytes([width]) + compress(shuffled(data, width))


def decode(data: bytes, raw: int) -> bytearray | memoryview:
    """The canonical bytes, which may be written to."""
    return unshuffled(decompress(memoryview(data)[1:], raw), data[0])
