"""Reads pandas frames, series, indexes and arrays, of pandas 2 and 3. Imports pandas never: the value brings it."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from modeldb.objects.columns import arrays
from modeldb.objects.columns.forms import Category, Column, Fixed, Matrix, SparseMatrix
from modeldb.objects.columns.python import column_of
from modeldb.objects.columns.tables import FRAME, SERIES, Table, vector

_PLAIN = ("NumpyEADtype", "PandasDtype")
"""Types of the array pandas wraps around one of numpy, when asked for `Series.array`."""
_NO_TIME = np.iinfo(np.int64).min


def read_frame(frame: Any) -> Table:
    """Reads a DataFrame by its blocks: columns of one type lie together there."""
    pieces: list[tuple[Any, Column | Matrix | SparseMatrix]] = []
    for block in frame._mgr.blocks:
        values, positions = block.values, block.mgr_locs.as_array.tolist()
        if isinstance(values, np.ndarray) and values.dtype.kind in "biufc" and values.dtype.itemsize <= 8:
            pieces.append((positions, Matrix(arrays.type_name(values.dtype), values.T)))
        elif values.ndim == 1:
            pieces.append((positions, column_of_pandas(values)))
        else:
            pieces.extend(((at,), column_of_pandas(row)) for at, row in zip(positions, values, strict=True))
    return Table(FRAME, "pandas.DataFrame", len(frame), labels_of(frame.columns), pieces, _index(frame.index))


def read_series(series: Any) -> Table:
    """Reads a Series as one column under its name."""
    column = column_of_pandas(series._values)
    label = series.name
    return Table(SERIES, "pandas.Series", len(series), (label,), [(range(1), column)], _index(series.index))


def read_index(index: Any) -> Table:
    """Reads an Index as the column or, with several levels, the columns it could be."""
    levels = _levels(index)
    if len(levels) == 1:
        return vector("pandas.Index", levels[0][1], len(index))
    pieces: list[Any] = [((at,), column) for at, (_, column) in enumerate(levels)]
    return Table(FRAME, "pandas.Index", len(index), tuple(label for label, _ in levels), pieces)


def read_array(array: Any) -> Table:
    """Reads a pandas array without an index."""
    return vector("pandas.array", column_of_pandas(array), len(array))


def column_of_pandas(array: Any) -> Column:
    """Reads one pandas or numpy array as a column."""
    if isinstance(array, np.ndarray):
        return arrays.column_of_array(array)
    if hasattr(array, "_pa_array"):
        from modeldb.objects.columns import arrow

        return arrow.column_of_arrow(array._pa_array)
    if hasattr(array, "_mask") and hasattr(array, "_data"):
        return Fixed(array._data.dtype.name, array._data, array._mask)
    pandas = sys.modules["pandas"]
    dtype = array.dtype
    if type(dtype).__name__ in _PLAIN:
        return arrays.column_of_array(array.to_numpy())
    if isinstance(dtype, pandas.CategoricalDtype):
        return Category(array.codes, _levels(array.categories)[0][1], bool(array.ordered))
    if isinstance(dtype, pandas.StringDtype):
        return column_of(np.asarray(array, dtype=object).tolist(), text=True)
    if isinstance(dtype, pandas.SparseDtype):
        return arrays.column_of_array(np.asarray(array.to_dense()))
    if isinstance(dtype, pandas.PeriodDtype):
        return _times(array, f"period[{dtype.freq.freqstr}]")
    if isinstance(dtype, pandas.DatetimeTZDtype):
        return _times(array, arrays.time_type("M", dtype.unit, str(dtype.tz)))
    if isinstance(dtype, np.dtype) and dtype.kind in "mM":
        return _times(array, arrays.time_type(dtype.kind, np.datetime_data(dtype)[0]))
    return arrays.column_of_array(np.asarray(array, dtype=None if isinstance(dtype, np.dtype) else object))


def _times(array: Any, dtype: str) -> Fixed:
    ticks = array.asi8
    return Fixed(dtype, ticks, ticks == _NO_TIME)


def labels_of(columns: Any) -> Any:
    """Returns the labels of a frame's columns as Python values."""
    if type(columns).__name__ == "RangeIndex":
        if columns.start == 0 and columns.step == 1:
            return range(len(columns))
        return tuple(columns)
    # An index of several levels has no array, and says so by an error of a kind `getattr` does not expect.
    arrow = getattr(columns.array, "_pa_array", None) if columns.nlevels == 1 else None
    if arrow is not None:
        # Iterating over pandas 3's index of strings takes six times as long.
        labels = tuple(arrow.to_pylist())
        if set(map(type, labels)) == {str}:
            return labels
    return tuple(columns)


def _index(index: Any) -> list[tuple[Any, Column]]:
    if type(index).__name__ == "RangeIndex":
        if index.start == 0 and index.step == 1 and index.name is None:
            return []
    elif _counts_from_zero(index):
        return []
    return _levels(index)


def _counts_from_zero(index: Any) -> bool:
    """Says whether an index holds what the default one holds; pandas takes the two for equal as well."""
    if index.name is not None or index.nlevels != 1 or index.dtype != np.int64 or not len(index):
        return False
    values = index.to_numpy()
    if values[0] != 0 or values[-1] != len(values) - 1:
        return False
    return bool((values == np.arange(len(values))).all())


def _levels(index: Any) -> list[tuple[Any, Column]]:
    if index.nlevels > 1:
        return [(name, column_of_pandas(index.get_level_values(level).array)) for level, name in enumerate(index.names)]
    if type(index).__name__ == "RangeIndex":
        return [(index.name, Fixed("int64", np.arange(index.start, index.stop, index.step, dtype="i8")))]
    return [(index.name, column_of_pandas(index.array))]
