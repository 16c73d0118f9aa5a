"""Removing what nobody needs any more, and joining small packs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass

from modeldb.errors import NotFound
from modeldb.objects.directory import BYTES_KIND, MODEL_KIND, TOUCH
from modeldb.objects.packs import Entry
from modeldb.objects.rewrite import rewrite
from modeldb.objects.store import ObjectStore

WASTE = 0.1
"""A pack is written anew when at least this share of it is not needed."""
SMALL = 1 << 20
MANY = 8
"""More packs than this that are smaller than a megabyte are joined."""


@dataclass(frozen=True, slots=True)
class GcReport:
    """What a collection removed."""

    kept: int
    removed: int
    """Objects and parts that are no longer there."""
    freed_bytes: int


def gc(store: ObjectStore, keep: Iterable[str], grace_s: float = 86400) -> GcReport:
    """Remove every object not in `keep`, and the parts only such objects used.

    What was stored or put again within the grace period stays, so that an object whose name is not yet written down
    elsewhere is not lost. Writers in other processes may go on meanwhile.
    """
    store.flush()
    with store.lock, store.place.changing(exclusive=True):
        store.refresh()
        since = time.time() - grace_s
        live = _live(store, {bytes.fromhex(digest) for digest in keep}, since)
        total, wasteful, small = 0, set(), []
        for info in store.place.list():
            known = store.directory.packs.get(info.name)
            if known is None:
                continue
            dead = sum(e.stored for b in known.blocks for e in b.entries if e.digest not in live)
            total += sum(e.kind != TOUCH for b in known.blocks for e in b.entries)
            if any(e.digest not in live for b in known.blocks for e in b.entries) and dead >= WASTE * info.size:
                wasteful.add(info.name)
            elif info.size < SMALL:
                small.append(info.name)
        chosen = wasteful | (set(small) if len(small) > MANY or (wasteful and len(small) > 1) else set())
        seen: set[tuple[bytes, bool]] = set()

        def wanted(name: str, entry: Entry) -> bool:
            where = store.directory.get(entry.digest)
            if entry.digest not in live or (where is not None and where.pack not in chosen):
                return entry.digest in live and entry.kind == TOUCH
            key = (entry.digest, entry.kind == TOUCH)
            fresh = key not in seen
            seen.add(key)
            return fresh

        freed = rewrite(store, chosen, wanted) if chosen else 0
        left = len(store.directory)
    return GcReport(left, max(total - left, 0), freed)


def _live(store: ObjectStore, roots: set[bytes], since: float) -> set[bytes]:
    for digest in store.directory:
        where = store.directory.get(digest)
        assert where is not None
        recent = max(where.created, store.directory.touched.get(digest, 0.0)) >= since
        if recent and where.entry.kind in (MODEL_KIND, BYTES_KIND):
            roots.add(digest)
    live: set[bytes] = set()
    for digest in roots:
        if store.directory.get(digest) is not None:
            live.add(digest)
            try:
                live |= store.references(digest)
            except NotFound:
                continue
    return live
