"""Zstandard alone: for bytes we know nothing about."""

from __future__ import annotations

import threading

import zstandard

LEVEL = 3
_SMALL = 64 << 10
_SMALL_LEVEL = 9
"""Small parts get more effort: it costs microseconds, and there are many of them."""

_CHUNKS = zstandard.ZstdCompressionParameters(
    strategy=zstandard.STRATEGY_LAZY2, min_match=6, search_log=4, window_log=16, hash_log=15, chain_log=15
)
"""Matches of six bytes and more: numbers in text share shorter ones by chance, and copying each back takes time."""

SAMPLE = 64 << 10
"""Of longer bytes so many, from the middle, tell which of several ways suits them."""

_local = threading.local()


def compress(data: bytes | memoryview, level: int | None = None) -> bytes:
    """A zstd frame with the content's size and no checksum (parts are verified by digest)."""
    if level is None:
        level = _SMALL_LEVEL if len(data) <= _SMALL else LEVEL
    compressors: dict[int, zstandard.ZstdCompressor] = _local.__dict__.setdefault("compressors", {})
    if level not in compressors:
        compressors[level] = zstandard.ZstdCompressor(level=level)
    return compressors[level].compress(data)


def encode_chunk(data: bytes) -> bytes:
    """The stored form of a chunk of a longer object, which is read with a hundred others."""
    compressor: zstandard.ZstdCompressor | None = _local.__dict__.get("chunks")
    if compressor is None:
        compressor = _local.chunks = zstandard.ZstdCompressor(compression_params=_CHUNKS)
    return compressor.compress(data)


def decompress(data: bytes | memoryview, raw: int) -> bytes:
    """The raw bytes of a frame; never allocates more than a frame may claim."""
    if zstandard.frame_content_size(data) != raw:
        raise ValueError(f"a frame holds {zstandard.frame_content_size(data)} bytes, not {raw}")
    decompressor: zstandard.ZstdDecompressor | None = _local.__dict__.get("decompressor")
    if decompressor is None:
        decompressor = _local.decompressor = zstandard.ZstdDecompressor()
    return decompressor.decompress(data)


def sample(data: bytes, width: int) -> bytes:
    """Some whole elements of this width from the middle; all of them if there are few."""
    if len(data) <= SAMPLE:
        return data
    start = (len(data) - SAMPLE) // 2 // width * width
    return data[start : start + SAMPLE]


def encode(data: bytes) -> bytes:
    """The stored form."""
    return compress(data)


def decode(data: bytes, raw: int) -> bytes:
    """The canonical bytes."""
    return decompress(data, raw)
