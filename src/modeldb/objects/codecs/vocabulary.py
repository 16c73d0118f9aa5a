"""Dictionaries of words to numbers: the text in one piece, the numbers as a column."""

from __future__ import annotations

import struct

import numpy as np

from modeldb.objects.codecs.streams import Reader, Writer
from modeldb.objects.lift import HEAD, split_vocabulary


def encode(data: bytes) -> bytes:
    """The stored form of canonical vocabulary bytes."""
    _kind, _separator, text, numbers = split_vocabulary(data)
    out = Writer()
    out.out += data[: HEAD.size]
    out.block(bytes(text))
    out.integers(numbers)
    return bytes(out.out)


def decode(data: bytes, raw: int) -> bytes:
    """The canonical bytes."""
    if len(data) < HEAD.size:
        raise struct.error("a vocabulary ends early")
    stream = Reader(memoryview(data)[HEAD.size :], raw)
    text = stream.block()
    numbers = stream.integers().astype(np.int64)
    return b"".join([data[: HEAD.size], text, numbers.tobytes()])
