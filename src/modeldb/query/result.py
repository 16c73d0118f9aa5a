"""What a question is answered with: rows that print well, export to anything and iterate as tuples."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeldb.errors import InvalidInput, MissingDependency

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

SHOWN = 60
"""Rows `str` shows before it says how many there are."""


class Result:
    """Rows with named columns.

    Iterating gives tuples of Python values; `len` counts rows. Made from Arrow by SQL, or from plain tuples by the
    lists, so that a list needs neither Arrow nor the engine.
    """

    def __init__(
        self,
        columns: Sequence[str],
        rows: Sequence[tuple[Any, ...]] | None = None,
        *,
        table: pyarrow.Table | None = None,
        truncated: bool = False,
        listing: bool = False,
    ) -> None:
        self.columns: tuple[str, ...] = tuple(columns)
        """The columns' names, in order."""
        self.truncated = truncated
        """True when there were more rows than the limit allowed."""
        self.why_empty = ""
        """Of a list without rows: a filter that names what nothing here is called, if one does."""
        self._listing = listing
        self.sql: str | None = None
        """The statement that gives these rows, where they answer a question of ours."""
        self._given = rows
        self._table = table

    @classmethod
    def from_arrow(cls, table: pyarrow.Table, *, truncated: bool = False) -> Result:
        return cls(table.column_names, table=table, truncated=truncated)

    @functools.cached_property
    def _rows(self) -> list[tuple[Any, ...]]:
        if self._given is not None:
            return list(self._given)
        assert self._table is not None
        if not self.columns:
            return [()] * self._table.num_rows
        return list(zip(*map(_values, self._table.columns), strict=True))

    def rows(self) -> list[tuple[Any, ...]]:
        """Every row as a tuple of Python values."""
        return list(self._rows)

    def dicts(self) -> list[dict[str, Any]]:
        """Every row as a mapping from column to value."""
        return [dict(zip(self.columns, row, strict=True)) for row in self._rows]

    def column(self, name: str) -> list[Any]:
        """One column's values. Raises InvalidInput when there is none of this name."""
        if name not in self.columns:
            raise InvalidInput(f"The result has no column {name!r}; it has {', '.join(self.columns)}.")
        place = self.columns.index(name)
        return [row[place] for row in self._rows]

    def scalar(self) -> Any:
        """The single value of a result of one row and one column. Raises InvalidInput for any other."""
        if len(self) != 1 or len(self.columns) != 1:
            raise InvalidInput(f"The result has {len(self)} rows and {len(self.columns)} columns, not one value.")
        return self._rows[0][0]

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._rows)

    def __len__(self) -> int:
        return self._table.num_rows if self._table is not None else len(self._rows)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        return self._rows[index]

    def arrow(self) -> pyarrow.Table:
        """An Arrow table."""
        import pyarrow as pa

        if self._table is None:
            values = list(zip(*self._rows, strict=True)) if self._rows else [()] * len(self.columns)
            self._table = pa.Table.from_arrays([_array(v) for v in values], names=list(self.columns))
        return self._table

    def df(self) -> pandas.DataFrame:
        """A pandas data frame."""
        frame: pandas.DataFrame = self.arrow().to_pandas()
        return frame

    def pl(self) -> polars.DataFrame:
        """A polars data frame."""
        try:
            import polars as pl
        except ImportError as error:
            raise MissingDependency("polars is not installed; pip install polars, or use .df() or .arrow().") from error
        frame = pl.from_arrow(self.arrow())
        assert isinstance(frame, pl.DataFrame)
        return frame

    def to_csv(self, path: str | Path | None = None) -> str | None:
        """Write comma-separated values to a file, or return them."""
        from modeldb.query.export import csv_text

        return _write(path, csv_text(self.columns, self._rows))

    def to_json(self, path: str | Path | None = None) -> str | None:
        """Write a JSON list of objects to a file, or return it."""
        from modeldb.query.export import json_text

        return _write(path, json_text(self.columns, self._rows))

    def to_parquet(self, path: str | Path) -> None:
        """Write a Parquet file."""
        import pyarrow.parquet as pq

        pq.write_table(self.arrow(), str(path))

    def to_text(self, width: int | None = None, max_rows: int | None = SHOWN) -> str:
        """An aligned table no wider than `width`, where that is possible."""
        from modeldb.query.layout import text_table

        return text_table(
            self.columns, self._rows, width=width, max_rows=max_rows, truncated=self.truncated,
            listing=self._listing, why_empty=self.why_empty,
        )  # fmt: skip

    def __str__(self) -> str:
        return self.to_text()

    def __repr__(self) -> str:
        return self.to_text(max_rows=20)

    def _repr_html_(self) -> str:
        from modeldb.query.layout import html_table

        return html_table(self.columns, self._rows, max_rows=SHOWN, truncated=self.truncated, why_empty=self.why_empty)


def _values(column: pyarrow.ChunkedArray) -> list[Any]:
    import pyarrow as pa

    values: list[Any] = column.to_pylist()
    if pa.types.is_map(column.type):
        return [None if value is None else dict(value) for value in values]
    if str(column.type).startswith("decimal128(38, 0)"):  # what the engine makes of sums of integers
        return [int(value) if isinstance(value, Decimal) else value for value in values]
    return values


def _array(values: Sequence[Any]) -> pyarrow.Array:
    import pyarrow as pa

    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError):  # values of several types
        return pa.array([None if value is None else str(value) for value in values])


def _write(path: str | Path | None, text: str) -> str | None:
    if path is None:
        return text
    Path(path).write_text(text, encoding="utf-8")
    return None
