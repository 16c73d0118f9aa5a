"""A replica of the catalog's tables as memory-mapped Arrow files that follow its entry number.

The analytical engine reads these instead of the catalog: opening them copies nothing, every process shares their
pages, and a refresh fetches only the rows touched since. They live in the store's cache and may be deleted at any
time. Several processes may refresh at once: each writes files of its own and the last manifest wins; all of them
are right.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from modeldb.errors import StoreDamaged
from modeldb.query import segments as files
from modeldb.query.columns import arrow_type, column
from modeldb.query.relations import Mapped
from modeldb.query.segments import Manifest, Segment

if TYPE_CHECKING:
    import numpy
    import pyarrow

BATCH = 200_000
"""Rows fetched and written at a time, which bounds the memory of building a large replica."""

_PLAIN = {
    "action_id", "code", "columns", "command", "cwd", "description", "digest", "error", "extra", "kept_digests",
    "max_text", "min_text", "producer_id", "recipe_key", "rng", "rows_digest", "set_id", "store_error", "summary",
    "value_key",
}  # fmt: skip
"""Text that repeats too little for a dictionary to help."""

_TIMES = {"at", "created_at", "ended_at", "logged_at", "started_at"}


class CatalogReader(Protocol):
    """What the replica asks of a catalog."""

    def query(self, sql: str, params: Mapping[str, Any] = ..., /) -> Sequence[tuple[Any, ...]]:
        """The rows of a SELECT with `:name` parameters."""


@dataclass(frozen=True)
class TableSpec:
    """The shape of one replicated table."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """(name, kind); see `columns.column`."""
    key: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        return ",".join(f"{name}:{kind}" for name, kind in self.columns)

    @property
    def appends_only(self) -> bool:
        """True when a row is never touched again: its key is the entry that brought it."""
        return "entry" in self.key

    def schema(self) -> pyarrow.Schema:
        import pyarrow as pa

        return pa.schema([pa.field(name, arrow_type(kind)) for name, kind in self.columns])


def table_specs() -> dict[str, TableSpec]:
    """Every catalog table that follows entries, as the replica holds it."""
    from sqlalchemy import LargeBinary

    from modeldb.catalog.schema import metadata

    specs = {}
    for table in metadata.sorted_tables:
        if "entry" not in table.columns or table.name == "unknown_records":
            continue
        # Plain strings: SQLAlchemy's are a subclass that nothing else wants to encode.
        key = tuple(str(column.name) for column in table.primary_key.columns)
        columns = tuple(
            (str(column.name), _kind(str(column.name), column.type, key))
            for column in table.columns
            if not isinstance(column.type, LargeBinary)
        )
        specs[str(table.name)] = TableSpec(str(table.name), columns, key)
    return specs


def _kind(name: str, sql_type: Any, key: tuple[str, ...]) -> str:
    from sqlalchemy import Boolean, Float, Integer

    match sql_type:
        case Boolean():
            return "bool"
        case Integer():
            return "int"
        case Float():
            return "time" if name in _TIMES else "float"
    return "text" if name in _PLAIN or key == (name,) or (name == "value" and len(key) == 1) else "word"


class Replica:
    """The replicated tables of one store.

    Threads: may be used from several; a refresh is done by one at a time.
    """

    def __init__(self, directory: Path, catalog: CatalogReader) -> None:
        self._directory = directory
        self._catalog = catalog
        self._lock = threading.RLock()
        self._specs: dict[str, TableSpec] | None = None
        self._open: dict[str, tuple[Manifest, pyarrow.Table]] = {}

    @property
    def specs(self) -> dict[str, TableSpec]:
        if self._specs is None:
            self._specs = table_specs()
        return self._specs

    def entry(self) -> int:
        """The last entry applied to the catalog."""
        rows = self._catalog.query("SELECT value FROM counters WHERE name = 'entry'")
        return int(rows[0][0]) if rows else 0

    def tables(self, names: Iterable[str]) -> dict[str, pyarrow.Table]:
        """These tables as of now: what was committed to the catalog before the call is in them."""
        with self._lock:
            entry = self.entry()
            return {name: self._table(self.specs[name], entry) for name in names}

    def described(self, name: str) -> Mapped:
        """The files of a table that `tables` has returned, for another process to map."""
        with self._lock:
            return Mapped(str(self._directory / name), self._open[name][0].segments)

    def forget(self) -> None:
        """Open every file anew at the next call."""
        with self._lock:
            self._open.clear()

    def _table(self, spec: TableSpec, entry: int) -> pyarrow.Table:
        opened = self._open.get(spec.name)
        if opened is not None and opened[0].entry == entry:
            return opened[1]
        try:
            manifest, table = self._follow(spec, entry)
        except (StoreDamaged, FileNotFoundError):
            # Damaged, or compacted away by another process after we read the manifest; either way the
            # catalog has everything.
            try:
                manifest, table = self._follow(spec, entry)
            except (StoreDamaged, FileNotFoundError):
                manifest, table = self._follow(spec, entry, rebuild=True)
        self._open[spec.name] = manifest, table
        return table

    def _follow(self, spec: TableSpec, entry: int, *, rebuild: bool = False) -> tuple[Manifest, pyarrow.Table]:
        directory = self._directory / spec.name
        manifest = None if rebuild else files.read_manifest(directory)
        if manifest is None or manifest.schema != spec.fingerprint or manifest.entry > entry:
            manifest = Manifest(spec.name, 0, [], spec.fingerprint)
        if manifest.entry < entry or not manifest.segments:
            manifest = self._extend(spec, directory, manifest, entry)
            files.write_manifest(directory, manifest)
        return manifest, files.open_segments(directory, manifest.segments).live()

    def _extend(self, spec: TableSpec, directory: Path, manifest: Manifest, entry: int) -> Manifest:
        """The manifest with everything up to `entry`. Writes segments; the caller publishes them."""
        segments = list(manifest.segments)
        for batch in self._fetch(spec, manifest.entry, entry, first=not segments):
            dead = self._superseded(spec, directory, segments, batch)
            segments.append(files.write_segment(directory, batch, dead))
            segments = _compact(directory, segments)
        return Manifest(spec.name, entry, segments, spec.fingerprint)

    def _fetch(self, spec: TableSpec, after: int, upto: int, *, first: bool) -> Iterable[pyarrow.Table]:
        """Rows touched after one entry and up to another, in order, in batches. At least one batch when first."""
        import pyarrow as pa

        names = ", ".join(f'"{name}"' for name, _ in spec.columns)
        key = ", ".join(f'"{name}"' for name in dict.fromkeys(("entry", *spec.key)))
        select = f"SELECT {names} FROM {spec.name} WHERE entry > :after AND entry <= :upto ORDER BY {key}"
        # A page ends between two entries, so the next one can begin after the last entry of this one.
        while after < upto or first:
            limit = self._page_end(spec, after, upto)
            rows = self._catalog.query(select, {"after": after, "upto": limit})
            if rows or first:
                values = list(zip(*rows, strict=True)) if rows else [()] * len(spec.columns)
                arrays = [column(v, kind) for v, (_, kind) in zip(values, spec.columns, strict=True)]
                yield pa.Table.from_arrays(arrays, schema=spec.schema())
                first = False
            after = limit

    def _page_end(self, spec: TableSpec, after: int, upto: int) -> int:
        rows = self._catalog.query(
            f"SELECT entry FROM {spec.name} WHERE entry > :after AND entry <= :upto "
            "ORDER BY entry LIMIT 1 OFFSET :batch",
            {"after": after, "upto": upto, "batch": BATCH},
        )
        return max(int(rows[0][0]) - 1, after + 1) if rows else upto

    def _superseded(
        self, spec: TableSpec, directory: Path, segments: list[Segment], batch: pyarrow.Table
    ) -> numpy.ndarray[Any, Any]:
        """The row numbers in the existing segments that rows of this batch replace."""
        import numpy as np

        if spec.appends_only or not segments or not batch.num_rows:
            return np.empty(0, dtype=np.int64)
        return _rows_with_keys(files.open_segments(directory, segments).concatenated(), batch, spec.key)


def _rows_with_keys(table: pyarrow.Table, batch: pyarrow.Table, key: tuple[str, ...]) -> numpy.ndarray[Any, Any]:
    """Numbers of the rows of `table` whose key occurs in `batch`."""
    import numpy as np
    import pyarrow.compute as pc

    first = batch[key[0]]
    wanted = first.combine_chunks() if first.num_chunks != 1 else first.chunk(0)
    candidates = np.flatnonzero(_as_numpy(pc.is_in(_plain(table[key[0]]), value_set=_plain(wanted))))
    if len(key) == 1 or not len(candidates):
        return candidates.astype(np.int64)
    keys = {tuple(row) for row in zip(*(batch[name].to_pylist() for name in key), strict=True)}
    found = [table[name].take(_int64(candidates)).to_pylist() for name in key]
    hits = [number for number, row in zip(candidates, zip(*found, strict=True), strict=True) if row in keys]
    return np.asarray(hits, dtype=np.int64)


def _plain(values: Any) -> Any:
    import pyarrow as pa

    return values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values


def _as_numpy(mask: Any) -> numpy.ndarray[Any, Any]:
    result: numpy.ndarray[Any, Any] = mask.combine_chunks().to_numpy(zero_copy_only=False)
    return result


def _int64(numbers: numpy.ndarray[Any, Any]) -> pyarrow.Array:
    import numpy as np
    import pyarrow as pa

    return pa.Array.from_buffers(
        pa.int64(), len(numbers), [None, pa.py_buffer(np.ascontiguousarray(numbers, dtype=np.int64))]
    )


def _compact(directory: Path, segments: list[Segment]) -> list[Segment]:
    """Merge the last segments into one while they are not much smaller than the one before them.

    The number of segments stays logarithmic and a row is rewritten a logarithmic number of times.
    """
    start, rows = len(segments) - 1, segments[-1].rows
    while start > 0 and segments[start - 1].rows <= 2 * rows:
        start -= 1
        rows += segments[start].rows
    if start == len(segments) - 1:
        return segments
    return [*segments[:start], _merge(directory, segments, start)]


def _merge(directory: Path, segments: list[Segment], start: int) -> Segment:
    import numpy as np

    opened = files.open_segments(directory, segments)
    before = sum(segment.rows for segment in segments[:start])
    dead = np.unique(np.concatenate(opened.dead[start:]))
    tail = files.Opened(opened.tables[start:], ()).concatenated()
    alive = np.ones(tail.num_rows, dtype=bool)
    alive[dead[dead >= before] - before] = False
    merged = tail.filter(files.boolean_array(alive)).combine_chunks().unify_dictionaries()
    return files.write_segment(directory, merged, dead[dead < before])
