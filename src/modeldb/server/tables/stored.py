"""The pivots in a file of the store's cache, so that a server that starts need not lay out everything again.

What is read back is brought up to date entry by entry, as pivots always are. The file may be deleted at any time; one
that is damaged, of another format or of another catalog is as good as none.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import zstandard

from modeldb.server.source import Source
from modeldb.server.tables.pivot import Pivot

FORMAT = 1
"""To be raised when what `loading` puts into the cells changes."""


class StoredColumn(msgspec.Struct, frozen=True, array_like=True):
    """Cells as they are; of texts that repeat, the different ones and the place of each cell's among them."""

    values: list[Any]
    texts: list[str | None] | None = None


class StoredPivot(msgspec.Struct, frozen=True, array_like=True):
    ids: list[str]
    cells: dict[str, StoredColumn]
    sparse: dict[str, tuple[list[int], list[Any]]]
    chosen: list[str]


class Stored(msgspec.Struct, frozen=True, array_like=True):
    """Everything `Tables` knows after the entry with this number."""

    format: int
    entry: int
    last_action: str | None
    """The last action up to that entry: another one says that it is another catalog."""
    runs: StoredPivot
    models: StoredPivot
    weak: list[tuple[int, str, int, int]]
    newest_model: dict[int, int]
    names: dict[str, dict[str, str | None]]


def write(path: Path, stored: Stored) -> None:
    """Replaces the file. Nothing happens where that is not possible."""
    with suppress(OSError, OverflowError):
        # Integers beyond 64 bits, which JSON has and this has not, end here too.
        body = zstandard.ZstdCompressor(level=1).compress(msgspec.msgpack.encode(stored))
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{os.getpid()}")
        beside.write_bytes(body)
        beside.replace(path)


def read(path: Path, source: Source) -> Stored | None:
    """What the file holds, when it is about this catalog."""
    try:
        stored = msgspec.msgpack.decode(zstandard.ZstdDecompressor().decompress(path.read_bytes()), type=Stored)
    except (OSError, zstandard.ZstdError, msgspec.MsgspecError):
        return None
    same = stored.format == FORMAT and stored.entry <= source.last_entry()
    return stored if same and stored.last_action == last_action(source, stored.entry) else None


def last_action(source: Source, entry: int) -> str | None:
    """The last action up to an entry."""
    rows = source.query(
        "SELECT action_id FROM actions WHERE entry <= :entry ORDER BY entry DESC LIMIT 1", {"entry": entry}
    )
    return rows[0][0] if rows else None


def from_pivot(pivot: Pivot) -> StoredPivot:
    """A pivot as it can be written."""
    return StoredPivot(
        ids=pivot.ids,
        cells={key: _from_cells(cells) for key, cells in pivot.cells.items()},
        sparse={key: (list(cells), list(cells.values())) for key, cells in pivot.sparse.items()},
        chosen=sorted(pivot.chosen),
    )


def to_pivot(stored: StoredPivot, types: dict[str, str]) -> Pivot:
    """The pivot that was written."""
    pivot = Pivot(types)
    pivot.ids = stored.ids
    pivot.index = {id: row for row, id in enumerate(stored.ids)}
    pivot.cells = {key: _to_cells(column) for key, column in stored.cells.items()}
    pivot.sparse = {key: dict(zip(rows, values, strict=True)) for key, (rows, values) in stored.sparse.items()}
    pivot.chosen = set(stored.chosen)
    return pivot


def _from_cells(cells: list[Any]) -> StoredColumn:
    if set(map(type, cells)) <= {str, type(None)}:
        places = {text: place for place, text in enumerate(dict.fromkeys(cells))}
        if 2 * len(places) < len(cells):
            return StoredColumn([places[text] for text in cells], list(places))
    return StoredColumn(cells)


def _to_cells(column: StoredColumn) -> list[Any]:
    if column.texts is None:
        return column.values
    return list(map(column.texts.__getitem__, column.values))
