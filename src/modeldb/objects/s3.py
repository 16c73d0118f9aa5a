"""Packs as objects of an S3-compatible store.

Nothing can be appended to an object there, so blocks wait in memory until `flush` writes them as one sealed pack.
Credentials, region and endpoint come from the environment as for every AWS client (AWS_ACCESS_KEY_ID,
AWS_ENDPOINT_URL, …).
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from modeldb.errors import InvalidInput, MissingDependency, StoreDamaged, StoreReadOnly
from modeldb.objects.base import PackInfo
from modeldb.objects.packs import HEADER, encode_footer, pack_header, scan

FLUSH_AT = 8 << 20
"""Waiting blocks are written once they come to this many bytes."""


class S3Packs:
    """Packs under a prefix of a bucket; see PackPlace. Removing packs waits for no one: see `gc`'s grace period."""

    def __init__(self, url: str, readonly: bool = False) -> None:
        try:
            import obstore
            from obstore.store import S3Store
        except ImportError as error:
            raise MissingDependency('S3 stores need obstore; pip install "modeldb[s3]".') from error
        bucket, _, prefix = url.removeprefix("s3://").partition("/")
        if not bucket:
            raise InvalidInput(f"{url} names no bucket. Use s3://bucket/prefix.")
        plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        self._obstore: Any = obstore
        self._store: Any = S3Store(
            bucket, prefix=prefix.rstrip("/") or None, client_options={"allow_http": True} if plain else None
        )
        self.url, self.readonly = url, readonly
        self._pending = bytearray()
        self._pending_name = ""
        self._gate = threading.RLock()
        self._removals = 0

    def list(self) -> list[PackInfo]:
        """Every pack in the bucket, and the one that is waiting."""
        found = []
        for page in self._obstore.list(self._store, prefix="packs/"):
            for item in page:
                name, _, suffix = str(item["path"]).rpartition("/")[2].partition(".")
                if suffix == "pack":
                    found.append(PackInfo(name, int(item["size"]), True))
        if self._pending:
            found.append(PackInfo(self._pending_name, len(self._pending), False))
        return found

    def read(self, name: str, offset: int, length: int) -> bytes:
        """A range of a pack."""
        pending = self._pending  # taken once: a flush by another thread puts an empty one in its place
        if name == self._pending_name and pending:
            return bytes(pending[offset : offset + length])
        if not length:
            return b""
        try:
            return bytes(self._obstore.get_range(self._store, _path(name), start=offset, length=length))
        except FileNotFoundError as error:
            raise StoreDamaged(f'Pack {name} of {self.url} is gone. Run "modeldb fsck".') from error

    def append(self, block: bytes) -> tuple[str, int]:
        """Keep a block until the next flush."""
        self._check_writable()
        if not self._pending:
            self._pending_name = secrets.token_hex(8)
            self._pending = bytearray(pack_header())
        name, start = self._pending_name, len(self._pending)
        self._pending += block
        if len(self._pending) >= FLUSH_AT:
            self.flush()
        return name, start

    def flush(self) -> None:
        """Write the waiting blocks as one pack."""
        if not self._pending:
            return
        end = len(self._pending)
        blocks = list(scan(lambda at, n: bytes(self._pending[at : at + n]), end, HEADER.size))
        self._put(_path(self._pending_name), bytes(self._pending) + encode_footer(blocks, end))
        self._pending, self._pending_name = bytearray(), ""

    def write(self, pack: bytes) -> str:
        """Write a complete pack; it is visible only when it is complete."""
        self._check_writable()
        name = secrets.token_hex(8)
        self._put(_path(name), pack)
        return name

    def delete(self, name: str) -> None:
        """Remove a pack."""
        if name == self._pending_name:
            self._pending, self._pending_name = bytearray(), ""
        else:
            self._obstore.delete(self._store, _path(name))

    def held_by_others(self, name: str) -> bool:
        """Packs here are never appended to."""
        return False

    @contextmanager
    def changing(self, exclusive: bool) -> Iterator[str]:
        """One thread of this process at a time; other processes are kept apart by the grace period alone."""
        with self._gate:
            yield str(self._removals)

    def removed(self) -> None:
        """Count removals by this process."""
        self._removals += 1

    def get_note(self, name: str) -> bytes | None:
        """A small object beside the packs."""
        try:
            return bytes(self._obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None

    def put_note(self, name: str, data: bytes) -> None:
        """Write such an object."""
        self._put(name, data)

    def close(self) -> None:
        """Write what is waiting."""
        if not self.readonly:
            self.flush()

    def _put(self, path: str, data: bytes) -> None:
        self._obstore.put(self._store, path, data)

    def _check_writable(self) -> None:
        if self.readonly:
            raise StoreReadOnly(f"{self.url} was opened for reading only. Open it without readonly to write.")


def _path(name: str) -> str:
    return f"packs/{name}.pack"
