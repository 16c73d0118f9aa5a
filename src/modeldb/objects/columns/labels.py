"""Labels of columns: their names as text, and their typed bytes in a table's digest."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Sequence
from functools import lru_cache

from xxhash import xxh3_128_digest

from modeldb.objects.columns.scalars import Encoder

_REMEMBERED = 4096
"""Longest list of labels whose names and encoding are remembered."""


def names_of(labels: Sequence[Hashable]) -> tuple[str, ...]:
    """Returns labels as text; no label is the empty text."""
    if isinstance(labels, range):
        return _numbers(len(labels)) if len(labels) <= _REMEMBERED else tuple(map(str, labels))
    return tuple([label if type(label) is str else name_of(label) for label in labels])


def name_of(label: Hashable) -> str:
    """Returns one label as text."""
    return "" if label is None else str(label)


def encode(labels: Sequence[Hashable]) -> bytes:
    """Returns 16 bytes over the labels with their types; labels 0, 1, 2, … are their count."""
    if isinstance(labels, range):
        return _encode_numbers(len(labels))
    types = set(map(type, labels))
    # Remembered by value only where equal values have equal types: 1, 1.0 and True are one key.
    if types == {str} and len(labels) <= _REMEMBERED:
        return _encode_remembered(labels)
    if types == {int} and list(labels) == list(range(len(labels))):
        return _encode_numbers(len(labels))
    return _encode_each(labels)


def _encode_each(labels: Sequence[Hashable]) -> bytes:
    encoder = Encoder()
    return xxh3_128_digest(b"".join([encoder.encode(label) for label in labels]))


@lru_cache(maxsize=64)
def _encode_remembered(labels: Sequence[str]) -> bytes:
    return _encode_each(labels)


@lru_cache(maxsize=64)
def _encode_numbers(count: int) -> bytes:
    return xxh3_128_digest(b"0" + struct.pack("<Q", count))


@lru_cache(maxsize=64)
def _numbers(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))
