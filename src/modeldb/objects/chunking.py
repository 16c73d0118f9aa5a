"""Opaque bytes cut where their content says so.

A booster with ten more rounds is the old one with bytes inserted. Cutting at places that depend only on the 32 bytes
before them finds the old pieces again wherever they have moved to.
"""

from __future__ import annotations

import numpy as np

SMALLEST, MASK_BITS, LARGEST = 2 << 10, 13, 64 << 10
"""Chunks have at least 2 kB, 8 kB more on average, and at most 64 kB."""
_WINDOW = 32
_BLOCK = 4 << 20


def _table() -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    # splitmix64 rather than numpy's generators, whose streams may change: old chunks must be found again
    values, state = [], 0x6D64623A63686E6B
    for _ in range(256):
        state = (state + 0x9E3779B97F4A7C15) & 0xFFFFFFFFFFFFFFFF
        mixed = ((state ^ state >> 30) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
        mixed = ((mixed ^ mixed >> 27) * 0x94D049BB133111EB) & 0xFFFFFFFFFFFFFFFF
        values.append((mixed ^ mixed >> 31) & 0xFFFFFFFF)
    return np.array(values, np.uint32)


_GEAR = _table()


def cuts(data: bytes | memoryview) -> list[int]:
    """Where each chunk ends."""
    ends: list[int] = []
    start = 0
    for place in _candidates(data):
        while place - start > LARGEST:
            start += LARGEST
            ends.append(start)
        if place - start >= SMALLEST:
            ends.append(place)
            start = place
    while len(data) - start > LARGEST:
        start += LARGEST
        ends.append(start)
    if start < len(data):
        ends.append(len(data))
    return ends


def _candidates(data: bytes | memoryview) -> list[int]:
    """Where a rolling hash of the last 32 bytes ends in zeros, computed for every place at once."""
    found: list[int] = []
    view = memoryview(data)
    for begin in range(0, len(view), _BLOCK):
        before = min(_WINDOW - 1, begin)
        block = np.frombuffer(view[begin - before : begin + _BLOCK], np.uint8)
        rolled = _GEAR[block]
        for shift in (1, 2, 4, 8, 16):
            rolled[shift:] += rolled[:-shift] << np.uint32(shift)
        places = np.flatnonzero((rolled >> np.uint32(32 - MASK_BITS))[before:] == 0)
        found += (places + begin + 1).tolist()
    return found


def split(data: bytes) -> list[bytes]:
    """The chunks of the data, in order."""
    ends = cuts(data)
    return [data[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]
