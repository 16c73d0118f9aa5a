"""Reads lists, tuples and ranges, and the Python objects inside object columns."""

from __future__ import annotations

import datetime as dt
import math
import numbers
from collections.abc import Sequence
from typing import Any

import numpy as np

from modeldb.objects.columns.forms import Column, Fixed, Text
from modeldb.objects.columns.scalars import Encoder
from modeldb.objects.columns.tables import ARRAY, Table, vector

_NULL_TYPES = ("NoneType", "NAType", "NaTType")
_EPOCH = dt.date(1970, 1, 1).toordinal()
_SCALARS = (str, bytes, numbers.Number, np.generic, dt.date, dt.time, dt.timedelta)
_LOOK = 16


def could_be_table(value: Sequence[Any]) -> bool:
    """Says whether a list, tuple or range looks like a column or like rows, by its first few elements."""
    if isinstance(value, range):
        return len(value) > 0
    if not value:
        return False
    some = value[:_LOOK]
    return any(all(map(is_one, some)) for is_one in (_is_cell, _is_row, _is_record))


def read(value: Sequence[Any]) -> Table | None:
    """Reads a column of scalars, or rows of equal length; other nested values become one object column."""
    if not could_be_table(value):
        return None
    container = type(value).__name__ if type(value) in (list, tuple, range) else "list"
    if isinstance(value, range):
        try:
            return vector(
                container, Fixed("int64", np.arange(value.start, value.stop, value.step, dtype=np.int64)), len(value)
            )
        except OverflowError:
            return vector(container, column_of(list(value)), len(value))
    n_rows = len(value)
    width = _width_of_rows(value)
    if not width:
        return vector(container, column_of(value), n_rows)
    pieces: list[Any] = [
        (range(position, position + 1), column_of(cells)) for position, cells in enumerate(zip(*value, strict=True))
    ]
    return Table(ARRAY, container, n_rows, range(width), pieces)


def column_of(values: Sequence[Any], *, numeric: bool = True, text: bool = False) -> Column:
    """Reads Python objects as the narrowest logical type that holds them all.

    `numeric=False` leaves numbers and times as objects, as in an object array, whose type is part of its content.
    `text=True` says that values are known to be strings although all may be missing.
    """
    types = set(map(type, values))
    nulls = {kind for kind in types if kind.__name__ in _NULL_TYPES}
    solid = types - nulls
    has_nulls = bool(nulls)
    mixed = len(solid) > 1 and float in solid and not (numeric and _are_numbers(solid))
    if mixed and all(value != value for value in values if type(value) is float):
        # Beside other types NaN is how pandas writes a missing value.
        solid.discard(float)
        has_nulls = True
    if not solid:
        return _strings(values, True) if text else Text("null", np.full(len(values), -1, "i8"), b"")
    if all(issubclass(kind, str) for kind in solid):
        return _strings(values, has_nulls)
    if len(solid) == 1:
        kind = next(iter(solid))
        column = _of_one_type(values, kind, has_nulls)
        if column is None and numeric and kind in (dt.datetime, dt.timedelta):
            column = _times(values, kind, has_nulls)
        if column is not None:
            return column
    if numeric and _are_numbers(solid):
        column = _numbers(values, solid, has_nulls)
        if column is not None:
            return column
    return _objects(values)


def _of_one_type(values: Sequence[Any], kind: type, has_nulls: bool) -> Column | None:
    if issubclass(kind, (bool, np.bool_)):
        return Fixed("bool", *_filled(values, has_nulls, False, "?"))
    if kind is bytes:
        kept = [value for value in values if type(value) is bytes] if has_nulls else values
        lengths = [len(value) if type(value) is bytes else -1 for value in values]
        return Text("bytes", np.array(lengths, "i8"), b"".join(kept))
    if kind is dt.date:
        days = [value.toordinal() - _EPOCH if type(value) is dt.date else None for value in values]
        return Fixed("date", *_filled(days, has_nulls, 0, "i8"))
    return None


