"""One module per way to encode a part, and the choice between them.

The ids are written in packs and never reused. A codec is chosen by what the bytes are, tried, and kept only if it is
smaller than the plainer ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from modeldb.errors import StoreDamaged, StoreTooNew
from modeldb.objects.codecs import plain, shuffle

RAW, ZSTD, SHUFFLE, NUMBERS, TREES, RECORDS, VOCABULARY, CHUNKS = range(8)


def encode(role: str, dtype: np.dtype[Any] | None, data: bytes) -> tuple[int, bytes]:
    """The id of the codec that suits the bytes best, and what it makes of them."""
    best, stored = RAW, data
    if len(data) < 32:
        return best, stored
    for codec, candidate in _candidates(role, dtype, data):
        if candidate is not None and len(candidate) < len(stored):
            best, stored = codec, candidate
    return best, stored


def _candidates(role: str, dtype: np.dtype[Any] | None, data: bytes) -> Sequence[tuple[int, bytes | None]]:
    width = dtype.itemsize if dtype is not None and dtype.names is None else 1
    if width > 1 and len(data) >= 256:
        return [(ZSTD, plain.encode(data)), (SHUFFLE, shuffle.encode(data, width))]
    return [(ZSTD, plain.encode(data))]


def decode(codec: int, data: bytes, raw: int) -> bytes:
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


_DECODERS = {RAW: lambda data, raw: data, ZSTD: plain.decode, SHUFFLE: shuffle.decode}
