"""One column as bytes and back: the form in which kept data and small prediction sets lie in the object store.

    u32 length of the head   head (msgpack)   buffers, one after the other

All integers are little-endian. The buffers are the column's values as they lie in memory, so that reading is a view
and not a parse; `docs/examples.md` describes them. Nothing but numpy is needed, because scripts are recorded in
processes that may never load Arrow.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from modeldb.errors import NotCapturable, StoreDamaged, StoreTooNew
from modeldb.objects.columns.forms import Category, Column, Fixed, Matrix, SparseMatrix, Text

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

FORMAT = 1
_SIZE = struct.Struct("<I")
_UNITS = {
    "D": ("s", 86_400, 1),
    "h": ("s", 3_600, 1),
    "m": ("s", 60, 1),
    **{unit: (unit, 1, 1) for unit in ("s", "ms", "us", "ns")},
    "ps": ("ns", 1, 10**3),
    "fs": ("ns", 1, 10**6),
    "as": ("ns", 1, 10**9),
}
"""numpy's units of time that have a length: Arrow's nearest, and ticks of it per tick, as a fraction."""


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What the buffers are."""

    format: int
    kind: str
    """`fixed`, `text` or `category`."""
    dtype: str
    """The logical type, as in a dataset's description."""
    n_rows: int
    sizes: list[int]
    """Bytes of each buffer. Fixed: values, then a bitmap of missing ones or nothing. Text: lengths, data. Category:
    codes, then the column of categories in this same form."""
    layout: str = ""
    """numpy's name for the type of the values, lengths or codes."""
    ordered: bool = False


def encode(column: Column) -> bytes:
    """The bytes of a column. Raises NotCapturable for one that holds objects we cannot write down."""
    match column:
        case Fixed():
            values = _little(column.values)
            nulls = b"" if column.nulls is None or not column.nulls.any() else _packed(column.nulls)
            return _joined("fixed", column.dtype, len(values), [values.tobytes(), nulls], values.dtype.str)
        case Text():
            if column.weak:
                raise NotCapturable("The column holds objects that have no written form.")
            lengths = _narrow(np.ascontiguousarray(column.lengths, "<i8"))
            buffers = [lengths.tobytes(), bytes(column.data)]
            return _joined("text", column.dtype, len(lengths), buffers, lengths.dtype.str)
        case Category():
            codes = _narrow(np.ascontiguousarray(column.codes))
            buffers = [codes.tobytes(), encode(column.categories)]
            return _joined("category", "category", len(codes), buffers, codes.dtype.str, column.ordered)


def decode(data: bytes | memoryview) -> Column:
    """The column these bytes hold. Raises StoreDamaged for bytes that are no column."""
    try:
        head, buffers = _split(memoryview(data))
        first = np.require(np.frombuffer(buffers[0], head.layout), requirements="A")  # Arrow wants aligned numbers
        if len(first) != head.n_rows:
            raise ValueError(f"{len(first)} values for {head.n_rows} rows")
        match head.kind:
            case "fixed":
                return Fixed(head.dtype, first, _unpacked(buffers[1], head.n_rows) if len(buffers[1]) else None)
            case "text":
                return Text(head.dtype, first.astype("i8"), buffers[1])
            case "category":
                return Category(first, decode(buffers[1]), head.ordered)
    except (ValueError, TypeError, IndexError, struct.error, msgspec.MsgspecError) as error:
        raise StoreDamaged(f'A stored column cannot be read: {error}. See "modeldb fsck".') from error
    raise StoreDamaged(f'A stored column is of the kind {head.kind!r}, which there is not. See "modeldb fsck".')


def singles(pieces: Any) -> dict[int, Column]:
    """Position to column, for pieces that hold several columns each."""
    found: dict[int, Column] = {}
    for positions, piece in pieces:
        if isinstance(piece, Matrix):
            for at, position in enumerate(positions):
                found[position] = Fixed(piece.dtype, piece.values[:, at])
        elif isinstance(piece, SparseMatrix):
            for at, position in enumerate(positions):
                found[position] = Fixed(piece.dtype, _dense(piece, at))
        else:
            found[positions[0]] = piece
    return found


def to_arrow(column: Column) -> pyarrow.Array:
    """The column as Arrow: what SQL reads."""
    import pyarrow as pa

    match column:
        case Category():
            codes = np.asarray(column.codes, "i4")
            missing = codes < 0
            values = to_arrow(column.categories)
            indices = pa.array(codes, mask=missing if missing.any() else None)
            return pa.DictionaryArray.from_arrays(indices, values, ordered=column.ordered)
        case Text():
            return _text_to_arrow(column)
    return _fixed_to_arrow(column)


