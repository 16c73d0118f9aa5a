"""Rows with any number of columns, kept in memory and brought up to date entry by entry.

The catalog keeps hyperparameters and metrics one value a row, which is right for asking about one model and slow for
laying ten thousand side by side. A pivot holds them the other way round. It only ever grows or has cells replaced;
readers work on snapshots, so that a page is computed on one state while the next lands.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

import numpy as np

from modeldb.server.tables.column import Column, Mask, type_of
from modeldb.server.tables.parser import FilterError

T = TypeVar("T")
MAX_REMEMBERED = 1000


class Pivot:
    """Cells by column key and row. One writer at a time; see `Snapshot` for reading."""

    def __init__(self, types: dict[str, str]) -> None:
        """`types` names the fields there always are, with their types."""
        self.types = types
        self.ids: list[str] = []
        self.index: dict[str, int] = {}
        self.cells: dict[str, list[Any]] = {key: [] for key in types}
        self.sparse: dict[str, dict[int, Any]] = {}
        """Columns of which there are very many with few values each."""
        self.touched: set[str] = set()
        self.chosen: set[str] = set()
        """Names of hyperparameters that somebody set to something else than their default."""

    def row(self, id: str) -> int:
        """The row of this id, made when there is none."""
        row = self.index.get(id)
        if row is None:
            row = self.index[id] = len(self.ids)
            self.ids.append(id)
        return row

    def cells_of(self, key: str) -> list[Any]:
        """The cells of a column to write to, one for every row there is."""
        cells = self.cells.get(key)
        if cells is None:
            cells = self.cells[key] = []
        cells.extend([None] * (len(self.ids) - len(cells)))
        self.touched.add(key)
        return cells

    def set(self, key: str, row: int, value: Any) -> None:
        self.cells_of(key)[row] = value

    def get(self, key: str, row: int) -> Any:
        cells = self.cells.get(key)
        return cells[row] if cells is not None and row < len(cells) else None


class Snapshot:
    """One state of a pivot. Columns are made when first asked for and shared with the next state if unchanged.

    `derived` makes columns that are not cells of this pivot: fields of the run a model belongs to, importances that
    are read when asked for. It gives None for what it does not know; `more` are keys it is known to answer.
    """

    def __init__(
        self,
        pivot: Pivot,
        derived: Callable[[str, Snapshot], Column | None],
        more: Iterable[str] = (),
        previous: Snapshot | None = None,
    ) -> None:
        self._pivot = pivot
        self._derived = derived
        self.ids = list(pivot.ids)
        self.n = len(self.ids)
        self.types = pivot.types
        self.chosen = frozenset(pivot.chosen)
        self.keys = {*pivot.cells, *pivot.sparse, *more}
        self._columns: dict[str, Column] = {}
        self._before: dict[str, Column] = {}
        self._memory: dict[Any, Any] = {}
        if previous is not None:
            self._before = {**previous._before, **previous._columns}
            if previous.n == self.n:
                same = {key for key in self._before if key in pivot.cells and key not in pivot.touched}
                self._columns = {key: self._before.pop(key) for key in same}
        pivot.touched.clear()

    def __contains__(self, key: str) -> bool:
        return key in self.keys or self.find(key) is not None

    def find(self, key: str) -> Column | None:
        """The column with this key, or None."""
        column = self._columns.get(key)
        if column is None:
            column = self._make(key)
            if column is not None:
                self._columns[key] = column
        return column

    def column(self, key: str, position: int = 0) -> Column:
        """The column with this key. Raises FilterError, with the keys that are nearest."""
        column = self.find(key)
        if column is None:
            if key.startswith("tag."):
                return Column(key, "text", [None] * self.n)  # tags come and go
            near = difflib.get_close_matches(key, self.keys, n=3, cutoff=0.5)
            hint = f"Perhaps {' or '.join(near)}." if near else "The columns there are: /models/columns."
            raise FilterError(f"There is no column {key!r}", position, hint)
        return column

    def of_kind(self, kind: str) -> Iterator[str]:
        """The keys of one kind: `param`, `metric`, `tag`."""
        return (key for key in self.keys if key.startswith(kind + "."))

    def remembered(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, kept for as long as this state is the newest."""
        # Asked once: another thread may forget everything in between.
        known: T | None = self._memory.get(key)
        if known is not None:
            return known
        if len(self._memory) > MAX_REMEMBERED:
            self._memory.clear()
        made = self._memory[key] = make()
        return made

    def everything(self) -> Mask:
        return np.ones(self.n, dtype=np.bool_)

    def _make(self, key: str) -> Column | None:
        before = self._before.pop(key, None)
        made = self._derived(key, self) or self._from_cells(key)
        if made is None or before is None or before.values != made.values[: len(before.values)]:
            return made
        return before if len(before.values) == self.n else before.followed_by(made.values, self.types.get(key))

    def _from_cells(self, key: str) -> Column | None:
        cells = self._pivot.cells.get(key)
        if cells is None:
            few = self._pivot.sparse.get(key)
            return Column(key, "number", [few.get(row) for row in range(self.n)]) if few is not None else None
        values = cells[: self.n]
        values += [None] * (self.n - len(values))
        return Column(key, self.types.get(key) or type_of(values), values)
