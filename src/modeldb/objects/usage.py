"""How many bytes a store takes, and how many it would take without sharing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from modeldb.objects.directory import MODEL_KIND, PART_KIND
from modeldb.objects.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes of a store, or of some of its objects."""

    models: int
    other_objects: int
    parts: int
    size_bytes: int
    """What the models would take as pickles and the other objects as files."""
    stored_bytes: int
    """What they take here, shared parts counted once."""
    shared_bytes: int
    """What sharing parts between objects saves: their stored size times the uses beyond the first."""
    by_type: dict[str, tuple[int, int]]
    """Per class of model: how many, and their bytes as pickles."""


def usage(store: ObjectStore, digests: Iterable[str] | None = None) -> Usage:
    """The bytes of these objects, or of everything in the store."""
    wanted = list(digests) if digests is not None else list(store.digests())
    uses: dict[bytes, int] = defaultdict(int)
    by_type: dict[str, tuple[int, int]] = {}
    models = size = stored = 0
    for digest in wanted:
        info = store.info(digest)
        name = bytes.fromhex(digest)
        where = store.directory_entry(name)
        assert where is not None
        stored += where.entry.stored
        size += info.size_bytes
        if where.entry.kind == MODEL_KIND:
            models += 1
            count, total = by_type.get(info.type_name, (0, 0))
            by_type[info.type_name] = (count + 1, total + info.size_bytes)
        for part in store.references(name):
            uses[part] += 1
    shared = parts = 0
    for part, count in uses.items():
        where = store.directory_entry(part)
        if where is not None and where.entry.kind == PART_KIND:
            parts += 1
            stored += where.entry.stored
            shared += where.entry.stored * (count - 1)
    return Usage(models, len(wanted) - models, parts, size, stored, shared, by_type)
