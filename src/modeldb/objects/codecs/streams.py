"""Columns of numbers as bytes: the alphabet the structured codecs are written in.

A stream is a run of fields. Numbers are unsigned LEB128. A column of integers is its count, its width in bytes, and
per byte plane either one repeated byte, the bytes themselves, or a zstd frame, whichever is shortest.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from modeldb.objects.codecs.plain import compress, decompress

Array = np.ndarray[Any, Any]
_REPEATED, _PLAIN, _ZSTD = 0, 1, 2
_SIGNED = 16


class Writer:
    """Collects the fields of a stream."""

    def __init__(self, compress: Callable[[bytes], bytes] = compress) -> None:
        self.out = bytearray()
        self._compress = compress

    def number(self, value: int) -> None:
        """One unsigned integer."""
        while value > 127:
            self.out.append(value & 127 | 128)
            value >>= 7
        self.out.append(value)

    def numbers(self, values: list[int]) -> None:
        """Their count and each of them."""
        self.number(len(values))
        for value in values:
            self.number(value)

    def plane(self, data: bytes) -> None:
        """Bytes of a known count, as short as they get."""
        if not data:
            return
        if data.count(data[:1]) == len(data):
            self.out += bytes([_REPEATED, data[0]])
            return
        packed = self._compress(data) if len(data) > 24 else data
        if len(packed) + 2 >= len(data):
            self.out.append(_PLAIN)
            self.out += data
            return
        self.out.append(_ZSTD)
        self.number(len(packed))
        self.out += packed

    def block(self, data: bytes) -> None:
        """Bytes with their count."""
        self.number(len(data))
        self.plane(data)

    def bits(self, values: Array) -> None:
        """A column of booleans; its count is known to the reader."""
        self.plane(np.packbits(values).tobytes())

    def table(self, values: Array) -> None:
        """A column of float64 of which many may be the same: their table and codes if that is shorter."""
        bits = values.view(np.uint64)
        if distinct(bits) <= len(bits) // 4:
            known, codes = np.unique(bits, return_inverse=True)
            self.number(1)
            self.floats(known.view(np.float64))
            self.integers(codes)
        else:
            self.number(0)
            self.floats(values)

    def integers(self, values: Array) -> None:
        """A column of integers of any sign and size."""
        self.number(len(values))
        if not len(values):
            return
        low, high = int(values.min()), int(values.max())
        if low >= 0 and 0 < high < 256:
            self.out.append(1)
            self.plane(values.astype(np.uint8).tobytes())
            return
        values = values.astype(np.int64, copy=False)
        signed = low < 0
        if signed:
            values = values << 1 ^ values >> 63
        unsigned = values.view(np.uint64)
        width = (int(unsigned.max()).bit_length() + 7) // 8
        self.out.append(width | (_SIGNED if signed else 0))
        self._planes(unsigned, width)

    def floats(self, values: Array) -> None:
        """A column of float64, bit for bit."""
        self.number(len(values))
        self._planes(values.view(np.uint64), 8)

    def _planes(self, unsigned: Array, width: int) -> None:
        planes = np.ascontiguousarray(unsigned).view(np.uint8).reshape(-1, 8)
        for place in range(width):
            self.plane(planes[:, place].tobytes())


def distinct(values: Array) -> int:
    """How many different values there are; many times quicker than to say which."""
    ordered = np.sort(values)
    return int(np.count_nonzero(ordered[1:] != ordered[:-1])) + bool(len(ordered))


class Reader:
    """Reads the fields of a stream back in order."""

    def __init__(self, data: bytes | memoryview, limit: int) -> None:
        self._data = memoryview(data)
        self._place = 0
        self._limit = limit
        """No column may claim more entries than this: nonsense must not ask for all the memory there is."""

    @property
    def at_end(self) -> bool:
        """True when every field has been read."""
        return self._place == len(self._data)

    def number(self) -> int:
        """One unsigned integer."""
        value = shift = 0
        while True:
            byte = self._data[self._place]
            self._place += 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number is too long")

    def numbers(self) -> list[int]:
        """As many as there are."""
        return [self.number() for _ in range(self._sane(self.number()))]

    def plane(self, count: int) -> bytes | memoryview:
        """Bytes of a known count."""
        if not count:
            return b""
        way = self._data[self._place]
        self._place += 1
        if way == _REPEATED:
            return bytes([self._take(1)[0]]) * count
        if way == _PLAIN:
            return self._take(count)
        return decompress(self._take(self.number()), count)

    def block(self) -> bytes | memoryview:
        """Bytes with their count."""
        return self.plane(self._sane(self.number()))

    def bits(self, count: int) -> Array:
        """A column of this many booleans."""
        packed = np.frombuffer(self.plane((count + 7) // 8), np.uint8)
        return np.unpackbits(packed, count=count).view(np.bool_)

    def integers(self) -> Array:
        """A column of integers as int64, or narrower and unsigned where that holds them."""
        count = self._sane(self.number())
        if not count:
            return np.empty(0, np.uint8)
        head = self._take(1)[0]
        width, signed = head & 15, head & _SIGNED
        if not signed and width == 0:
            return np.zeros(count, np.uint8)
        if not signed and width == 1:
            return np.frombuffer(self.plane(count), np.uint8)
        values = self._planes(count, width, 2 if width <= 2 else 4 if width <= 4 else 8)
        if signed:
            wide = values.astype(np.uint64)
            return (wide >> np.uint64(1)).view(np.int64) ^ -(wide & np.uint64(1)).view(np.int64)
        return values if values.itemsize < 8 else values.view(np.int64)

    def table(self) -> Array:
        """A column of float64, however it was written."""
        if not self.number():
            return self.floats()
        known = self.floats()
        return known[self.integers()]

    def floats(self) -> Array:
        """A column of float64."""
        return self._planes(self._sane(self.number()), 8, 8).view(np.float64)

    def _planes(self, count: int, width: int, itemsize: int) -> Array:
        if width > itemsize:
            raise ValueError(f"a column claims {width} bytes a number")
        planes = np.zeros((count, itemsize), np.uint8)
        for place in range(width):
            planes[:, place] = np.frombuffer(self.plane(count), np.uint8)
        return planes.reshape(-1).view(f"<u{itemsize}")

    def _take(self, count: int) -> memoryview:
        end = self._place + count
        if end > len(self._data):
            raise ValueError("a stream ends early")
        data = self._data[self._place : end]
        self._place = end
        return data

    def _sane(self, count: int) -> int:
        if count > self._limit:
            raise ValueError(f"a column claims {count} entries")
        return count
