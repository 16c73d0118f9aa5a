"""Floats that never repeat, such as the weights of networks: only their exponents can be made shorter.

Turned left by a bit, so that the sign makes way and the exponent has a byte to itself (of float32 and bfloat16), each
byte of the elements lies beside its like; the exponents' are then entropy-coded. Zstandard's search for repetitions
costs more here than it finds, so it is made to look for hardly any.

Stored: width, turned (0/1), a plane per byte from the lowest, and the bytes left over.
"""

from __future__ import annotations

import threading

import numpy as np
import zstandard

from modeldb.objects.codecs.plain import sample
from modeldb.objects.codecs.streams import Array, Reader, Writer

WIDTHS = (2, 4, 8)
_local = threading.local()


def encode(data: bytes, width: int) -> bytes:
    """The stored form: turned if that makes it shorter by more than turning back costs."""
    some = sample(data, width)
    plain, turned = _encode(some, width, False), _encode(some, width, True)
    is_turned = len(turned) * 300 < len(plain) * 299
    if some is data:
        return turned if is_turned else plain
    return _encode(data, width, is_turned)


def _encode(data: bytes, width: int, turned: bool) -> bytes:
    whole = len(data) // width * width
    words = np.frombuffer(data, f"<u{width}", whole // width)
    if turned:
        words = words << 1 | words >> (8 * width - 1)
    planes = words.astype(f"<u{width}", copy=False).view(np.uint8).reshape(-1, width)
    out = Writer(_entropy_coded)
    out.number(width)
    out.number(int(turned))
    for place in range(width):
        out.plane(planes[:, place].tobytes())
    out.plane(data[whole:])
    return bytes(out.out)


def decode(data: bytes, raw: int) -> bytearray | memoryview:
    """The canonical bytes, which may be written to."""
    stream = Reader(data, raw)
    width, turned = stream.number(), stream.number()
    if width not in WIDTHS:
        raise ValueError(f"floats of {width} bytes")
    count = raw // width
    planes = np.empty((count, width), np.uint8)
    for place in range(width):
        planes[:, place] = np.frombuffer(stream.plane(count), np.uint8)
    if turned:
        words: Array = planes.reshape(-1).view(f"<u{width}")
        lowest = words << (8 * width - 1)
        words >>= 1
        words |= lowest
    rest = stream.plane(raw - count * width)
    if not stream.at_end:
        raise ValueError("floats are followed by more bytes")
    whole = memoryview(planes.reshape(-1))
    return bytearray(b"".join([whole, rest])) if len(rest) else whole


def _entropy_coded(data: bytes) -> bytes:
    """A zstd frame that is little more than a Huffman code of the bytes."""
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        few = zstandard.ZstdCompressionParameters(
            window_log=17, hash_log=6, chain_log=6, search_log=1, min_match=7, target_length=0,
            strategy=zstandard.STRATEGY_FAST, write_content_size=True,
        )  # fmt: skip
        compressor = _local.compressor = zstandard.ZstdCompressor(compression_params=few)
    found: bytes = compressor.compress(data)
    return found
