"""The format of a pack: a short header, then commit blocks one after another, then perhaps an index.

A block holds what became visible at once: entries that name its payloads, the payloads, and a mark at the end.
A block without its mark was cut off while being written and is not there. `docs/storage.md` gives every byte.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import msgspec

from modeldb.errors import StoreDamaged, StoreTooNew
from modeldb.objects.digest import checksum

VERSION = 1
HEADER = struct.Struct("<8sII")
HEADER_MAGIC = b"MDBPACK\n"
BLOCK = struct.Struct("<4sIQQQ")
BLOCK_MAGIC = b"MDBK"
INDEX_MAGIC = b"MDBX"
ENTRY = struct.Struct("<16sQQQIBBH")
MARK = struct.Struct("<Q")
FOOTER = struct.Struct("<QQ8s")
FOOTER_MAGIC = b"MDBFOOT\n"

Read = Callable[[int, int], bytes]
"""read(offset, length): the bytes there, fewer at the end of the pack."""


class Entry(NamedTuple):
    """One object or part in a pack."""

    digest: bytes
    offset: int
    """Where its stored bytes begin: in a block from the block's first byte, elsewhere from the pack's."""
    stored: int
    raw: int
    """Bytes before encoding."""
    check: int
    """The low 32 bits of the stored bytes' checksum."""
    kind: int
    codec: int
    reserved: int = 0


class Payload(msgspec.Struct, frozen=True):
    """An encoded object or part on its way into a block."""

    digest: bytes
    kind: int
    codec: int
    raw: int
    data: bytes


class Block(msgspec.Struct, frozen=True):
    """A block found in a pack, its entries' offsets counted from the pack's first byte."""

    offset: int
    length: int
    created: float
    """Seconds since 1970."""
    entries: tuple[Entry, ...]


def pack_header() -> bytes:
    """The first 16 bytes of every pack."""
    return HEADER.pack(HEADER_MAGIC, VERSION, 0)


def check_header(data: bytes, name: str) -> None:
    """Raise StoreTooNew or StoreDamaged unless these bytes begin a pack we can read."""
    if len(data) < HEADER.size or data[:8] != HEADER_MAGIC:
        raise StoreDamaged(f'{name} does not begin like a pack. Run "modeldb fsck" to see what else is damaged.')
    version = HEADER.unpack_from(data)[1]
    if version > VERSION:
        raise StoreTooNew(f"{name} has pack format {version}; this modeldb reads up to {VERSION}. Upgrade modeldb.")


def encode_block(payloads: Sequence[Payload], created: float | None = None) -> tuple[bytes, list[Entry]]:
    """A block's bytes, and its entries with offsets counted from the block."""
    created_ms = int((time.time() if created is None else created) * 1000)
    offset = BLOCK.size + ENTRY.size * len(payloads)
    entries = []
    for payload in payloads:
        check = checksum(payload.data) & 0xFFFFFFFF
        entries.append(
            Entry(payload.digest, offset, len(payload.data), payload.raw, check, payload.kind, payload.codec)
        )
        offset += len(payload.data)
    table = b"".join([ENTRY.pack(*entry) for entry in entries])
    start = BLOCK.pack(BLOCK_MAGIC, len(entries), offset + MARK.size, created_ms, 0)[:-8]
    check = checksum(start + table)
    mark = MARK.pack(check)
    return b"".join([start, mark, table, *[payload.data for payload in payloads], mark]), entries


def shifted(entries: Sequence[Entry], by: int) -> tuple[Entry, ...]:
    """Entries whose offsets count from the pack instead of the block that begins there."""
    return tuple([entry._replace(offset=entry.offset + by) for entry in entries])


def read_block(read: Read, offset: int, size: int) -> Block | None:
    """The complete block at offset of a pack of this size, or None if there is none."""
    head = read(offset, 4096)
    if len(head) < BLOCK.size or head[:4] != BLOCK_MAGIC:
        return None
    _magic, count, length, created_ms, check = BLOCK.unpack_from(head)
    end_of_table = BLOCK.size + count * ENTRY.size
    if length < end_of_table + MARK.size or offset + length > size:
        return None
    if len(head) < end_of_table:
        head += read(offset + len(head), end_of_table - len(head))
    if checksum(head[:24] + head[BLOCK.size : end_of_table]) != check:
        return None
    if read(offset + length - MARK.size, MARK.size) != MARK.pack(check):
        return None
    entries = map(Entry._make, ENTRY.iter_unpack(head[BLOCK.size : end_of_table]))
    return Block(offset, length, created_ms / 1000, shifted(list(entries), offset))


def scan(read: Read, size: int, start: int = HEADER.size) -> Iterator[Block]:
    """The blocks from start on, up to the first that is missing or damaged."""
    while block := read_block(read, start, size):
        yield block
        start += block.length


def scan_past_damage(read: Read, size: int, start: int = HEADER.size) -> Iterator[Block]:
    """The blocks from start on, also those that lie behind a damaged one."""
    at: int | None = start
    while at is not None and at < size:
        block = read_block(read, at, size)
        if block is None:
            at = find_block(read, at + 1, size)
        else:
            yield block
            at += block.length


def find_block(read: Read, start: int, size: int) -> int | None:
    """Where the next readable block after start begins, for getting past a damaged one."""
    window = 1 << 20
    while start < size:
        data = read(start, window + 3)
        at = data.find(BLOCK_MAGIC)
        while at >= 0:
            if read_block(read, start + at, size):
                return start + at
            at = data.find(BLOCK_MAGIC, at + 1)
        start += window
    return None


def encode_footer(blocks: Sequence[Block], at: int) -> bytes:
    """The index that seals a pack, to be written at its end."""
    table = b"".join(
        BLOCK.pack(INDEX_MAGIC, len(block.entries), block.length, int(block.created * 1000), block.offset)
        + b"".join([ENTRY.pack(*entry) for entry in block.entries])
        for block in blocks
    )
    return table + FOOTER.pack(at, checksum(table), FOOTER_MAGIC)


def read_footer(read: Read, size: int) -> list[Block] | None:
    """The blocks of a sealed pack by its index, or None when there is no intact index.

    An index made when a block was damaged may end there: what lies behind is found by itself.
    """
    if size < HEADER.size + FOOTER.size:
        return None
    at, check, magic = FOOTER.unpack(read(size - FOOTER.size, FOOTER.size))
    if magic != FOOTER_MAGIC or not HEADER.size <= at <= size - FOOTER.size:
        return None
    table = read(at, size - FOOTER.size - at)
    if checksum(table) != check:
        return None
    blocks, place = [], 0
    while place < len(table):
        _magic, count, length, created_ms, offset = BLOCK.unpack_from(table, place)
        place += BLOCK.size
        entries = ENTRY.iter_unpack(table[place : place + count * ENTRY.size])
        blocks.append(Block(offset, length, created_ms / 1000, tuple(map(Entry._make, entries))))
        place += count * ENTRY.size
    end = blocks[-1].offset + blocks[-1].length if blocks else HEADER.size
    return blocks + list(scan_past_damage(read, at, end))
