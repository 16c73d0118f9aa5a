"""What a column looks like in a few numbers, for the catalog; computed away from the training thread."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np

from modeldb.objects.columns.containers import read
from modeldb.objects.columns.forms import Category, Column, Fixed, Matrix, SparseMatrix, Text
from modeldb.objects.columns.labels import name_of
from modeldb.objects.columns.rows import solid_values

Number = int | float


class ColumnStatistics(msgspec.Struct, frozen=True):
    """One column in numbers; None where a number makes no sense for the type, or nothing is there."""

    position: int
    name: str
    dtype: str
    n_null: int
    """Missing values; NaN is one."""
    n_distinct: int
    """Different values, missing ones not counted."""
    min: Number | str | None
    max: Number | str | None
    """Smallest and largest value: numbers as such, text as text, times in ISO 8601."""
    mean: float | None
    std: float | None
    """Sample standard deviation (n - 1)."""


_Summary = tuple[int, int, Any, Any, "float | None", "float | None"]
_NOTHING = (None, None, None, None)


def statistics(value: Any) -> list[ColumnStatistics]:
    """Returns the statistics of each column, in order; an empty list when the value is no table."""
    table = read(value)
    if table is None:
        return []
    found: dict[int, tuple[str, _Summary]] = {}
    with np.errstate(all="ignore"):
        for positions, piece in table.pieces:
            found.update(zip(positions, _summaries(piece), strict=True))
    return [
        ColumnStatistics(position, name_of(label), found[position][0], *found[position][1])
        for position, label in enumerate(table.labels)
    ]


def _summaries(piece: Column | Matrix | SparseMatrix) -> Iterator[tuple[str, _Summary]]:
    if isinstance(piece, Matrix):
        for column in piece.values.T:
            yield piece.dtype, _of_numbers(column, column.size)
    elif isinstance(piece, SparseMatrix):
        edges = piece.starts.tolist()
        for first, last in itertools.pairwise(edges):
            yield piece.dtype, _of_numbers(piece.values[first:last], piece.n_rows)
    elif isinstance(piece, Fixed):
        yield piece.dtype, _of_fixed(piece)
    elif isinstance(piece, Category):
        yield "category", _of_category(piece)
    else:
        yield piece.dtype, _of_text(piece)


def _of_fixed(column: Fixed) -> _Summary:
    if column.dtype == "longdouble":
        column = Fixed("float64", column.values.real, column.nulls)
    nulls = column.nulls
    solid = column.values if nulls is None else column.values[~nulls]
    n_null, n_distinct, low, high, mean, std = _of_numbers(solid, solid.size)
    n_null += column.values.size - solid.size
    if column.values.dtype.kind == "i" and not column.dtype.startswith("int"):
        low, high = _time(low, column.dtype), _time(high, column.dtype)
        mean = std = None
    return n_null, n_distinct, low, high, mean, std


def _of_numbers(values: Any, n_rows: int) -> _Summary:
    """Summarises numbers, of which the last `n_rows - values.size` are zeros that are not there."""
    n_zeros = n_rows - values.size
    n_null = 0
    if values.dtype.kind in "fc":
        solid = values[~np.isnan(values)] + 0
        n_null = values.size - solid.size
        values = solid
    count = values.size + n_zeros
    n_distinct = np.unique(values).size + (n_zeros > 0)
    if not count:
        return n_null, 0, *_NOTHING
    if values.dtype.kind == "c":
        return n_null, n_distinct, *_NOTHING
    numbers = values.astype("f8")
    mean = float(numbers.sum() / count)
    deviations = float(np.square(numbers - mean).sum()) + n_zeros * mean * mean
    std = math.sqrt(deviations / (count - 1)) if count > 1 and deviations >= 0 else None
    zero = [values.dtype.type(0)] if n_zeros else []
    low = min([*zero, values.min()] if values.size else zero)
    high = max([*zero, values.max()] if values.size else zero)
    return n_null, n_distinct, _plain(low), _plain(high), _finite(mean), _finite(std)


def _of_category(column: Category) -> _Summary:
    codes = np.asarray(column.codes)
    used = np.unique(codes[codes >= 0])
    n_null = int(np.count_nonzero(codes < 0))
    if not isinstance(column.categories, Text) or column.categories.dtype != "string" or not used.size:
        return n_null, used.size, *_NOTHING
    texts = list(map(bytes, solid_values(column.categories)))
    names = [texts[code] for code in used.tolist()]
    return n_null, used.size, min(names).decode("utf-8", "replace"), max(names).decode("utf-8", "replace"), None, None


def _of_text(column: Text) -> _Summary:
    different = set(map(bytes, solid_values(column)))
    n_null = int(np.count_nonzero(column.lengths < 0))
    if column.dtype == "object" and b"n" in different:
        n_null += sum(text == b"n" for text in solid_values(column))
        different.discard(b"n")
    if column.dtype != "string" or not different:
        return n_null, len(different), *_NOTHING
    low, high = min(different), max(different)
    return n_null, len(different), low.decode("utf-8", "replace"), high.decode("utf-8", "replace"), None, None


def _time(ticks: Any, dtype: str) -> str | None:
    if ticks is None:
        return None
    if dtype == "date":
        return str(np.datetime64(int(ticks), "D"))
    base, _, rest = dtype.partition("[")
    unit = rest.rstrip("]").split(",")[0]
    if base == "datetime64":
        return str(np.datetime64(int(ticks), unit))
    return str(dt.timedelta(microseconds=_microseconds(int(ticks), unit))) if base == "timedelta64" else None


def _microseconds(ticks: int, unit: str) -> float:
    return float(np.timedelta64(ticks, unit) / np.timedelta64(1, "us"))


def _plain(value: Any) -> Number | None:
    number = value.item() if isinstance(value, np.generic) else value
    return int(number) if isinstance(number, bool) else number


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
