"""What content says about where a value came from, when nobody reported the call.

Four questions, cheapest first. Are its columns those of an earlier dataset (a selection of columns)? Does it hold
some of an earlier dataset's columns besides new ones (something was added)? Are its rows among the rows of an earlier
dataset of the same width (a filter, a sample, a shuffle)? Do its values follow a model's output monotonically
(a threshold, a rounding, an `argmax`)? Every answer is a conclusion and is recorded as one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

import msgspec

from modeldb.client.origins import Known, Origins
from modeldb.objects import columns

MAX_CELLS = 2_000_000
"""Above this size rows are not compared: it would cost the script more than the answer is worth."""
MAX_CANDIDATES = 12
MAX_ROW_CANDIDATES = 16
REPEATS = 8
"""Rows that occur more often than this, on average, are weak evidence."""


Types = tuple[int, Hashable]
"""The types of a table's columns, told short where they are all the same."""


class Conclusion(msgspec.Struct, frozen=True):
    kind: str
    """`select` or `transform`."""
    operation: str
    sources: tuple[Known, ...]
    certain: bool = True
    """False when what a model or the script's text says about the value counts for more."""


class RowMemory:
    """The rows of the datasets of this run, as digests.

    Most are never asked for, and a copy of the values is quicker made than a digest of every row. So the latest wait
    as copies until somebody asks, or until they take too much room.
    """

    BYTES = 256 << 20
    """Of digests."""
    WAITING_CELLS = 4 * MAX_CELLS
    """Cells of all copies together."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Any, int]] = {}
        self._waiting: dict[str, tuple[Any, int]] = {}
        self._alike: dict[Types, list[str]] = {}
        self._latest: tuple[str, Any] | None = None
        self._bytes = self._cells = 0

    def keep(self, value: Any, table: columns.TableDigest, copy: Callable[[Any], Any] = columns.snapshot) -> None:
        """Remember a dataset's rows as they are now. `value` is not held on to."""
        cells = table.n_rows * max(len(table.columns), 1)
        if table.digest in self._rows or table.digest in self._waiting or table.weak or table.n_rows < 2:
            return
        if cells > MAX_CELLS or self._bytes > self.BYTES:
            return
        self._alike.setdefault(_types(table), []).append(table.digest)
        if self._latest is not None and self._latest[0] == table.digest:
            self._sort(*self._latest)
            self._latest = None
            return
        self._waiting[table.digest] = copy(value), cells
        self._cells += cells
        if isinstance(value, list | tuple):
            self.of(table.digest)  # a copy would share the lists inside
        while self._cells > self.WAITING_CELLS:
            self.of(next(iter(self._waiting)))

    def alike(self, table: columns.TableDigest) -> list[str]:
        """The digests of the latest datasets whose columns are of the same types, latest first."""
        return self._alike.get(_types(table), [])[: -MAX_ROW_CANDIDATES - 1 : -1]

    def of(self, digest: str) -> tuple[Any, int] | None:
        """Sorted row digests and how many of them differ, or None where they were never kept."""
        waiting = self._waiting.pop(digest, None)
        if waiting is not None:
            value, cells = waiting
            self._cells -= cells
            self._sort(digest, columns.row_digests(value))
        return self._rows.get(digest)

    def digests(self, value: Any, table: columns.TableDigest) -> Any:
        """The digest of each row of a value that may be kept next."""
        rows = columns.row_digests(value)
        self._latest = table.digest, rows
        return rows

    def _sort(self, digest: str, rows: Any) -> None:
        rows.sort()
        self._rows[digest] = rows, 1 + int((rows[1:] != rows[:-1]).sum())
        self._bytes += rows.nbytes


def _types(table: columns.TableDigest) -> Types:
    types = table.dtypes
    return len(types), frozenset(types) if len(set(types)) < 2 else tuple(types)


def conclude(value: Any, table: columns.TableDigest, origins: Origins, rows: RowMemory) -> Conclusion | None:
    """Where this value, of unknown origin, seems to come from."""
    if table.weak or not table.columns:
        return None
    return (
        _view_of_array(value, table, origins)
        or _columns_of_one(table, origins)
        or _rows_of_one(value, table, origins, rows)
        or _columns_of_several(table, origins)
    )


def _view_of_array(value: Any, table: columns.TableDigest, origins: Origins) -> Conclusion | None:
    """A numpy view knows the array it looks into."""
    base = getattr(value, "base", None)
    for _ in range(8):
        if base is None:
            return None
        known = origins.objects.get(base)
        if known is not None and known.digest != table.digest:
            return Conclusion("select", "view", (known,))
        base = getattr(base, "base", None)
    return None


def _columns_of_one(table: columns.TableDigest, origins: Origins) -> Conclusion | None:
    if not columns.is_evidence(table):
        return None
    for known in _sharing_columns(table, origins):
        if known.digest != table.digest and columns.column_subset(table, known.table) is not None:
            return Conclusion("select", "columns", (known,))
    return None


