"""From a path or address to an object store."""

from __future__ import annotations

from pathlib import Path

from modeldb.errors import InvalidInput
from modeldb.objects.base import PackPlace
from modeldb.objects.local import LocalPacks
from modeldb.objects.memory import memory_place
from modeldb.objects.store import ObjectStore
from modeldb.objects.trust import claim, is_own


def open_store(
    url_or_path: str | Path, *, readonly: bool = False, trusted: bool | None = None, fsync: bool = True
) -> ObjectStore:
    """Open the object store in a directory, at `memory://name` or at `s3://bucket/prefix`.

    `trusted` says whether its models may run code when loaded; by default that is so if this user wrote the store.
    `fsync=False` leaves it to the operating system when flushed data reaches the disk.
    """
    url = str(url_or_path)
    place: PackPlace
    if url.startswith("memory://"):
        place = memory_place(url.removeprefix("memory://"))
    elif url.startswith("s3://"):
        from modeldb.objects.s3 import S3Packs

        place = S3Packs(url, readonly)
    elif "://" in url and not url.startswith("file://"):
        raise InvalidInput(f"{url} is no place for objects. Use a directory, memory:// or s3://bucket/prefix.")
    else:
        place = LocalPacks(Path(url.removeprefix("file://")), readonly, fsync)
    if not readonly:
        claim(place)
    return ObjectStore(place, url, is_own(place) if trusted is None else trusted)
