"""Arrow IPC files on disk: one table as a list of immutable segments, read through a memory map.

A segment holds rows and, in its schema's metadata, the numbers of the rows before it that it supersedes ("dead"
rows: an update is a new row that kills the old one). A manifest names the segments of a table; it is replaced
atomically and carries a checksum of every segment, so that a reader never hands a damaged file to the engine.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import xxhash

from modeldb.errors import StoreDamaged

if TYPE_CHECKING:
    import numpy
    import pyarrow

FORMAT = 1
_DEAD = b"modeldb:dead"


class Segment(msgspec.Struct, frozen=True):
    """One file of a table."""

    file: str
    rows: int
    bytes: int
    checksum: str


class Manifest(msgspec.Struct, frozen=True):
    """What a table consists of, and up to which journal entry it follows the catalog."""

    table: str
    entry: int
    segments: list[Segment]
    schema: str
    """Fingerprint of the columns: a table of another shape is built anew."""
    format: int = FORMAT
    anchor: str = ""
    """The last action up to that entry: whether the catalog that is there now is the one that was followed."""


@dataclass(frozen=True)
class Opened:
    """A segment, mapped."""

    table: pyarrow.Table
    dead: numpy.ndarray[Any, Any]
    """Numbers of earlier rows of the whole table that this segment supersedes."""


def concatenated(opened: Sequence[Opened]) -> pyarrow.Table:
    """All rows of a table, dead ones too."""
    import pyarrow as pa

    return pa.concat_tables([segment.table.replace_schema_metadata() for segment in opened])


def live(opened: Sequence[Opened]) -> pyarrow.Table:
    """The rows of a table that are still true. Without updates this copies nothing."""
    import numpy as np

    table = concatenated(opened)
    if not any(len(segment.dead) for segment in opened):
        return table
    alive = np.ones(table.num_rows, dtype=bool)
    for segment in opened:
        alive[segment.dead] = False
    return table.filter(boolean_array(alive))


def boolean_array(values: numpy.ndarray[Any, Any]) -> pyarrow.Array:
    """An Arrow array of these booleans. (`pyarrow.array` would import pandas.)"""
    import numpy as np
    import pyarrow as pa

    bits = np.packbits(values, bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits.tobytes())])


def write_segment(directory: Path, table: pyarrow.Table, dead: numpy.ndarray[Any, Any]) -> Segment:
    """Write rows as a new segment; nobody sees it before a manifest names it."""
    import numpy as np
    import pyarrow as pa

    directory.mkdir(parents=True, exist_ok=True)
    file = f"{os.urandom(8).hex()}.arrow"
    numbers = np.ascontiguousarray(dead, dtype=np.int64).tobytes()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema.with_metadata({_DEAD: numbers})) as writer:
        writer.write_table(table.replace_schema_metadata({_DEAD: numbers}))
    data = sink.getvalue()
    _write(directory / file, data)
    return Segment(file, table.num_rows, len(data), xxhash.xxh3_128_hexdigest(memoryview(data)))


def open_segment(directory: Path, segment: Segment) -> Opened:
    """Map one file.

    Raises StoreDamaged when it is not what was written, FileNotFoundError when it is gone.
    """
    import numpy as np
    import pyarrow as pa

    path = directory / segment.file
    try:
        buffer = pa.memory_map(str(path)).read_buffer()
        if len(buffer) != segment.bytes or xxhash.xxh3_128_hexdigest(memoryview(buffer)) != segment.checksum:
            raise StoreDamaged(f"{path} is not what was written there. It can be deleted: it is made anew.")
        table = pa.ipc.open_file(buffer).read_all()
    except pa.ArrowException as error:
        raise StoreDamaged(f"{path} cannot be read: {error}. It can be deleted: it is made anew.") from error
    numbers = (table.schema.metadata or {}).get(_DEAD, b"")
    return Opened(table, np.frombuffer(numbers, dtype=np.int64))


def open_table(directory: Path, segments: Sequence[Segment]) -> pyarrow.Table:
    """The live rows of a table. Raises what `open_segment` raises."""
    return live([open_segment(directory, segment) for segment in segments])


def read_manifest(directory: Path) -> Manifest | None:
    """The table's manifest, or None when there is none we can use."""
    try:
        manifest = msgspec.json.decode((directory / "manifest.json").read_bytes(), type=Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return None
    return manifest if manifest.format == FORMAT else None


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Make this the table, at once and for every process; then forget files nobody names any more."""
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / "manifest.json", msgspec.json.encode(manifest))
    forget_old(directory, {segment.file for segment in manifest.segments})


def _write(path: Path, data: Any) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def forget_old(directory: Path, named: set[str]) -> None:
    """Remove segments no manifest names. A minute's grace lets a process that writes at the same time name its own;
    whoever finds a file gone reads the manifest again."""
    import time

    limit = time.time() - 60
    for path in directory.iterdir():
        if path.suffix not in (".arrow", ".tmp") or path.name in named:
            continue
        try:
            if path.stat().st_mtime < limit:
                path.unlink()
        except OSError:
            continue
