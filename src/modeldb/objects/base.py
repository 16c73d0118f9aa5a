"""Where packs live: what a place for packs has to do, and nothing about what is in them."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol


class PackInfo(NamedTuple):
    """A pack as a listing shows it."""

    name: str
    size: int
    sealed: bool
    """False while blocks may still be added to it."""


class PackPlace(Protocol):
    """A place that keeps packs.

    Atomicity: what `append` wrote is seen by others wholly or not at all (a block cut off by a kill has no mark and
    is ignored); `write` shows a pack under its name only when it is complete.
    Order: blocks of one writer become visible in the order they were appended.
    Threads: callers serialise `append`, `seal` and `flush`; `read` and `list` may run at any time.
    Errors: StoreDamaged for a pack that is gone, StoreReadOnly for a place that cannot be written to.
    """

    readonly: bool

    def list(self) -> list[PackInfo]:
        """Every pack there is, in no order."""
        ...

    def read(self, name: str, offset: int, length: int) -> bytes:
        """Bytes of a pack; fewer at its end."""
        ...

    def append(self, block: bytes) -> tuple[str, int]:
        """Add a block to a pack of this writer; the pack's name and where the block begins in it."""
        ...

    def flush(self) -> None:
        """Make everything appended durable and visible to others."""
        ...

    def write(self, pack: bytes) -> str:
        """Store a complete, sealed pack durably and return its name."""
        ...

    def delete(self, name: str) -> None:
        """Remove a pack; nothing happens if it is gone."""
        ...

    def held_by_others(self, name: str) -> bool:
        """True while another process may append to this pack."""
        ...

    def changing(self, exclusive: bool) -> AbstractContextManager[str]:
        """Keep packs from being removed meanwhile (or, exclusively, blocks from being added).

        Gives a token that changes whenever packs were removed.
        """
        ...

    def removed(self) -> None:
        """Change that token; called within an exclusive `changing`."""
        ...

    def get_note(self, name: str) -> bytes | None:
        """A small named file beside the packs, or None."""
        ...

    def put_note(self, name: str, data: bytes) -> None:
        """Write such a file atomically."""
        ...

    def close(self) -> None:
        """Let go of files and locks; appended blocks stay as durable as `flush` made them."""
        ...
