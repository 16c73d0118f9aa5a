"""Kept columns as the container they came from: pandas where it was pandas, else numpy."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.errors import MissingDependency, NotCapturable
from modeldb.examples.columns import native, texts
from modeldb.examples.objects import value
from modeldb.objects.columns import tables
from modeldb.objects.columns.forms import Category, Column, Fixed, Text

if TYPE_CHECKING:
    from modeldb.examples.kept import Kept

_EPOCH = dt.date(1970, 1, 1).toordinal()
_NULLABLE = {"bool": "boolean", "float32": "Float32", "float64": "Float64"}


def rebuild(kept: Kept) -> Any:
    """The table, with its labels and index. Raises NotCapturable for values that cannot be made again."""
    match kept.frame.kind:
        case tables.FRAME:
            return _frame(kept)
        case tables.SERIES:
            return _series(kept)
        case tables.VECTOR | tables.SCALAR:
            array = _array(kept.columns[0])
            return array.reshape(()) if kept.frame.kind == tables.SCALAR else array
    return _grid(kept)


def _frame(kept: Kept) -> Any:
    pd = _pandas()
    held = {i: pd.Series(_for_pandas(column), copy=False) for i, column in enumerate(kept.columns)}
    frame = pd.DataFrame(held, index=range(kept.frame.n_rows), copy=False)
    index = _index(kept)
    if index is not None:
        frame.index = index
    if kept.frame.labels is not None:
        frame.columns = pd.Index(kept.labels, tupleize_cols=True) if kept.labels else pd.Index([])
    return frame


def _series(kept: Kept) -> Any:
    pd = _pandas()
    return pd.Series(_for_pandas(kept.columns[0]), index=_index(kept), name=kept.labels[0], copy=False)


def _index(kept: Kept) -> Any:
    from modeldb.examples.kept import label_of

    if not kept.index:
        return None
    pd = _pandas()
    names = [label_of(name) for name in kept.frame.index]
    levels = [_for_pandas(column) for column in kept.index]
    if len(levels) == 1:
        return pd.Index(levels[0], name=names[0])
    return pd.MultiIndex.from_arrays(levels, names=names)


def _grid(kept: Kept) -> Any:
    shape = re.match(r"array(?:\[(.*)\])?$", kept.frame.kind)
    if shape is None:
        raise NotCapturable(f"There is no kind of table {kept.frame.kind!r}.")
    further = [int(size) for size in shape[1].split(",")] if shape[1] else [kept.frame.n_columns]
    arrays = [_array(column) for column in kept.columns]
    if any(np.ma.isMaskedArray(array) for array in arrays):
        grid: Any = np.ma.column_stack(arrays)
    elif len({array.dtype.kind for array in arrays}) > 1:
        return [list(row) for row in zip(*(array.tolist() for array in arrays), strict=True)]
    else:
        grid = np.column_stack(arrays) if arrays else np.empty((kept.frame.n_rows, 0))
    return grid.reshape(kept.frame.n_rows, *further)


def _array(column: Column) -> Any:
    """A column as an array of numpy."""
    match column:
        case Category():
            listed = [*_array(column.categories).tolist(), None]
            return _objects([listed[code] for code in np.asarray(column.codes).tolist()])
        case Text():
            cells = _cells(column)
            if column.dtype == "string" and None not in cells:
                return np.array(cells, np.dtypes.StringDType()) if _has_trailing_zero(cells) else np.array(cells, "U")
            return _objects(cells)
    values = _times(column) if "[" in column.dtype or column.dtype == "date" else _values(column)
    if column.nulls is not None and values.dtype.kind not in "mMf":
        return np.ma.masked_array(values, column.nulls)
    return values


def _for_pandas(column: Column) -> Any:
    """A column as an array pandas keeps as it is."""
    pd = _pandas()
    match column:
        case Category():
            categories = _for_pandas(column.categories)
            return pd.Categorical.from_codes(np.asarray(column.codes), categories, ordered=column.ordered)
        case Text():
            cells = _cells(column)
            if column.dtype == "string":
                return pd.array(cells, dtype=pd.Series([""]).dtype if _major(pd) >= 3 else object)
            return _objects(cells)
    if column.dtype == "date":
        return _objects(_dates(column))
    if "[" in column.dtype:
        return _zoned(pd, column)
    values = _values(column)
    if column.nulls is None:
        return values
    name = _NULLABLE.get(column.dtype, column.dtype.replace("uint", "UInt").replace("int", "Int"))
    return pd.array(np.ma.masked_array(values, column.nulls).tolist(), dtype=name)


def _zoned(pd: Any, column: Fixed) -> Any:
    _, _, zone = column.dtype.rstrip("]").partition(", ")
    times = pd.array(_times(column))
    if not zone:
        return times
    return pd.DatetimeIndex(times).tz_localize("UTC").tz_convert(zone).array


def _values(column: Fixed) -> Any:
    if column.dtype == "longdouble":
        return column.values.real.astype(np.longdouble) + column.values.imag
    return native(column.values)


def _times(column: Fixed) -> Any:
    base, _, rest = column.dtype.partition("[")
    if column.dtype == "date":
        base, rest = "datetime64", "D]"
    if base not in ("datetime64", "timedelta64"):
        raise NotCapturable(f"There are no arrays of {column.dtype}.")
    unit = rest.rstrip("]").partition(",")[0]
    ticks = column.values.astype("i8")
    if column.nulls is not None:
        ticks = np.where(column.nulls, np.iinfo(np.int64).min, ticks)
    return ticks.view(f"{'M8' if base == 'datetime64' else 'm8'}[{unit}]")


def _dates(column: Fixed) -> list[Any]:
    days = [dt.date.fromordinal(day + _EPOCH) for day in column.values.tolist()]
    return days if column.nulls is None else [None if n else d for d, n in zip(days, column.nulls, strict=True)]


def _cells(column: Text) -> list[Any]:
    cells = texts(column)
    match column.dtype:
        case "string":
            return [None if cell is None else cell.decode("utf-8", "surrogatepass") for cell in cells]
        case "bytes":
            return list(cells)
        case "null":
            return [None] * len(cells)
    return [None if cell is None else value(cell) for cell in cells]


def _has_trailing_zero(cells: list[Any]) -> bool:
    """numpy cuts zeros off the end of a text of fixed width."""
    return any(cell.endswith("\0") for cell in cells)


def _objects(cells: list[Any]) -> Any:
    array = np.empty(len(cells), object)
    for at, cell in enumerate(cells):
        array[at] = cell
    return array


def _major(pd: Any) -> int:
    return int(pd.__version__.partition(".")[0])


def _pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise MissingDependency("pandas is not installed; pip install pandas to load what was a data frame.") from error
    return pandas
