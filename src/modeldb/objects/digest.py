"""Names for content: xxh3-128 over a domain, a length and the bytes.

The domain keeps a source file that happens to look like a model's manifest from ever having a model's name.
"""

from __future__ import annotations

from collections.abc import Iterable

import xxhash

SIZE = 16
"""Bytes in a digest; written as 32 hex digits wherever people meet it."""

PART = b"part"
MODEL = b"model"
BYTES = b"bytes"


def digest_of(domain: bytes, pieces: Iterable[bytes | memoryview]) -> bytes:
    """The 16-byte digest of the concatenated pieces in this domain."""
    pieces = list(pieces)
    hasher = xxhash.xxh3_128(b"mdb1:" + domain + b":" + sum(map(len, pieces)).to_bytes(8, "little"))
    for piece in pieces:
        hasher.update(piece)
    return hasher.digest()


def checksum(data: bytes | memoryview) -> int:
    """A 64-bit checksum of bytes as they are stored; finds damage without decoding."""
    return xxhash.xxh3_64_intdigest(data)
