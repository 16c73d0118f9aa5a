"""Which pack holds what: read from the packs themselves, kept in memory, brought up to date on demand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from modeldb.errors import StoreDamaged
from modeldb.objects.base import PackPlace
from modeldb.objects.packs import HEADER, Block, Entry, check_header, read_footer, scan, scan_past_damage


class Location(NamedTuple):
    """Where an object or part is stored."""

    pack: str
    entry: Entry
    created: float
    """When its block was written, in seconds since 1970."""


@dataclass
class Known:
    """How much of a pack has been read into the directory."""

    end: int = HEADER.size
    sealed: bool = False
    searched: int = 0
    """How long the pack was when blocks were last looked for behind damage: what another process is writing, or left
    half written, is not searched at every refresh."""
    blocks: list[Block] = field(default_factory=list)


class Directory:
    """Locations of everything in a place for packs."""

    def __init__(self, place: PackPlace) -> None:
        self._place = place
        self._packs: dict[str, Known] = {}
        self._locations: dict[bytes, Location] = {}
        self.touched: dict[bytes, float] = {}
        """When a model that was already there was put again."""

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._locations

    def __iter__(self) -> Iterator[bytes]:
        return iter(list(self._locations))

    def __len__(self) -> int:
        return len(self._locations)

    def get(self, digest: bytes) -> Location | None:
        """Where this is, as far as read."""
        return self._locations.get(digest)

    @property
    def packs(self) -> dict[str, Known]:
        """The packs read so far."""
        return self._packs

    def refresh(self) -> None:
        """Read what other processes have added or removed since the last time."""
        listed = {info.name: info for info in self._place.list()}
        gone = self._packs.keys() - listed.keys()
        if gone:
            self._forget(gone)
        for name, info in listed.items():
            known = self._packs.get(name)
            if known is None or (not known.sealed and info.size > known.end):
                self._read(name, info.size, info.sealed)

    def _read(self, name: str, size: int, sealed: bool) -> None:
        def read(offset: int, length: int) -> bytes:
            return self._place.read(name, offset, length)

        known = self._packs.get(name)
        if known is None:
            if size < HEADER.size:
                return  # being created
            try:
                check_header(read(0, HEADER.size), f"Pack {name}")
            except StoreDamaged:
                pass  # its blocks have checksums of their own; fsck tells
            known = self._packs[name] = Known()
        blocks = read_footer(read, size) if sealed else None
        if blocks is None:
            blocks = list(scan(read, size, known.end))
            end = blocks[-1].offset + blocks[-1].length if blocks else known.end
            if end < size != known.searched:
                blocks += scan_past_damage(read, size, end)
                known.searched = size
        else:
            blocks = [block for block in blocks if block.offset >= known.end]
            known.sealed = True
        for block in blocks:
            self.add(name, block)

    def add(self, name: str, block: Block) -> None:
        """Take in a block that was read or has just been written."""
        known = self._packs.setdefault(name, Known())
        known.blocks.append(block)
        known.end = block.offset + block.length
        self._enter(name, [block])

    def _enter(self, name: str, blocks: Iterable[Block]) -> None:
        for block in blocks:
            for entry in block.entries:
                if entry.kind == TOUCH:
                    self.touched[entry.digest] = max(block.created, self.touched.get(entry.digest, 0))
                else:
                    self._locations.setdefault(entry.digest, Location(name, entry, block.created))

    def _forget(self, names: Iterable[str]) -> None:
        for name in names:
            del self._packs[name]
        self._locations.clear()
        self.touched.clear()
        for name, known in self._packs.items():
            self._enter(name, known.blocks)


PART_KIND, MODEL_KIND, BYTES_KIND, TOUCH = 1, 2, 3, 4
