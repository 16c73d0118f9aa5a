"""The bytes a table is held in, digested as they lie there.

Equal bytes are equal content, while the same content may lie in other bytes. So the digest of a table can be
remembered under this key, and a script that fits and predicts on the same data in a loop pays for a canonical digest
once: bytes are hashed where they lie, at the speed of memory, and columns one by one after putting them in order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from xxhash import xxh3_128_digest

from modeldb.objects.columns import frames, labels

_FIXED = "biufcmMSU"
"""Kinds of numpy types whose values lie in the array itself."""
_ARROW = frozenset({"DataType", "TimestampType", "DurationType"})
"""Classes of Arrow types whose buffers hold all there is; not those of dictionaries and nested values."""
_MAX_BYTES = 4 << 30
"""A larger array has no digest of its full content that could be remembered."""


class _Elsewhere(Exception):
    """Values lie behind pointers, in gaps or under rules of their own."""


def raw_digest(value: Any) -> bytes | None:
    """Returns 16 bytes over the container's type, shape, labels and the bytes of its values; None where these are not
    all there is to it.

    Knows numpy arrays without gaps, pandas frames and series of numbers, times, categories and Arrow's columns, and
    compressed scipy matrices. Subclasses may mean more than their base and are left out.
    """
    kind = type(value)
    parts = _PARTS.get((kind.__module__.partition(".")[0], kind.__name__))
    if parts is None:
        return None
    try:
        return xxh3_128_digest(b"".join([kind.__name__.encode(), *parts(value)]))
    except _Elsewhere:
        return None


def _array(values: Any) -> Iterator[bytes]:
    if type(values) is not np.ndarray or values.dtype.kind not in _FIXED or values.nbytes > _MAX_BYTES:
        raise _Elsewhere
    flags = values.flags
    if flags.c_contiguous:
        lying = values
    elif flags.f_contiguous:
        lying = values.T
    else:
        raise _Elsewhere
    yield f"{values.shape}{values.dtype.str}{'' if lying is values else 'T'};".encode()
    yield xxh3_128_digest(lying if values.dtype.kind in "biufc" else lying.reshape(-1).view(np.uint8))


def _frame(frame: Any) -> Iterator[bytes]:
    for block in frame._mgr.blocks:
        yield b"%d@" % len(block.mgr_locs)
        yield xxh3_128_digest(np.ascontiguousarray(block.mgr_locs.as_array))
        yield from _values(block.values)
    yield _encoded(frame.columns)
    yield from _index(frame.index)


def _series(series: Any) -> Iterator[bytes]:
    yield from _values(series._values)
    yield labels.encode((series.name,))
    yield from _index(series.index)


def _values(values: Any) -> Iterator[bytes]:
    """The values of a pandas block: an array of numpy's or one of its own."""
    if type(values) is np.ndarray:
        yield from _array(values)
    elif hasattr(values, "_pa_array"):
        yield from _arrow(values._pa_array)
    elif hasattr(values, "codes") and hasattr(values, "categories"):
        yield b"categories%d" % bool(values.ordered)
        yield from _array(values.codes)
        yield from _index(values.categories)
    elif hasattr(values, "_mask") and hasattr(values, "_data"):
        yield b"masked"
        yield from _array(values._data)
        yield from _array(values._mask)
    elif hasattr(values, "asi8") and hasattr(values, "dtype"):
        yield str(values.dtype).encode()
        yield from _array(values.asi8)
    else:
        raise _Elsewhere


def _arrow(column: Any) -> Iterator[bytes]:
    if type(column.type).__name__ not in _ARROW:
        raise _Elsewhere
    yield b"%d:%b" % (column.num_chunks, str(column.type).encode())
    for chunk in column.chunks:
        yield b"%d+%d" % (chunk.offset, len(chunk))
        for buffer in chunk.buffers():
            yield b"-" if buffer is None else xxh3_128_digest(buffer)


def _index(index: Any) -> Iterator[bytes]:
    if type(index).__name__ == "RangeIndex":
        yield b"range%d:%d:%d" % (index.start, index.stop, index.step)
    elif index.nlevels == 1:
        yield from _values(index._values)
    else:
        raise _Elsewhere
    yield labels.encode((index.name,))


def _encoded(columns: Any) -> bytes:
    if columns.nlevels > 1:
        raise _Elsewhere
    return labels.encode(frames.labels_of(columns))


def _sparse(matrix: Any) -> Iterator[bytes]:
    yield f"{matrix.shape}".encode()
    for name in ("indptr", "indices", "data"):
        values = getattr(matrix, name, None)
        if values is None:  # of the formats that are not compressed
            raise _Elsewhere
        yield from _array(values)


_PARTS: dict[tuple[str, str], Callable[[Any], Iterator[bytes]]] = {
    ("numpy", "ndarray"): _array,
    ("pandas", "DataFrame"): _frame,
    ("pandas", "Series"): _series,
    **{("scipy", f"{layout}_{kind}"): _sparse for layout in ("csr", "csc", "bsr") for kind in ("matrix", "array")},
}
