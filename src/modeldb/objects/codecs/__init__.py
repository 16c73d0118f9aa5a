"""One module per way to encode a part, and the choice between them.

The ids are written in packs and never reused. A codec is chosen by what the bytes are, tried, and kept only if it is
smaller than the plainer ones, and by an eighth smaller than the bytes themselves.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from modeldb.errors import StoreDamaged, StoreTooNew
from modeldb.objects.codecs import plain

# The codecs for arrays are loaded when one is met: a script's sources are stored in a process that may set
# OMP_NUM_THREADS before it imports numpy.
if TYPE_CHECKING:
    import numpy as np

RAW, ZSTD, SHUFFLE, FLOATS, TREES, RECORDS, VOCABULARY, CHUNKS = range(8)
_FLOAT_WIDTHS = (2, 4, 8)


class Uncoded(NamedTuple):
    """Canonical bytes and what is known of them."""

    role: str
    dtype: np.dtype[Any] | None
    data: bytes


def encode_many(pieces: Sequence[Uncoded]) -> list[tuple[int, bytes]]:
    """For each of the pieces the id of the codec that suits it best, and what that makes of it."""
    groups = [number for number, piece in enumerate(pieces) if piece.role == "trees"]
    as_trees: dict[int, bytes | None] = {}
    if groups:
        columns = _codec("tree_columns").encode_many([pieces[number].data for number in groups])
        as_trees.update(zip(groups, columns, strict=True))
    return [_best(piece, as_trees.get(number)) for number, piece in enumerate(pieces)]


def _best(piece: Uncoded, as_trees: bytes | None) -> tuple[int, bytes]:
    if as_trees is not None:
        return TREES, as_trees
    best, stored = RAW, piece.data
    if len(stored) >= 32:
        for codec, candidate in _candidates(*piece):
            if candidate is not None and len(candidate) < len(stored):
                best, stored = codec, candidate
    if len(stored) * 8 > len(piece.data) * 7:
        return RAW, piece.data  # so few bytes are not worth the time it takes to read them back
    return best, stored


def _candidates(role: str, dtype: np.dtype[Any] | None, data: bytes) -> Sequence[tuple[int, bytes | None]]:
    if role == "chunk":
        return [(ZSTD, plain.encode_chunk(data))]
    if role == "vocabulary":
        return [(VOCABULARY, _codec("vocabulary").encode(data))]
    if role == "records" and dtype is not None:
        return [(RECORDS, _codec("records").encode(data, dtype)), (ZSTD, plain.encode(data))]
    width = int(role[7:]) if role.startswith("tensor:") else 1
    if dtype is not None and dtype.names is None:
        width = dtype.itemsize
    by_width: list[tuple[int, Callable[[bytes, int], bytes]]] = []
    if width > 1 and len(data) >= 256:
        by_width.append((SHUFFLE, _codec("shuffle").encode))
    if width in _FLOAT_WIDTHS and len(data) >= 256 and (dtype is None or dtype.kind == "f"):
        by_width.append((FLOATS, _codec("floats").encode))
    if len(data) > plain.SAMPLE:
        sample = plain.sample(data, width)
        by_width.sort(key=lambda way: len(way[1](sample, width)))
        del by_width[1:]
    return [(ZSTD, plain.encode(data)), *[(codec, encode(data, width)) for codec, encode in by_width]]


class Coded(NamedTuple):
    """Stored bytes, the codec that reads them and what they come to."""

    codec: int
    data: bytes | memoryview
    raw: int


Decoded = bytes | bytearray | memoryview
Pieces = list[Decoded]
"""Canonical bytes, perhaps in several pieces."""


def decode_many(coded: Sequence[Coded]) -> list[Pieces]:
    """The canonical bytes of each; trees are decoded together, which is many times quicker.

    Raises StoreDamaged for nonsense and StoreTooNew for a codec of a later version.
    """
    groups = [number for number, one in enumerate(coded) if one.codec == TREES]
    together: Sequence[Pieces] = []
    try:
        if groups:
            together = _codec("trees").decode_many([coded[n].data for n in groups], [coded[n].raw for n in groups])
    except Exception as error:
        raise StoreDamaged(f'Trees cannot be decoded ({error}). Run "modeldb fsck".') from error
    decoded: dict[int, Pieces] = dict(zip(groups, together, strict=True))
    return [
        decoded[number] if number in decoded else [decode(one.codec, one.data, one.raw)]
        for number, one in enumerate(coded)
    ]


def decode(codec: int, data: bytes | memoryview, raw: int) -> Decoded:
    """The canonical bytes; raises StoreDamaged for nonsense and StoreTooNew for a codec of a later version."""
    decoder = _DECODERS.get(codec)
    if decoder is None:
        raise StoreTooNew(f"A part uses codec {codec}, which this modeldb does not know. Upgrade modeldb.")
    try:
        decoded = decoder(data, raw)
    except Exception as error:
        raise StoreDamaged(f'A part cannot be decoded ({error}). Run "modeldb fsck".') from error
    if len(decoded) != raw:
        raise StoreDamaged(f'A part of {raw} bytes decodes to {len(decoded)}. Run "modeldb fsck".')
    return decoded


def _codec(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")


def _later(name: str) -> Callable[[bytes, int], Decoded]:
    return lambda data, raw: _codec(name).decode(data, raw)


_DECODERS: dict[int, Callable[[bytes, int], Decoded]] = {
    RAW: lambda data, raw: data,
    ZSTD: plain.decode,
    SHUFFLE: _later("shuffle"),
    FLOATS: _later("floats"),
    TREES: _later("trees"),
    RECORDS: _later("records"),
    VOCABULARY: _later("vocabulary"),
}
