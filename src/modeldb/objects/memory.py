"""Packs in this process's memory, for tests and for sessions that should leave nothing behind."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from modeldb.errors import StoreDamaged, StoreReadOnly
from modeldb.objects.base import PackInfo
from modeldb.objects.packs import pack_header

_PLACES: dict[str, MemoryPacks] = {}


class MemoryPacks:
    """Packs as byte arrays; see PackPlace."""

    def __init__(self) -> None:
        self.readonly = False
        self.packs: dict[str, bytearray] = {}
        self.notes: dict[str, bytes] = {}
        self._own: str | None = None
        self._gate = threading.RLock()
        self._removals = 0

    def list(self) -> list[PackInfo]:
        """Every pack; the one being written is not sealed."""
        return [PackInfo(name, len(data), name != self._own) for name, data in list(self.packs.items())]

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Bytes of a pack."""
        if name not in self.packs:
            raise StoreDamaged(f"Pack {name} is gone from memory.")
        return bytes(self.packs[name][offset : offset + length])

    def append(self, block: bytes) -> tuple[str, int]:
        """Add a block to the one open pack."""
        if self.readonly:
            raise StoreReadOnly("This store in memory was opened for reading only.")
        if self._own is None:
            self._own = secrets.token_hex(8)
            self.packs[self._own] = bytearray(pack_header())
        pack = self.packs[self._own]
        start = len(pack)
        pack += block
        return self._own, start

    def flush(self) -> None:
        """Nothing to do: memory is as durable as it gets."""

    def write(self, pack: bytes) -> str:
        """Keep a complete pack."""
        name = secrets.token_hex(8)
        self.packs[name] = bytearray(pack)
        return name

    def delete(self, name: str) -> None:
        """Forget a pack."""
        self.packs.pop(name, None)
        if name == self._own:
            self._own = None

    def held_by_others(self, name: str) -> bool:
        """No other process can see this memory."""
        return False

    @contextmanager
    def changing(self, exclusive: bool) -> Iterator[str]:
        """One thread at a time."""
        with self._gate:
            yield str(self._removals)

    def removed(self) -> None:
        """Count removals."""
        self._removals += 1

    def get_note(self, name: str) -> bytes | None:
        """A named note."""
        return self.notes.get(name)

    def put_note(self, name: str, data: bytes) -> None:
        """Keep a named note."""
        self.notes[name] = data

    def close(self) -> None:
        """Keep everything: the same name opens it again."""


def memory_place(name: str) -> MemoryPacks:
    """The place of this name, the same one each time; without a name a new one."""
    if not name:
        return MemoryPacks()
    return _PLACES.setdefault(name, MemoryPacks())
