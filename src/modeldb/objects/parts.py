"""A captured model taken apart, and put together again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from modeldb.errors import StoreDamaged
from modeldb.objects import codecs
from modeldb.objects.codecs import grouping
from modeldb.objects.digest import PART, digest_of
from modeldb.objects.freeze import NODES, RECORDS, VALUES, Buffer, Capture
from modeldb.objects.manifest import Manifest, PartRef

GROUP_BYTES = 64 << 10
"""Small trees are gathered until a part has this many bytes: one by one they would cost more than they share."""

TREES = "trees"


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a model, named by its content."""

    digest: bytes
    role: str
    dtype: np.dtype[Any] | None
    pieces: tuple[bytes, ...]
    """The canonical bytes, in pieces so that nothing is copied before it is known to be new."""

    @property
    def data(self) -> bytes:
        """The canonical bytes in one."""
        return self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)


def take_apart(capture: Capture) -> tuple[Manifest, list[Part]]:
    """The parts of a captured model and how to join them."""
    parts, refs = [], []
    for buffers in _groups(capture.buffers):
        part = _part(buffers)
        parts.append(part)
        grouped = len(buffers) if buffers[0].role in (NODES, RECORDS) else 0
        refs.append(PartRef(part.digest, grouped, sum(map(len, part.pieces))))
    manifest = Manifest(capture.type_name, capture.size_bytes, capture.by_value, capture.skeleton, tuple(refs))
    return manifest, parts


def _part(buffers: Sequence[Buffer]) -> Part:
    first = buffers[0]
    if first.role not in (NODES, RECORDS):
        return Part(digest_of(PART, [first.data]), first.role, first.dtype, (first.data,))
    pieces = (grouping.head([len(buffer.data) for buffer in buffers]), *[buffer.data for buffer in buffers])
    role = TREES if first.role == NODES else RECORDS
    return Part(digest_of(PART, pieces), role, first.dtype, pieces)


def _groups(buffers: Sequence[Buffer]) -> Iterator[list[Buffer]]:
    """Runs of buffers that become one part: whole trees or records of one type, up to the group's size."""
    group: list[Buffer] = []
    size = 0
    for buffer in buffers:
        joins = buffer.role == VALUES or (
            bool(group)
            and buffer.role in (NODES, RECORDS)
            and group[0].role == buffer.role
            and group[0].dtype == buffer.dtype
            and size + len(buffer.data) <= GROUP_BYTES
        )
        if group and not joins:
            yield group
            group, size = [], 0
        group.append(buffer)
        size += len(buffer.data)
    if group:
        yield group


def buffers_of(ref: PartRef, pieces: codecs.Pieces, again: bool = False) -> codecs.Pieces:
    """The pickle's buffers that a decoded part holds, ready to be given to the unpickler.

    Arrays over them must be writable, as they were. `again` says that the part's bytes have been given away before.
    """
    if not ref.buffers:
        whole = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return [bytearray(whole) if again or memoryview(whole).readonly else whole]
    buffers = pieces[1:] if len(pieces) > 1 else grouping.split(pieces[0])
    if len(buffers) != ref.buffers:
        raise StoreDamaged('A group of trees is not what its model expects. Run "modeldb fsck".')
    return list(buffers)
