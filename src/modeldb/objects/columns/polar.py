"""Reads polars frames and series through polars alone, so that pyarrow is not loaded for their sake."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from modeldb.objects.columns.arrays import time_type
from modeldb.objects.columns.forms import Category, Column, Fixed, Text
from modeldb.objects.columns.python import column_of
from modeldb.objects.columns.tables import FRAME, SERIES, Table


def read_frame(frame: Any) -> Table:
    """Reads a DataFrame."""
    pieces: list[Any] = [((at,), column_of_polars(series)) for at, series in enumerate(frame.get_columns())]
    return Table(FRAME, "polars.DataFrame", frame.height, tuple(frame.columns), pieces)


def read_series(series: Any) -> Table:
    """Reads a Series as one column under its name; an empty name is none."""
    column = column_of_polars(series)
    return Table(SERIES, "polars.Series", len(series), (series.name or None,), [(range(1), column)])


def column_of_polars(series: Any) -> Column:
    """Reads one Series as a column."""
    pl = sys.modules["polars"]
    kind = series.dtype
    if kind == pl.String:
        return _text("string", series.str.len_bytes(), series.drop_nulls())
    if kind == pl.Binary:
        return _text("bytes", series.bin.size(), series.drop_nulls())
    if kind in (pl.Categorical, pl.Enum):
        return _category(pl, series)
    if kind == pl.Null:
        return Text("null", np.full(len(series), -1, "i8"), b"")
    dtype = _fixed_type(pl, kind)
    if dtype is None:
        return column_of(series.to_list())
    values, nulls = _fixed(pl, series)
    return Fixed(dtype, values.astype("i8") if dtype == "date" else values, nulls)


def _fixed_type(pl: Any, kind: Any) -> str | None:
    if kind == pl.Boolean:
        return "bool"
    if kind.is_float() or (kind.is_integer() and "128" not in str(kind)):
        return str(kind).lower()
    if kind == pl.Datetime:
        return time_type("M", kind.time_unit, kind.time_zone)
    if kind == pl.Duration:
        return time_type("m", kind.time_unit)
    return "date" if kind == pl.Date else None


def _fixed(pl: Any, series: Any) -> tuple[Any, Any]:
    physical = series.to_physical()
    if not physical.null_count():
        return physical.to_numpy(), None
    fill: Any = False if series.dtype == pl.Boolean else 0
    return physical.fill_null(fill).to_numpy(), series.is_null().to_numpy()


def _text(dtype: str, sizes: Any, solid: Any) -> Text:
    lengths = sizes.cast(sys.modules["polars"].Int64).fill_null(-1).to_numpy()
    if dtype == "bytes":
        return Text(dtype, lengths, b"".join(solid.to_list()))
    joined = solid.str.join("").item() if len(solid) else ""
    return Text(dtype, lengths, joined.encode())


def _category(pl: Any, series: Any) -> Category:
    """Numbers the values of a Categorical as they appear: polars' own codes depend on what the process saw before."""
    codes, nulls = _fixed(pl, series)
    codes = codes.astype("i8")
    if series.dtype == pl.Enum:
        categories = series.dtype.categories
    else:
        solid = codes if nulls is None else codes[~nulls]
        seen, first = np.unique(solid, return_index=True)
        order = np.argsort(first)
        place = np.zeros(int(seen.max(initial=-1)) + 1, "i8")
        place[seen[order]] = np.arange(seen.size)
        texts = series.cast(pl.String).drop_nulls().gather(first[order])
        codes, categories = (place[codes] if place.size else np.zeros_like(codes)), texts
    if nulls is not None:
        codes[nulls] = -1
    return Category(codes, column_of_polars(categories), series.dtype == pl.Enum)