def _columns_of_several(table: columns.TableDigest, origins: Origins) -> Conclusion | None:
    """Columns of earlier datasets side by side, perhaps with new ones between them."""
    if len(table.columns) < 2:
        return None
    sharing = _sharing_columns(table, origins)
    if not sharing:
        return None
    left = {column.digest for column in table.columns}
    total = len(left)
    chosen: list[Known] = []
    for known in sharing:
        here = left & {column.digest for column in known.table.columns}
        if here and columns.is_evidence(known.table):
            chosen.append(known)
            left -= here
        if not left or len(chosen) == 8:
            break
    if not chosen or len(left) == total:
        return None
    return Conclusion("transform", "columns added" if left else "columns joined", tuple(chosen))


def _sharing_columns(table: columns.TableDigest, origins: Origins) -> list[Known]:
    """Earlier datasets of as many rows that share a column, the one that shares most and was met last first."""
    found: dict[str, tuple[int, Known]] = {}
    for column in table.columns[:256]:
        for known in origins.with_column(column.digest):
            if known.table.n_rows == table.n_rows:
                count, _ = found.get(known.digest, (0, known))
                found[known.digest] = (count + 1, known)
    ranked = sorted(found.values(), key=lambda entry: -entry[0])
    return [known for _, known in ranked[:MAX_CANDIDATES]]


def _rows_of_one(value: Any, table: columns.TableDigest, origins: Origins, memory: RowMemory) -> Conclusion | None:
    """A filter, a slice, a sample or a shuffle: every row is a row of an earlier dataset of the same types."""
    if table.n_rows * len(table.columns) > MAX_CELLS or table.n_rows == 0:
        return None
    mine: Any = None
    for digest in memory.alike(table):
        known = origins.of_content(digest)
        if known is None or known.table.n_rows < table.n_rows:
            continue
        theirs, n_distinct = memory.of(digest) or (None, 0)
        if theirs is None or n_distinct < 8:
            continue
        if mine is None:
            mine = memory.digests(value, table)
        # Most tables are ruled out by their first row.
        if not _holds(theirs, mine[0]):
            continue
        if _n_distinct(mine) < min(4, table.n_rows):
            return None
        if _hold(theirs, mine):
            kind = "rows reordered" if len(mine) == len(theirs) else "rows"
            # Ten classes are those of every prediction too: rows that repeat so much tell little of their origin.
            return Conclusion("select", kind, (known,), certain=n_distinct * REPEATS >= len(theirs))
    return None


def _n_distinct(rows: Any) -> int:
    import numpy as np

    return len(np.unique(rows))


def _holds(theirs: Any, row: Any) -> bool:
    """True when a digest is one of these, which are sorted."""
    at = theirs.searchsorted(row)
    return at < len(theirs) and bool(theirs[at] == row)


def _hold(theirs: Any, mine: Any) -> bool:
    """True when every digest is one of these, which are sorted."""
    position = theirs.searchsorted(mine)
    position[position == len(theirs)] = 0
    return bool((theirs[position] == mine).all())


class Said(msgspec.Struct, frozen=True):
    """What a model said about a dataset, kept so that what the script makes of it can be recognised."""

    known: Known
    values: Any
    """The predicted values: (n_rows,) or (n_rows, n_outputs)."""
    classes: Any | None


def follows(value: Any, said: Sequence[Said]) -> Known | None:
    """The latest prediction these values can be read off: an argmax, a threshold, a rounding, a monotone function."""
    import numpy as np

    try:
        mine = np.asarray(value)
    except (ValueError, TypeError):
        return None
    if mine.ndim == 2 and mine.shape[1] == 1:
        mine = mine[:, 0]
    if mine.ndim != 1 or len(mine) < 4 or mine.dtype.kind not in "biufOUS" or len(mine) > MAX_CELLS:
        return None
    for candidate in reversed(said):
        values = candidate.values
        if len(values) != len(mine):
            continue
        if values.ndim == 2 and values.shape[1] > 1:
            best = values.argmax(axis=1)
            if _same(mine, best) or (candidate.classes is not None and _same(mine, candidate.classes[best])):
                return candidate.known
            columns_ = [values[:, i] for i in range(min(values.shape[1], 16))]
        else:
            columns_ = [values.reshape(len(values))]
        if mine.dtype.kind in "biuf" and any(_monotone(mine, column) for column in columns_):
            return candidate.known
    return None


def _same(left: Any, right: Any) -> bool:
    try:
        return bool((left == right).all()) and len(set(right.tolist())) > 1
    except (AttributeError, TypeError):
        return False


def _monotone(mine: Any, said: Any) -> bool:
    """True when `mine` never falls (or never rises) as `said` grows, and says something at all."""
    import numpy as np

    if said.dtype.kind not in "biuf" or len(np.unique(said)) < 4 or (mine[0] == mine[-1] and len(np.unique(mine)) < 2):
        return False
    order = np.argsort(said, kind="stable")
    ordered = mine[order].astype(float)
    steps = np.diff(ordered)
    if len(np.unique(mine)) < 2:
        return False
    ties = np.diff(said[order]) == 0
    if bool((steps[ties] != 0).any()):
        return False
    return bool((steps >= 0).all() or (steps <= 0).all())