def _times(values: Sequence[Any], kind: type, has_nulls: bool) -> Column | None:
    """Reads times without a zone as microseconds, the resolution of Python's own."""
    if kind is dt.datetime and any(type(value) is kind and value.tzinfo is not None for value in values):
        return None
    unit, name = ("M8[us]", "datetime64[us]") if kind is dt.datetime else ("m8[us]", "timedelta64[us]")
    if has_nulls:
        values = [value if type(value) is kind else None for value in values]
    ticks = np.array(values, dtype=unit)
    return Fixed(name, ticks.view("i8"), np.isnat(ticks))


def _are_numbers(types: set[type]) -> bool:
    return all(issubclass(kind, (int, float, np.number)) and not issubclass(kind, bool) for kind in types)


def _numbers(values: Sequence[Any], types: set[type], has_nulls: bool) -> Column | None:
    if has_nulls:
        values = [None if type(value).__name__ in _NULL_TYPES else value for value in values]
    if any(issubclass(kind, (float, np.floating)) for kind in types):
        wide = all(issubclass(kind, (int, float)) for kind in types)
        kept = [math.nan if value is None else value for value in values] if has_nulls else values
        try:
            floats = np.array(kept, dtype="f8" if wide else None)
        except (OverflowError, ValueError):
            return None
        return Fixed(floats.dtype.name, floats) if floats.dtype.kind == "f" else None
    kept = [value for value in values if value is not None] if has_nulls else values
    try:
        whole = np.array(kept, dtype="i8" if types <= {int} else None)
    except OverflowError:
        return None
    if whole.dtype.kind not in "iu":
        return None
    return Fixed(whole.dtype.name, *_filled(values, has_nulls, 0, whole.dtype))


def _filled(values: Sequence[Any], has_nulls: bool, fill: Any, dtype: Any) -> tuple[Any, Any]:
    if not has_nulls:
        return np.array(values, dtype=dtype), None
    mask = np.array([_is_null(value) for value in values], dtype=bool)
    return np.array([fill if null else value for value, null in zip(values, mask, strict=True)], dtype=dtype), mask


def _is_null(value: Any) -> bool:
    return type(value).__name__ in _NULL_TYPES or (type(value) is float and value != value)


def _strings(values: Sequence[Any], has_nulls: bool) -> Text:
    """Joins strings first and finds their lengths in bytes afterwards, which beats encoding one by one."""
    if has_nulls:
        missing = np.fromiter((not isinstance(value, str) for value in values), bool, len(values))
        kept: Sequence[str] = [value for value in values if isinstance(value, str)]
    else:
        missing, kept = None, values
    joined = "".join(kept)
    data = joined.encode("utf-8", "surrogatepass")
    sizes = np.fromiter(map(len, kept), "i8", len(kept))
    if len(data) != len(joined):
        sizes = _byte_lengths(sizes, data)
    if missing is None:
        return Text("string", sizes, data)
    lengths = np.full(len(values), -1, "i8")
    lengths[~missing] = sizes
    return Text("string", lengths, data)


def _byte_lengths(characters: Any, data: bytes) -> Any:
    """Turns lengths in characters into lengths in bytes of the UTF-8 text that follows."""
    octets = np.frombuffer(data, np.uint8)
    starts = np.append(np.flatnonzero((octets & 0xC0) != 0x80), octets.size)
    ends = np.cumsum(characters)
    return starts[ends] - starts[ends - characters]


def _objects(values: Sequence[Any]) -> Text:
    encoder = Encoder()
    encoded = [b"n" if _is_null(value) else encoder.encode(value) for value in values]
    lengths = np.fromiter(map(len, encoded), "i8", len(encoded))
    return Text("object", lengths, b"".join(encoded), encoder.weak)


def _is_cell(item: Any) -> bool:
    return item is None or isinstance(item, _SCALARS) or type(item).__name__ in _NULL_TYPES


def _is_record(item: Any) -> bool:
    return isinstance(item, (dict, set, frozenset))


def _is_row(item: Any) -> bool:
    if isinstance(item, np.ndarray):
        return item.ndim == 1
    return isinstance(item, (list, tuple)) and all(_is_cell(cell) for cell in item[:_LOOK])


def _width_of_rows(value: Sequence[Any]) -> int:
    """Returns the common length of the rows, or 0 if these are not rows of a table."""
    types = set(map(type, value))
    if not all(issubclass(kind, (list, tuple, np.ndarray)) for kind in types):
        return 0
    widths = set(map(len, value))
    return widths.pop() if len(widths) == 1 else 0
