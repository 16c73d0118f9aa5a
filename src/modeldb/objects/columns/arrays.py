"""Reads numpy arrays of any shape, layout, byte order and type."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from modeldb.objects.columns.forms import Column, Fixed, Matrix, SparseMatrix, Text
from modeldb.objects.columns.python import column_of
from modeldb.objects.columns.tables import ARRAY, FRAME, SCALAR, VECTOR, Table

_NUMERIC = "biufc"


def read(value: np.ndarray[Any, Any]) -> Table:
    """Reads the first axis as rows and all further axes, flattened, as columns."""
    container = "numpy.ma.MaskedArray" if isinstance(value, np.ma.MaskedArray) else "numpy.ndarray"
    if value.dtype.names is not None:
        return _records(value, container)
    mask = np.ma.getmaskarray(value) if isinstance(value, np.ma.MaskedArray) else None
    array = np.asarray(value)
    if array.ndim == 1:
        kind, n_rows, width = VECTOR, array.shape[0], 1
    elif array.ndim == 0:
        kind, n_rows, width = SCALAR, 1, 1
    else:
        n_rows, width = array.shape[0], math.prod(array.shape[1:])
        kind = ARRAY if array.ndim == 2 else f"{ARRAY}{list(array.shape[1:])}"
    grid = array.reshape(n_rows, width)
    if mask is not None and mask.any():
        pieces = _by_column(grid, mask.reshape(n_rows, width))
    elif _is_plain(array.dtype):
        pieces = [(range(width), Matrix(type_name(array.dtype), grid))]
    else:
        pieces = _by_column(grid, None)
    return Table(kind, container, n_rows, range(width), pieces)


def column_of_array(values: np.ndarray[Any, Any], nulls: Any = None) -> Column:
    """Reads one dimension of an array as a column."""
    kind = values.dtype.kind
    if kind == "O":
        cells = values.tolist()
        if nulls is not None:
            cells = [None if null else cell for cell, null in zip(cells, nulls, strict=True)]
        return column_of(cells, numeric=False)
    if kind in "mM":
        return _times(values, nulls)
    if kind in _NUMERIC:
        if values.dtype.name in ("longdouble", "float128", "float96"):
            return _long_doubles(values, nulls)
        if values.dtype.itemsize > 16:
            return column_of([str(cell) for cell in values])
        return Fixed(values.dtype.name, values, nulls)
    if kind == "V":
        return column_of([None if null else bytes(cell) for cell, null in _with_nulls(values, nulls)])
    # Text and bytes of fixed width, and numpy's strings of variable width.
    cells = values.tolist()
    if nulls is not None:
        cells = [None if null else cell for cell, null in zip(cells, nulls, strict=True)]
    if kind == "S" and not len(cells):
        return Text("bytes", np.zeros(0, "i8"), b"")
    return column_of(cells, text=kind in "UT")


@lru_cache(maxsize=256)
def type_name(dtype: np.dtype[Any]) -> str:
    """Returns the logical type of a boolean or numeric type; numpy takes 5 µs to say it."""
    return dtype.name


def _with_nulls(values: Any, nulls: Any) -> Any:
    return zip(values, np.zeros(len(values), bool) if nulls is None else nulls, strict=True)


def _is_plain(dtype: np.dtype[Any]) -> bool:
    return (dtype.kind in _NUMERIC and dtype.itemsize <= 8) or dtype.name == "complex128"


def _by_column(grid: np.ndarray[Any, Any], mask: Any) -> list[tuple[range, Column | Matrix | SparseMatrix]]:
    return [
        (
            range(position, position + 1),
            column_of_array(grid[:, position], None if mask is None else mask[:, position]),
        )
        for position in range(grid.shape[1])
    ]


def _times(values: np.ndarray[Any, Any], nulls: Any) -> Fixed:
    """Reads times as integers; days are dates, and coarser or scaled units become the unit that holds them."""
    unit, count = np.datetime_data(values.dtype)
    if unit in ("Y", "M", "W") and values.dtype.kind == "M":
        values, unit = values.astype("M8[D]"), "D"
    elif unit == "W":
        values, unit = values.astype("m8[D]"), "D"
    elif count != 1:
        values = values.astype(f"{values.dtype.kind}8[{unit}]")
    missing = np.isnat(values)
    if nulls is not None:
        missing = missing | nulls
    return Fixed(time_type(values.dtype.kind, unit), values.view(values.dtype.str[0] + "i8"), missing)


def time_type(kind: str, unit: str, zone: str | None = None) -> str:
    """Returns the logical type of times since 1970 (`kind` "M") or of differences of times ("m")."""
    if kind == "m":
        return f"timedelta64[{unit}]"
    if unit == "D" and zone is None:
        return "date"
    if zone is None:
        return f"datetime64[{unit}]"
    return f"datetime64[{unit}, {'UTC' if zone in _UTC else zone}]"


_UTC = frozenset({"UTC", "utc", "Etc/UTC", "+00:00", "Z", "GMT", "UTC+00:00", "Zulu", "Etc/Zulu"})


def _long_doubles(values: np.ndarray[Any, Any], nulls: Any) -> Fixed:
    """Splits extended floats into two doubles: their own bytes hold padding that is never set."""
    parts = np.empty(values.size, "c16")
    parts.real = values
    with np.errstate(all="ignore"):
        rest = np.asarray(values - parts.real.astype(values.dtype))
    parts.imag = np.where(np.isfinite(rest), rest, 0)
    return Fixed("longdouble", parts, nulls)


def _records(value: np.ndarray[Any, Any], container: str) -> Table:
    labels: list[str] = []
    pieces: list[tuple[range, Column | Matrix | SparseMatrix]] = []
    flat = value.reshape(-1)
    _add_fields(flat, "", labels, pieces)
    return Table(FRAME, container, flat.shape[0], tuple(labels), pieces)


def _add_fields(records: Any, prefix: str, labels: list[str], pieces: list[Any]) -> None:
    for name in records.dtype.names:
        part = records[name]
        if part.dtype.names is not None:
            _add_fields(part.reshape(-1) if part.ndim == 1 else part[:, 0], f"{prefix}{name}.", labels, pieces)
            continue
        inner = read(part)
        for positions, column in inner.pieces:
            start = len(labels)
            labels.extend(f"{prefix}{name}.{at}" if part.ndim > 1 else f"{prefix}{name}" for at in positions)
            pieces.append((range(start, len(labels)), column))
