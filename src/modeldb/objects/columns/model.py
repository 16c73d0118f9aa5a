"""What a canonical digest of a table is, and the questions two digests answer without their values."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, overload

import msgspec

from modeldb.objects.columns.labels import name_of

if TYPE_CHECKING:
    from modeldb.objects.columns.canonical import Hashed

EVIDENCE_CELLS = 16
"""Fewer cells than this in columns with something in them prove nothing about where a value came from."""


class ColumnDigest(msgspec.Struct, frozen=True):
    """One column's identity: what it holds, whatever container holds it."""

    name: str
    """The column's name as text; names belong to the table's digest, not to the column's."""
    dtype: str
    """Canonical logical type, such as "float64", "string", "category" or "datetime64[ns, UTC]"."""
    digest: str
    """32 hex digits over logical type, length and values."""
    trivial: bool = False
    """True for a constant column, or integers that count up by one: many tables share such a column."""


class TableDigest(msgspec.Struct, frozen=True):
    """One table's identity: its columns' digests, their names and order, the index, and its shape."""

    digest: str
    """32 hex digits over kind, names, order, column digests, index and number of rows."""
    columns: tuple[ColumnDigest, ...]
    index: tuple[ColumnDigest, ...]
    """One per index level; empty for the default index 0, 1, 2, …"""
    n_rows: int
    container: str
    """The type it was read from, such as "pandas.DataFrame"; not part of the digest."""
    weak: bool
    """True when something could not be read in full; equal weak digests do not mean equal values."""

    @property
    def dataset_id(self) -> str:
        """The name of a dataset with this content."""
        return "d-" + self.digest

    @property
    def dtypes(self) -> list[str]:
        """The logical type of each column."""
        columns = self.columns
        return columns.dtypes if isinstance(columns, WideColumns) else [column.dtype for column in columns]


class WideColumns(Sequence[ColumnDigest]):
    """The columns of a very wide table, made one by one when they are looked at.

    A text matrix may have a million columns, and a million objects nobody looks at would take seconds to make.
    Stands wherever a tuple of columns does: length, order, equality, hash and slices are a tuple's.
    """

    __slots__ = ("_hashed", "_labels")

    def __init__(self, labels: Sequence[Hashable], hashed: Sequence[Hashed]) -> None:
        self._labels = labels
        self._hashed = hashed

    @property
    def dtypes(self) -> list[str]:
        return [column.dtype for column in self._hashed]

    def __len__(self) -> int:
        return len(self._hashed)

    @overload
    def __getitem__(self, at: int) -> ColumnDigest: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[ColumnDigest, ...]: ...
    def __getitem__(self, at: int | slice) -> Any:
        if isinstance(at, slice):
            return tuple([self[position] for position in range(*at.indices(len(self)))])
        column = self._hashed[at]
        return ColumnDigest(name_of(self._labels[at]), column.dtype, column.digest.hex(), column.trivial)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, WideColumns):
            return self._hashed == other._hashed and list(self._labels) == list(other._labels)
        return isinstance(other, tuple) and tuple(self) == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self):,} columns>"


def column_subset(child: TableDigest, parent: TableDigest) -> tuple[int, ...] | None:
    """Returns the positions in `parent` of the child's columns, or None if one of them is not there.

    Columns match by content. Where several columns of the parent hold the same values, one that was not taken yet is
    preferred, then the one with the child's name.
    """
    if child.weak or parent.weak or child.n_rows != parent.n_rows or not child.columns:
        return None
    twins: dict[str, _Twins] = defaultdict(_Twins)
    for position, column in enumerate(parent.columns):
        twins[column.digest].add(position, column.name)
    positions = []
    for column in child.columns:
        if column.digest not in twins:
            return None
        positions.append(twins[column.digest].take(column.name))
    return tuple(positions)


class _Twins:
    """The columns of a table that hold the same values. Of a sparse matrix thousands may be empty."""

    def __init__(self) -> None:
        self._free: deque[int] = deque()
        self._free_by_name: dict[str, deque[int]] = defaultdict(deque)
        self._taken: set[int] = set()
        self._first: dict[str, int] = {}

    def add(self, position: int, name: str) -> None:
        self._free.append(position)
        self._free_by_name[name].append(position)
        self._first.setdefault(name, position)

    def take(self, name: str) -> int:
        """The first of this name that is free, else the first that is; where none is, one that was taken."""
        for free in (self._free_by_name.get(name, deque()), self._free):
            while free:
                position = free.popleft()
                if position not in self._taken:
                    self._taken.add(position)
                    return position
        return self._first.get(name, next(iter(self._first.values())))


def has_evidence(table: TableDigest) -> bool:
    """Says whether equal content is any proof of equal origin: enough cells outside trivial columns."""
    if table.weak:
        return False
    cells = 0
    for column in table.columns:
        if not column.trivial:
            cells += table.n_rows
            if cells >= EVIDENCE_CELLS:
                return True
    return False
