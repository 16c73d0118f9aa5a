"""Packs written anew with only part of what they held."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence

from modeldb.objects.packs import (
    Block,
    Entry,
    Payload,
    encode_block,
    encode_footer,
    pack_header,
    read_footer,
    scan_past_damage,
    shifted,
)
from modeldb.objects.store import ObjectStore


def rewrite(
    store: ObjectStore,
    names: Collection[str],
    keep: Callable[[str, Entry], bool],
    more: Sequence[Payload] = (),
) -> int:
    """Copy what is to be kept of these packs, and more, into a new pack, then remove them; returns bytes saved.

    Blocks keep the time they were written. Packs that another process is writing to are left alone.
    """
    with store.lock, store.place.changing(exclusive=True):
        sizes = {info.name: info.size for info in store.place.list() if info.name in names}
        ours = [name for name in sizes if not store.place.held_by_others(name)]
        pack = bytearray(pack_header())
        blocks: list[Block] = []
        for name in ours:
            for block in blocks_of(store, name, sizes[name]):
                payloads = [
                    Payload(e.digest, e.kind, e.codec, e.raw, store.place.read(name, e.offset, e.stored))
                    for e in block.entries
                    if keep(name, e)
                ]
                _add(pack, blocks, payloads, block.created)
        _add(pack, blocks, list(more), None)
        before = sum(sizes[name] for name in ours)
        if blocks:
            store.place.write(bytes(pack) + encode_footer(blocks, len(pack)))
        for name in ours:
            store.place.delete(name)
        store.place.removed()
        store.refresh()
        return before - (len(pack) if blocks else 0)


def _add(pack: bytearray, blocks: list[Block], payloads: list[Payload], created: float | None) -> None:
    if payloads:
        created = time.time() if created is None else created
        data, entries = encode_block(payloads, created)
        blocks.append(Block(len(pack), len(data), created, shifted(entries, len(pack))))
        pack += data


def blocks_of(store: ObjectStore, name: str, size: int) -> list[Block]:
    """The readable blocks of a pack."""

    def read(offset: int, length: int) -> bytes:
        return store.place.read(name, offset, length)

    return read_footer(read, size) or list(scan_past_damage(read, size))