def native(values: NDArray[Any]) -> NDArray[Any]:
    """The values in the byte order of the machine; Arrow takes no other."""
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def texts(column: Text) -> list[bytes | None]:
    """Every value's bytes; None where it is missing."""
    sizes = np.maximum(column.lengths, 0)
    ends = np.cumsum(sizes)
    data = bytes(column.data)
    spans = zip((ends - sizes).tolist(), ends.tolist(), column.lengths.tolist(), strict=True)
    return [None if length < 0 else data[a:b] for a, b, length in spans]


def _text_to_arrow(column: Text) -> pyarrow.Array:
    import pyarrow as pa

    if column.dtype == "object":
        from modeldb.examples.objects import shown

        return pa.array([None if cell is None else shown(cell) for cell in texts(column)], pa.large_string())
    n_rows = len(column.lengths)
    offsets = np.zeros(n_rows + 1, "<i8")
    np.cumsum(np.maximum(column.lengths, 0), out=offsets[1:])
    missing = column.lengths < 0
    valid = pa.py_buffer(np.packbits(~missing, bitorder="little")) if missing.any() else None
    kind = pa.large_binary() if column.dtype == "bytes" else pa.large_string()
    return pa.Array.from_buffers(kind, n_rows, [valid, pa.py_buffer(offsets), pa.py_buffer(column.data)])


def _fixed_to_arrow(column: Fixed) -> pyarrow.Array:
    import pyarrow as pa

    values, dtype = native(column.values), column.dtype
    if dtype == "longdouble":
        values = values.real
    elif values.dtype.kind == "c":
        parts = [pa.array(np.ascontiguousarray(values.real)), pa.array(np.ascontiguousarray(values.imag))]
        return pa.StructArray.from_arrays(parts, ["real", "imag"])
    mask = column.nulls
    base, _, unit = dtype.partition("[")
    unit = unit.rstrip("]").partition(", ")[0]  # times are in UTC, as everywhere in SQL here
    match base:
        case "datetime64" | "timedelta64" if unit in _UNITS:
            # Underneath a missing value lies the least of all integers, which readers may fail to convert.
            ticks, unit = _rescaled(values if mask is None else np.where(mask, 0, values), unit)
            kind = pa.timestamp(unit) if base == "datetime64" else pa.duration(unit)
            return pa.array(ticks, pa.int64(), mask=mask).cast(kind)
        case "date":
            return pa.array(values.astype("i4"), pa.int32(), mask=mask).cast(pa.date32())
    if values.dtype == np.float16:
        values = values.astype(np.float32)  # which neither DuckDB nor Spark has
    return pa.array(np.ascontiguousarray(values), mask=mask)


def _rescaled(ticks: NDArray[Any], unit: str) -> tuple[NDArray[Any], str]:
    """The same times in the nearest unit Arrow has; what is shorter than its shortest is cut off."""
    known, factor, parts = _UNITS[unit]
    return ticks * factor // parts, known


def _joined(kind: str, dtype: str, n_rows: int, buffers: list[bytes], layout: str, ordered: bool = False) -> bytes:
    head = msgspec.msgpack.encode(Head(FORMAT, kind, dtype, n_rows, [len(b) for b in buffers], layout, ordered))
    return b"".join([_SIZE.pack(len(head)), head, *buffers])


def _split(data: memoryview) -> tuple[Head, list[memoryview]]:
    (size,) = _SIZE.unpack(data[: _SIZE.size])
    start = _SIZE.size + size
    head = msgspec.msgpack.decode(data[_SIZE.size : start], type=Head)
    if head.format > FORMAT:
        raise StoreTooNew(f"A stored column has format {head.format}; this ModelDB knows {FORMAT}. Upgrade ModelDB.")
    buffers = []
    for length in head.sizes:
        buffers.append(data[start : start + length])
        start += length
    if start != len(data):
        raise ValueError(f"{len(data)} bytes instead of {start}")
    return head, buffers


def _little(values: NDArray[Any]) -> NDArray[Any]:
    return np.ascontiguousarray(values, values.dtype.newbyteorder("<"))


def _narrow(numbers: NDArray[Any]) -> NDArray[Any]:
    """The same whole numbers in as few bytes as hold them."""
    low, high = (int(numbers.min()), int(numbers.max())) if numbers.size else (0, 0)
    for name in ("<i1", "<i2", "<i4"):
        limits = np.iinfo(name)
        if limits.min <= low and high <= limits.max:
            return numbers.astype(name)
    return numbers.astype("<i8")


def _packed(nulls: NDArray[np.bool_]) -> bytes:
    return np.packbits(nulls, bitorder="little").tobytes()


def _unpacked(data: memoryview, n_rows: int) -> NDArray[np.bool_]:
    return np.unpackbits(np.frombuffer(data, "u1"), count=n_rows, bitorder="little").astype(np.bool_)


def _dense(matrix: SparseMatrix, at: int) -> NDArray[Any]:
    first, last = matrix.starts[at], matrix.starts[at + 1]
    dense = np.zeros(matrix.n_rows, matrix.values.dtype)
    dense[matrix.rows[first:last]] = matrix.values[first:last]
    return dense
