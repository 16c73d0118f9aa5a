"""Which example each row of a dataset is, where a key column says so.

A frame that holds the key column names its examples by it. What is made from the frame later (selections of columns
and rows, splits, scaled copies, arrays) has lost the column but not the rows: which of them are where is found out by
columns both hold, by the labels of the index, or by the rows' content, so the key goes with them.

Nothing of this happens, and nothing is computed, before a key is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from modeldb.client.origins import Origins
from modeldb.objects import columns

MAX_CELLS = 20_000_000
"""Larger datasets are not compared row by row: it would cost the script more than the answer is worth."""
MAX_CANDIDATES = 16


class Held(msgspec.Struct, frozen=True, eq=False):
    """A dataset whose examples are known."""

    table: columns.TableDigest
    examples: Any
    """One 64-bit identity per row."""
    rows: Any
    """One 64-bit digest per row, over all columns."""
    index: Any
    """The index of a pandas object, else None."""


class Identities:
    """The examples of the datasets of one run."""

    BYTES = 512 << 20

    def __init__(self, origins: Origins, key: str = "") -> None:
        self._origins = origins
        self._keys = [names] if (names := names_in(key)) else []
        self._held: dict[str, Held] = {}
        self._bytes = 0

    def of(self, digest: str) -> Any | None:
        """The examples of a dataset, row by row; None where the rows' own digests say it."""
        held = self._held.get(digest)
        return None if held is None else held.examples

    def name_key(self, names: Sequence[str]) -> None:
        """From now on these columns, where a dataset holds them all, say which example a row is."""
        if tuple(names) not in self._keys:
            self._keys.insert(0, tuple(names))
            self._held.clear()
            self._bytes = 0

    def learn(
        self, value: Any, table: columns.TableDigest, parents: Iterable[columns.TableDigest] = (), *,
        in_step: bool = False,
    ) -> None:  # fmt: skip
        """Find out which examples the rows of a dataset are. `in_step`: it has the rows of its parent, in order."""
        if not self._keys or table.weak or table.digest in self._held:
            return
        if not table.n_rows or table.n_rows * max(len(table.columns), 1) > MAX_CELLS or self._bytes > self.BYTES:
            return
        examples = self._by_key(value)
        rows = None
        if examples is None and self._held:
            rows = columns.row_digests(value)
            examples = self._by_parents(value, table, rows, [p.digest for p in parents], in_step)
        if examples is not None:
            rows = columns.row_digests(value) if rows is None else rows
            self._held[table.digest] = Held(table, examples, rows, index_of(value))
            self._bytes += examples.nbytes + rows.nbytes

    def _by_key(self, value: Any) -> Any | None:
        for names in self._keys:
            examples = columns.key_digests(value, names)
            if examples is not None:
                return examples
        return None

    def _by_parents(
        self, value: Any, table: columns.TableDigest, rows: Any, parents: Sequence[str], in_step: bool
    ) -> Any | None:
        named = [self._held[digest] for digest in parents if digest in self._held]
        latest = [held for held in reversed(self._held.values()) if held not in named][:MAX_CANDIDATES]
        for held in (*named, *latest):
            if held.table.n_rows == table.n_rows and shares_a_column(held.table, table):
                return held.examples
        for held in (*named, *latest):
            places = places_of(rows, held.rows, index_of(value), held.index)
            if places is not None:
                return held.examples[places]
        for held in named:
            same_labels = held.index is not None and index_of(value) is not None and held.index.equals(index_of(value))
            if held.table.n_rows == table.n_rows and (in_step or (same_labels and len(named) == 1)):
                return held.examples
        return self._by_living_frame(value, rows)

    def _by_living_frame(self, value: Any, rows: Any) -> Any | None:
        """For rows and columns selected at once: the same columns of a frame that is still there."""
        names = getattr(value, "columns", None)
        if names is None or index_of(value) is None:
            return None
        for frame, known in reversed(self._origins.objects.alive()):
            held = self._held.get(known.digest)
            theirs = getattr(frame, "columns", None)
            if held is None or theirs is None or len(frame) != len(held.rows) or not set(names) <= set(theirs):
                continue
            places = places_of(rows, columns.row_digests(frame[list(names)]), index_of(value), held.index)
            if places is not None:
                return held.examples[places]
        return None


def names_in(key: str) -> tuple[str, ...]:
    """The columns of a setting: names separated by commas."""
    return tuple(name.strip() for name in key.split(",") if name.strip())


def shares_a_column(one: columns.TableDigest, other: columns.TableDigest) -> bool:
    """True when a column of something more than a constant or a counter is in both."""
    theirs = {column.digest for column in one.columns[:1_000]}
    return any(column.digest in theirs for column in other.columns[:1_000] if not column.trivial)


def places_of(rows: Any, among: Any, index: Any = None, index_among: Any = None) -> Any | None:
    """Where each row is among others, by what is in it, or None when some is not there.

    Rows that are equal are told apart by the labels of their index, or else taken in order. Where most rows have an
    equal one and no labels tell them apart, there is no answer.
    """
    import numpy as np

    if len(rows) > len(among):
        return None
    if index is not None and index_among is not None and index.is_unique and index_among.is_unique:
        places = index_among.get_indexer(index)
        if (places >= 0).all() and (among[places] == rows).all():
            return places
    order = np.argsort(among, kind="stable")
    first = np.searchsorted(among, rows, sorter=order)
    first[first == len(among)] = 0
    if not (among[order[first]] == rows).all() or len(np.unique(among)) * 2 < len(among):
        return None
    mine = np.argsort(rows, kind="stable")
    starts = np.flatnonzero(np.append(True, rows[mine][1:] != rows[mine][:-1]))
    nth = np.empty(len(rows), np.int64)
    nth[mine] = np.arange(len(rows)) - np.repeat(starts, np.diff(np.append(starts, len(rows))))
    count = np.searchsorted(among, rows, side="right", sorter=order) - first
    return order[first + np.minimum(nth, count - 1)]


def index_of(value: Any) -> Any | None:
    """The index of a pandas object."""
    return value.index if type(value).__module__.partition(".")[0] == "pandas" else None
