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
from modeldb.query.columns import column
from modeldb.query.relations import Mapped
from modeldb.query.segments import Manifest, Opened, Segment
from modeldb.query.shapes import SHAPES, Shape

if TYPE_CHECKING:
    import numpy
    import pyarrow

BATCH = 200_000
"""Rows fetched and written at a time, which bounds the memory of building a large replica."""

_FOREVER = 2**62
_ANCHOR = "SELECT action_id FROM actions WHERE entry <= :entry ORDER BY entry DESC LIMIT 1"


class CatalogReader(Protocol):
    """What the replica asks of a catalog."""

    def query(self, sql: str, params: Mapping[str, Any] = ..., /) -> Sequence[Any]:
        """The rows of a SELECT with `:name` parameters."""


class Replica:
    """The replicated tables of one store.

    Threads: may be used from several; a refresh is done by one at a time.
    """

    def __init__(self, directory: Path, catalog: CatalogReader) -> None:
        self._directory = directory
        self._catalog = catalog
        self._lock = threading.RLock()
        self._followed: dict[str, _Followed] = {}
        self._mapped: dict[str, dict[str, Opened]] = {}

    def entry(self) -> int:
        """The last entry applied to the catalog."""
        rows = self._catalog.query("SELECT value FROM counters WHERE name = 'entry'")
        return int(rows[0][0]) if rows else 0

    def anchor(self, entry: int) -> str:
        """The id of the last action up to an entry: in another catalog it is another, whatever its entry number.

        Empty when there is none: of a store in which numbers are only logged, the entry alone is compared.
        """
        rows = self._catalog.query(_ANCHOR, {"entry": entry})
        return str(rows[0][0]) if rows else ""

    def tables(self, names: Iterable[str]) -> dict[str, pyarrow.Table]:
        """These tables as of now: what was committed to the catalog before the call is in them."""
        with self._lock:
            entry = self.entry()
            return {name: self._table(SHAPES[name], entry) for name in names}

    def described(self, name: str) -> Mapped:
        """The files of a table that `tables` has returned, for another process to map."""
        with self._lock:
            return Mapped(str(self._directory / name), self._followed[name].manifest.segments)

    def forget(self) -> None:
        """Open every file anew at the next call."""
        with self._lock:
            self._followed.clear()
            self._mapped.clear()

    def _table(self, shape: Shape, entry: int) -> pyarrow.Table:
        followed = self._followed.get(shape.name)
        if followed is not None and followed.manifest.entry == entry:
            return followed.table
        for rebuild in (False, False, True):
            # A file may be damaged, or compacted away by another process after we read the manifest that named it.
            # The second try sees that one's manifest; failing that, the catalog has everything.
            try:
                followed = self._follow(shape, entry, rebuild=rebuild)
                break
            except (StoreDamaged, FileNotFoundError):
                self._mapped.pop(shape.name, None)
                if rebuild:
                    raise
        assert followed is not None
        self._followed[shape.name] = followed
        return followed.table

    def _follow(self, shape: Shape, entry: int, *, rebuild: bool) -> _Followed:
        directory = self._directory / shape.name
        manifest = None if rebuild else files.read_manifest(directory)
        if manifest is None or not self._continues(manifest, shape, entry):
            manifest = Manifest(shape.name, 0, [], shape.fingerprint)
        if manifest.entry < entry or not manifest.segments:
            followed = self._extend(shape, manifest, entry)
            if followed.segments != manifest.segments:
                files.write_manifest(directory, followed)
            manifest = followed
        before = self._followed.get(shape.name)
        if before is not None and before.manifest.segments == manifest.segments:
            return _Followed(manifest, before.table)
        return _Followed(manifest, files.live(self._map(shape, manifest.segments)))

    def _continues(self, manifest: Manifest, shape: Shape, entry: int) -> bool:
        """Whether a table on disk is an earlier state of this catalog's, and not of one that was in its place."""
        if manifest.schema != shape.fingerprint or manifest.entry > entry:
            return False
        return manifest.entry == 0 or manifest.anchor == self.anchor(manifest.entry)

    def _map(self, shape: Shape, segments: Sequence[Segment]) -> list[Opened]:
        """The segments, each mapped and checked once."""
        known = self._mapped.get(shape.name, {})
        directory = self._directory / shape.name
        mapped = {s.file: known.get(s.file) or files.open_segment(directory, s) for s in segments}
        self._mapped[shape.name] = mapped
        return list(mapped.values())

    def _extend(self, shape: Shape, manifest: Manifest, entry: int) -> Manifest:
        """The manifest with everything up to `entry`. Writes segments; the caller publishes them."""
        segments = list(manifest.segments)
        for batch in self._fetch(shape, manifest.entry, entry, first=not segments):
            dead = self._superseded(shape, segments, batch)
            segments.append(files.write_segment(self._directory / shape.name, batch, dead))
            segments = self._compact(shape, segments)
        return Manifest(shape.name, entry, segments, shape.fingerprint, anchor=self.anchor(entry))

    def _fetch(self, shape: Shape, after: int, upto: int, *, first: bool) -> Iterable[pyarrow.Table]:
        """Rows touched after one entry and up to another, in order, in batches. At least one batch when first.

        A row touched again while we read has an entry beyond `upto`. It is fetched all the same, or its older state
        would be missing until the next refresh, which then supersedes it.
        """
        import pyarrow as pa

        names = ", ".join(f'"{name}"' for name, _ in shape.columns)
        key = ", ".join(f'"{name}"' for name in dict.fromkeys(("entry", *shape.key)))
        select = f"SELECT {names} FROM {shape.source} WHERE entry > :after AND entry <= :limit ORDER BY {key}"
        # A page ends between two entries, so the next one can begin after the last entry of this one.
        while after < upto or first:
            end = self._page_end(shape, after, upto)
            last = end >= upto and not shape.appends_only
            rows = self._catalog.query(select, {"after": after, "limit": _FOREVER if last else end})
            if rows or first:
                values = list(zip(*rows, strict=True)) if rows else [()] * len(shape.columns)
                arrays = [column(v, kind) for v, (_, kind) in zip(values, shape.columns, strict=True)]
                yield pa.Table.from_arrays(arrays, schema=shape.schema())
                first = False
            after = end

    def _page_end(self, shape: Shape, after: int, upto: int) -> int:
        rows = self._catalog.query(
            f"SELECT entry FROM {shape.name} WHERE entry > :after AND entry <= :upto "
            "ORDER BY entry LIMIT 1 OFFSET :batch",
            {"after": after, "upto": upto, "batch": BATCH},
        )
        return max(int(rows[0][0]) - 1, after + 1) if rows else upto

    def _superseded(self, shape: Shape, segments: list[Segment], batch: pyarrow.Table) -> numpy.ndarray[Any, Any]:
        """The row numbers in the existing segments that rows of this batch replace."""
        import numpy as np

        if shape.appends_only or not segments or not batch.num_rows:
            return np.empty(0, dtype=np.int64)
        return _rows_with_keys(files.concatenated(self._map(shape, segments)), batch, shape.key)

    def _compact(self, shape: Shape, segments: list[Segment]) -> list[Segment]:
        """Merge the last segments into one while they are not much smaller than the one before them.

        The number of segments stays logarithmic and a row is rewritten a logarithmic number of times.
        """
        start, rows = len(segments) - 1, segments[-1].rows
        while start > 0 and segments[start - 1].rows <= 2 * rows:
            start -= 1
            rows += segments[start].rows
        if start == len(segments) - 1:
            return segments
        before = sum(segment.rows for segment in segments[:start])
        merged, dead = _merged(self._map(shape, segments)[start:], before)
        return [*segments[:start], files.write_segment(self._directory / shape.name, merged, dead)]


@dataclass(frozen=True)
class _Followed:
    manifest: Manifest
    table: pyarrow.Table


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


def _merged(tail: Sequence[Opened], before: int) -> tuple[pyarrow.Table, numpy.ndarray[Any, Any]]:
    """The live rows of the last segments, and what they supersede among the `before` rows in front of them."""
    import numpy as np

    dead = np.unique(np.concatenate([segment.dead for segment in tail]))
    table = files.concatenated(tail)
    alive = np.ones(table.num_rows, dtype=bool)
    alive[dead[dead >= before] - before] = False
    return table.filter(files.boolean_array(alive)).combine_chunks().unify_dictionaries(), dead[dead < before]
