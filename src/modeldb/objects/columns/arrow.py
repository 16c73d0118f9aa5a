"""Reads pyarrow tables, record batches, arrays and chunked arrays. Imports pyarrow only when a value brings it."""

from __future__ import annotations

from typing import Any

import numpy as np

from modeldb.objects.columns.arrays import time_type
from modeldb.objects.columns.forms import Category, Column, Fixed, Text
from modeldb.objects.columns.python import column_of
from modeldb.objects.columns.tables import FRAME, Table, vector


def read_table(table: Any) -> Table:
    """Reads a Table or RecordBatch."""
    container = f"pyarrow.{type(table).__name__}"
    pieces: list[Any] = [((at,), column_of_arrow(column)) for at, column in enumerate(table.columns)]
    return Table(FRAME, container, table.num_rows, tuple(table.schema.names), pieces)


def read_array(array: Any) -> Table:
    """Reads an Array or ChunkedArray."""
    container = "pyarrow.ChunkedArray" if type(array).__name__ == "ChunkedArray" else "pyarrow.Array"
    return vector(container, column_of_arrow(array), len(array))


def column_of_arrow(array: Any) -> Column:
    """Reads what an Arrow array holds between its offset and its end, whatever else its buffers hold."""
    import pyarrow as pa

    kind = array.type
    if isinstance(kind, pa.BaseExtensionType):
        chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
        return column_of_arrow(pa.chunked_array([chunk.storage for chunk in chunks], type=kind.storage_type))
    is_text = _is_text(pa, kind)
    if is_text is not None:
        return _text(pa, array, is_text)
    if pa.types.is_dictionary(kind):
        return _category(pa, array)
    if pa.types.is_date64(kind):
        array = array.cast(pa.date32())
        kind = array.type
    if pa.types.is_null(kind):
        return Text("null", np.full(len(array), -1, "i8"), b"")
    dtype = _fixed_type(pa, kind)
    if dtype is None:
        return column_of(array.to_pylist())
    values, nulls = _fixed(pa, _one_chunk(pa, array))
    return Fixed(dtype, values, nulls)


def _fixed_type(pa: Any, kind: Any) -> str | None:
    types = pa.types
    if types.is_boolean(kind):
        return "bool"
    if types.is_integer(kind) or types.is_floating(kind):
        return str(np.dtype(kind.to_pandas_dtype()).name)
    if types.is_timestamp(kind):
        return time_type("M", kind.unit, kind.tz)
    if types.is_duration(kind):
        return time_type("m", kind.unit)
    return "date" if types.is_date32(kind) else None


def _fixed(pa: Any, array: Any) -> tuple[Any, Any]:
    size, start = len(array), array.offset
    nulls = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    buffer = array.buffers()[1]
    if buffer is None or not size:
        return np.zeros(size, "?" if pa.types.is_boolean(array.type) else _width(pa, array.type)), nulls
    if pa.types.is_boolean(array.type):
        first = start // 8
        octets = np.frombuffer(buffer, np.uint8)[first : (start + size + 7) // 8]
        bits = np.unpackbits(octets, bitorder="little")[start - first * 8 :][:size]
        return bits.view(bool), nulls
    values = np.frombuffer(buffer, _width(pa, array.type))[start : start + size]
    return (values.astype("i8") if pa.types.is_date32(array.type) else values), nulls


def _width(pa: Any, kind: Any) -> np.dtype[Any]:
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return np.dtype(kind.to_pandas_dtype())
    return np.dtype("i4" if pa.types.is_date32(kind) else "i8")


def _is_text(pa: Any, kind: Any) -> bool | None:
    """Returns True for text, False for bytes, None for neither."""
    types = pa.types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return True
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return False
    return False if types.is_binary_view(kind) else None


def _text(pa: Any, array: Any, is_text: bool) -> Text:
    dtype = "string" if is_text else "bytes"
    large = pa.large_string() if is_text else pa.large_binary()
    chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
    parts = [_chunk_of_text(pa, chunk, large) for chunk in chunks if len(chunk)]
    if len(parts) == 1:
        return Text(dtype, *parts[0])
    if not parts:
        return Text(dtype, np.zeros(0, "i8"), b"")
    return Text(dtype, np.concatenate([lengths for lengths, _ in parts]), b"".join(data for _, data in parts))


def _chunk_of_text(pa: Any, chunk: Any, large: Any) -> tuple[Any, Any]:
    if not (pa.types.is_string(chunk.type) or pa.types.is_binary(chunk.type)):
        chunk = chunk.cast(large)
    solid = chunk.drop_null() if chunk.null_count else chunk
    offsets, data = _offsets(pa, solid)
    lengths = np.diff(offsets).astype("i8", copy=False)
    if solid is not chunk:
        every = np.full(len(chunk), -1, "i8")
        every[chunk.is_valid().to_numpy(zero_copy_only=False)] = lengths
        lengths = every
    return lengths, data


def _offsets(pa: Any, array: Any) -> tuple[Any, Any]:
    if not len(array):
        return np.zeros(1, "i8"), b""
    _, offsets, data = array.buffers()
    wide = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    bounds = np.frombuffer(offsets, "<i8" if wide else "<i4")[array.offset : array.offset + len(array) + 1]
    if data is None:
        return bounds, b""
    return bounds, memoryview(data)[int(bounds[0]) : int(bounds[-1])]


def _category(pa: Any, array: Any) -> Category:
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries()
    array = _one_chunk(pa, array)
    ordered = bool(array.type.ordered)
    categories = array.dictionary
    codes, nulls = _fixed(pa, array.indices)
    codes = codes.astype("i8")
    if nulls is not None:
        codes[nulls] = -1
    if categories.null_count or len(categories.unique()) != len(categories):
        distinct = categories.drop_null().unique()
        # A dictionary may hold a missing value or one twice; codes then point at the first place of each.
        place = np.append(np.asarray(_positions(categories, distinct)), -1)
        codes, categories = place[codes], distinct
    return Category(codes, column_of_arrow(categories), ordered)


def _positions(values: Any, distinct: Any) -> list[int]:
    place = {value: at for at, value in enumerate(distinct.to_pylist())}
    return [place.get(value, -1) for value in values.to_pylist()]


def _one_chunk(pa: Any, array: Any) -> Any:
    if not isinstance(array, pa.ChunkedArray):
        return array
    if array.num_chunks == 1:
        return array.chunk(0)
    combined = array.combine_chunks()
    return pa.concat_arrays(combined.chunks) if isinstance(combined, pa.ChunkedArray) else combined
