"""Arrays of records field by field: the nodes of histogram boosting, and whatever else is made of structs.

Stored: the lengths of the arrays, the record's size, per field its offset, width and kind, then a column per field.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from modeldb.objects.codecs import grouping
from modeldb.objects.codecs.streams import Array, Reader, Writer

_BYTES, _INTEGER, _FLOAT64 = 0, 1, 2
_INTEGERS = {1: np.uint8, 2: np.uint16, 4: np.uint32, 8: np.int64}


def encode(data: bytes, dtype: np.dtype[Any]) -> bytes | None:
    """A group of record arrays as columns, or None when it would not come back exactly."""
    buffers = grouping.split(data)
    body = memoryview(b"".join(buffers))
    if dtype.names is None or len(body) % dtype.itemsize:
        return None
    rows = np.frombuffer(body, np.uint8).reshape(-1, dtype.itemsize)
    out = Writer()
    out.numbers([len(buffer) for buffer in buffers])
    out.number(dtype.itemsize)
    out.number(len(dtype.names))
    for field, offset in (dtype.fields[name][:2] for name in dtype.names):
        kind = _kind(field)
        for value in (offset, field.itemsize, kind):
            out.number(value)
        column = np.ascontiguousarray(rows[:, offset : offset + field.itemsize])
        if kind == _FLOAT64:
            out.table(column.reshape(-1).view(np.float64))
        elif kind == _INTEGER:
            out.integers(column.reshape(-1).view(_INTEGERS[field.itemsize]))
        else:
            for place in range(field.itemsize):
                out.plane(column[:, place].tobytes())
    encoded = bytes(out.out)
    return encoded if decode(encoded, len(data)) == data else None


def _kind(field: np.dtype[Any]) -> int:
    if field == np.float64:
        return _FLOAT64
    return _INTEGER if field.kind in "iu" and field.itemsize in _INTEGERS else _BYTES


def decode(data: bytes, raw: int) -> bytes:
    """The canonical bytes."""
    stream = Reader(data, raw)
    lengths = stream.numbers()
    itemsize, n_fields = stream.number(), stream.number()
    if sum(lengths) > raw or itemsize == 0:
        raise ValueError("records do not fit")
    rows = np.zeros((sum(lengths) // itemsize, itemsize), np.uint8)
    for _ in range(n_fields):
        offset, width, kind = stream.number(), stream.number(), stream.number()
        rows[:, offset : offset + width] = _column(stream, len(rows), width, kind)
    body = memoryview(rows).cast("B")
    pieces: list[bytes | memoryview] = [grouping.head(lengths)]
    place = 0
    for length in lengths:
        pieces.append(body[place : place + length])
        place += length
    return b"".join(pieces)


def _column(stream: Reader, count: int, width: int, kind: int) -> Array:
    if kind == _FLOAT64:
        return stream.table().view(np.uint8).reshape(count, width)
    if kind == _INTEGER:
        values = np.ascontiguousarray(stream.integers().astype(_INTEGERS[width]))
        return values.view(np.uint8).reshape(count, width)
    planes = [np.frombuffer(stream.plane(count), np.uint8) for _ in range(width)]
    return np.stack(planes, 1) if planes else np.empty((count, 0), np.uint8)
