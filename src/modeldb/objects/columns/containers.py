"""Which reader understands a value; looks at type names, so that no library is imported to find out."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from modeldb.objects.columns import python
from modeldb.objects.columns.tables import Table

Reader = Callable[[Any], "Table | None"]

_READERS = {
    ("builtins", "list"): "python.read",
    ("builtins", "tuple"): "python.read",
    ("builtins", "range"): "python.read",
    ("numpy", "ndarray"): "arrays.read",
    ("pandas", "DataFrame"): "frames.read_frame",
    ("pandas", "Series"): "frames.read_series",
    ("pandas", "Index"): "frames.read_index",
    ("pandas", "ExtensionArray"): "frames.read_array",
    ("polars", "DataFrame"): "polar.read_frame",
    ("polars", "Series"): "polar.read_series",
    ("pyarrow", "Table"): "arrow.read_table",
    ("pyarrow", "RecordBatch"): "arrow.read_table",
    ("pyarrow", "Array"): "arrow.read_array",
    ("pyarrow", "ChunkedArray"): "arrow.read_array",
    ("scipy", "_spbase"): "sparse.read",
    ("scipy", "spmatrix"): "sparse.read",
}
"""(top-level package, class) -> module and function of this package; subclasses are read as their base."""

_found: dict[type, Reader | None] = {}


def is_tabular(value: Any) -> bool:
    """Says whether a value could be a data set; quick, and never raises."""
    try:
        reader = _reader(type(value))
        return reader is not None and (reader is not python.read or python.could_be_table(value))
    except Exception:
        return False


def read(value: Any) -> Table | None:
    """Reads a value as a table, or returns None if it is none."""
    reader = _reader(type(value))
    return None if reader is None else reader(value)


def snapshot(value: Any) -> Any:
    """Returns the values as they are now: what is done to the original later does not show."""
    copy = getattr(value, "copy", None)
    if copy is None:
        return value  # polars, pyarrow and ranges never change
    return copy()


def _reader(kind: type) -> Reader | None:
    try:
        return _found[kind]
    except KeyError:
        pass
    reader = None
    for base in kind.__mro__:
        name = _READERS.get((base.__module__.partition(".")[0], base.__name__))
        if name is not None:
            module, function = name.split(".")
            reader = getattr(import_module(f"modeldb.objects.columns.{module}"), function)
            break
    if len(_found) > 10_000:
        _found.clear()
    _found[kind] = reader
    return reader
