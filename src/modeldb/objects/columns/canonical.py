"""The canonical bytes of a column and their digests; `docs/identity.md` describes them byte by byte.

A column is hashed in blocks of 65,536 rows. Each block leaves a short record, and the column's digest is taken over
its head (format, logical type, length) and these records, so a later reader of the records can name the changed block.
"""

from __future__ import annotations

import struct
import sys
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from xxhash import xxh3_128_digest

from modeldb.objects.columns.forms import Category, Column, Fixed, Matrix, SparseMatrix, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 65_536
"""Rows in a block; positions inside a block fit 16 bits."""
FORMAT = b"mdb1:"
"""Starts everything that is hashed; a change of the encoding changes it."""
_COLUMN = FORMAT + b"column"
SPARSE = 8
"""A block is hashed in its sparse form when at most one in this many of its values is not zero."""

_DENSE, _SPARSE, _NULLS = b"\0", 1, 2
_pack_sparse = struct.Struct("<BI").pack
_pack_head = struct.Struct("<IQ").pack
_TILE = 131_072
_RUN = 512
_TOGETHER = 4096
_IS_LITTLE = sys.byteorder == "little"


class OverBudget(Exception):
    """Raised inside this package when hashing would take longer than its caller allows."""


class Budget:
    """The time a digest may take; looked at between columns and blocks."""

    __slots__ = ("_deadline",)

    def __init__(self, seconds: float) -> None:
        self._deadline = perf_counter() + seconds

    def check(self) -> None:
        if perf_counter() > self._deadline:
            raise OverBudget


class Hashed(NamedTuple):
    """What hashing one column leaves."""

    dtype: str
    digest: bytes
    trivial: bool
    weak: bool = False


def hash_column(column: Column, budget: Budget) -> Hashed:
    """Hashes one column in full."""
    if isinstance(column, Fixed):
        return _hash_fixed(column, budget)
    if isinstance(column, Text):
        return _hash_text(column, budget)
    return _hash_category(column, budget)


def head(dtype: str, n_rows: int) -> bytes:
    """Returns the first bytes of every column: format, logical type and length."""
    name = dtype.encode()
    return _COLUMN + _pack_head(len(name), n_rows) + name


def _hash_fixed(column: Fixed, budget: Budget) -> Hashed:
    values, nulls = column.values, column.nulls
    if nulls is not None and not nulls.any():
        nulls = None
    if nulls is None:
        return _hash_vector(column.dtype, values, budget)
    records = [head(column.dtype, values.size)]
    for start in range(0, values.size, BLOCK):
        budget.check()
        mask = nulls[start : start + BLOCK]
        block = np.array(values[start : start + BLOCK], dtype=_little(values.dtype))
        if values.dtype.kind in "fc":
            block[mask] = np.nan
            _canonical_floats(block)
            records.append(_record(block))
        else:
            block[mask] = 0
            records.append(_record_with_nulls(block, mask))
    return Hashed(column.dtype, xxh3_128_digest(b"".join(records)), bool(nulls.all()))


def hash_matrix(matrix: Matrix, budget: Budget) -> list[Hashed]:
    """Hashes every column of an array, tile by tile so that neither memory layout is slow."""
    values = matrix.values
    n_rows, n_columns = values.shape
    if n_columns == 1:
        return [_hash_vector(matrix.dtype, values[:, 0], budget)]
    start_of_column = head(matrix.dtype, n_rows)
    records: list[bytes] = [start_of_column] * n_columns
    for start in range(0, n_rows, BLOCK):
        budget.check()
        stop = min(start + BLOCK, n_rows)
        _append_block_records(values[start:stop], records, budget)
    trivial = _trivial_columns(values)
    return [
        Hashed(matrix.dtype, xxh3_128_digest(record), position in trivial) for position, record in enumerate(records)
    ]


def _hash_vector(dtype: str, values: NDArray[Any], budget: Budget) -> Hashed:
    """Hashes one column of fixed width; the short way for labels and targets, which are digested most often."""
    record = head(dtype, values.size)
    as_it_is = values.dtype.kind not in "fc" and values.dtype == _little(values.dtype)
    for start in range(0, values.size, BLOCK):
        block = values[start : start + BLOCK]
        if start:
            budget.check()
        if not as_it_is:
            block = np.array(block, dtype=_little(values.dtype))
            if block.dtype.kind in "fc":
                _canonical_floats(block)
        elif not block.flags.c_contiguous:
            block = block.copy()
        record += _record(block)
    return Hashed(dtype, xxh3_128_digest(record), _is_trivial_vector(values))


def _append_block_records(block: NDArray[Any], records: list[bytes], budget: Budget) -> None:
    """Adds the record of each column of a block of rows to what is there of that column."""
    n_rows, n_columns = block.shape
    is_float = block.dtype.kind in "fc"
    little = _little(block.dtype)
    by_column = block.strides[0] == block.itemsize or n_rows == 1
    if by_column and not is_float and block.dtype == little:
        for position in range(n_columns):
            records[position] += _record(block[:, position])
        return
    width = max(1 if by_column else 8, _TILE // n_rows)
    buffer = np.empty((min(width, n_columns), n_rows), little)
    # Rows of a C-ordered array lie far apart; a short run of them stays in cache while a tile is transposed.
    run = n_rows if by_column else _RUN
    for left in range(0, n_columns, width):
        budget.check()
        tile = block[:, left : left + width].T
        target = buffer[: tile.shape[0]]
        for top in range(0, n_rows, run):
            target[:, top : top + run] = tile[:, top : top + run]
        # Short columns are made canonical together, long ones while each is in cache.
        together = n_rows <= _TOGETHER
        if is_float and together:
            _canonical_floats(target)
        for position, row in enumerate(target, left):
            if is_float and not together:
                _canonical_floats(row)
            records[position] += _record(row)


def _record(block: NDArray[Any]) -> bytes:
    """Returns the record of a contiguous, canonical block: its form and the digest of its bytes."""
    if _is_dense(block):
        return _DENSE + xxh3_128_digest(block)
    positions = np.flatnonzero(block)
    return _sparse_record(positions.size, _sparse_pairs(positions, block[positions]))


def _record_with_nulls(block: NDArray[Any], nulls: NDArray[np.bool_]) -> bytes:
    """Returns the record of a block whose missing values are zero, followed by where they are."""
    record = _record(block)
    if not nulls.any():
        return record
    return b"%c%b%b" % (record[0] | _NULLS, record[1:], xxh3_128_digest(np.packbits(nulls, bitorder="little")))


def _sparse_pairs(positions: NDArray[Any], values: NDArray[Any]) -> NDArray[Any]:
    """Returns packed (16-bit position in the block, value) records."""
    pairs = np.empty(positions.size, dtype=[("position", "<u2"), ("value", _little(values.dtype))])
    pairs["position"] = positions
    pairs["value"] = values
    return pairs.view(np.uint8)


def _sparse_record(count: int, pairs: Any) -> bytes:
    """Returns the record of a block in its sparse form."""
    return _pack_sparse(_SPARSE, count) + xxh3_128_digest(pairs)


def _is_dense(block: NDArray[Any]) -> bool:
    size = block.size
    if size > 4096:
        # Most dense blocks are known as such by their first quarter.
        quarter = block[: size // 4]
        if np.count_nonzero(quarter != 0) * SPARSE > size:
            return True
        return bool(np.count_nonzero(block != 0) * SPARSE > size)
    return bool(np.count_nonzero(block) * SPARSE > size)


def hash_sparse(matrix: SparseMatrix, budget: Budget) -> list[Hashed]:
    """Hashes every column of a sparse matrix as if it were dense, in time that grows with what is not zero."""
    n_rows, n_columns, dtype = matrix.n_rows, matrix.starts.size - 1, matrix.dtype
    values = np.array(matrix.values, dtype=_little(matrix.values.dtype))
    if values.dtype.kind in "fc":
        _canonical_floats(values)
    pairs = memoryview(_sparse_pairs(matrix.rows % BLOCK, values))
    width = 2 + values.itemsize
    start_of_column = head(dtype, n_rows)
    n_blocks = -(-n_rows // BLOCK)
    edges = _block_edges(matrix, n_blocks).tolist()
    nothing = xxh3_128_digest(start_of_column + _sparse_record(0, pairs[:0]) * n_blocks)
    result = [Hashed(dtype, nothing, True)] * n_columns
    filled = np.flatnonzero(np.diff(matrix.starts))
    if n_blocks == 1:
        filled = _hash_short_columns(matrix, filled, pairs, width, result, budget)
    for number, position in enumerate(filled.tolist()):
        if not number % 1024:
            budget.check()
        record, at, count = start_of_column, position * n_blocks, 0
        for block in range(n_blocks):
            first, last = edges[at + block], edges[at + block + 1]
            rows_here = n_rows if n_blocks == 1 else min(BLOCK, n_rows - block * BLOCK)
            count += last - first
            if (last - first) * SPARSE <= rows_here:
                record += _pack_sparse(_SPARSE, last - first) + xxh3_128_digest(pairs[first * width : last * width])
            else:
                dense = np.zeros(rows_here, values.dtype)
                dense[matrix.rows[first:last] - block * BLOCK] = values[first:last]
                record += _record(dense)
        # A column that counts from zero has one zero; a constant one has none.
        trivial = count >= n_rows - 1 and _is_trivial_sparse(matrix, position)
        result[position] = Hashed(dtype, xxh3_128_digest(record), trivial)
    return result


def _hash_short_columns(
    matrix: SparseMatrix,
    filled: NDArray[np.int64],
    pairs: memoryview,
    width: int,
    result: list[Hashed],
    budget: Budget,
) -> NDArray[np.int64]:
    """Hashes those columns of one block that take its sparse form; returns which are left.

    A text has tens of thousands of them, and what is done for each takes longer than hashing its bytes.
    """
    budget.check()
    counts = matrix.starts[filled + 1] - matrix.starts[filled]
    is_sparse = counts * SPARSE <= matrix.n_rows
    few = filled[is_sparse]
    start_of_column, dtype, make = head(matrix.dtype, matrix.n_rows), matrix.dtype, tuple.__new__
    firsts, lasts = (matrix.starts[few] * width).tolist(), (matrix.starts[few + 1] * width).tolist()
    for position, count, first, last in zip(few.tolist(), counts[is_sparse].tolist(), firsts, lasts, strict=True):
        record = start_of_column + _pack_sparse(_SPARSE, count) + xxh3_128_digest(pairs[first:last])
        # Never trivial: most of its values are zero and some are not.
        result[position] = make(Hashed, (dtype, xxh3_128_digest(record), False, False))
    return filled[~is_sparse]


def _block_edges(matrix: SparseMatrix, n_blocks: int) -> NDArray[np.int64]:
    """Returns where the values of each block of each column start, and where the last one stops."""
    if n_blocks <= 1:
        return matrix.starts
    n_columns = matrix.starts.size - 1
    columns = np.repeat(np.arange(n_columns), np.diff(matrix.starts))
    return np.searchsorted(columns * n_blocks + matrix.rows // BLOCK, np.arange(n_columns * n_blocks + 1))


def _is_trivial_sparse(matrix: SparseMatrix, position: int) -> bool:
    first, last = matrix.starts[position], matrix.starts[position + 1]
    dense = np.zeros(matrix.n_rows, matrix.values.dtype)
    dense[matrix.rows[first:last]] = matrix.values[first:last]
    return _is_trivial_vector(dense)


def _hash_text(column: Text, budget: Budget) -> Hashed:
    lengths = np.ascontiguousarray(column.lengths, "<i8")
    records = [head(column.dtype, lengths.size)]
    data = memoryview(column.data).cast("B")
    offset = 0
    for start in range(0, lengths.size, BLOCK):
        budget.check()
        block = lengths[start : start + BLOCK]
        used = int(np.maximum(block, 0).sum())
        records.append(xxh3_128_digest(block) + xxh3_128_digest(data[offset : offset + used]))
        offset += used
    digest = xxh3_128_digest(b"".join(records))
    return Hashed(column.dtype, digest, _is_constant_text(lengths, data), column.weak)


def _is_constant_text(lengths: NDArray[np.int64], data: memoryview) -> bool:
    if not lengths.size or lengths[0] != lengths[-1]:
        return not lengths.size
    width = int(lengths[0])
    if width > 0 and data[:width] != data[len(data) - width :]:
        return False
    if not (lengths == width).all():
        return False
    return width <= 0 or bytes(data) == bytes(data[:width]) * lengths.size


def _hash_category(column: Category, budget: Budget) -> Hashed:
    categories = hash_column(column.categories, budget)
    codes = np.asarray(column.codes)
    records = [head("category", codes.size), b"%c%b" % (column.ordered, categories.digest)]
    for start in range(0, codes.size, BLOCK):
        budget.check()
        records.append(_record(codes[start : start + BLOCK].astype("<i4")))
    trivial = codes.size == 0 or bool(codes[0] == codes[-1] and (codes == codes[0]).all())
    return Hashed("category", xxh3_128_digest(b"".join(records)), trivial, categories.weak)


def _trivial_columns(values: NDArray[Any]) -> set[int]:
    """Returns which columns are constant or count up by one; looks at three rows before reading a column."""
    n_rows, n_columns = values.shape
    if n_rows <= 1:
        return set(range(n_columns))
    ends = zip(*[values[row].tolist() for row in (0, n_rows // 2, n_rows - 1)], strict=True)
    counts = values.dtype.kind in "iu"
    return {
        position
        for position, (first, middle, last) in enumerate(ends)
        if _may_be_trivial(first, middle, last, n_rows, counts) and _is_trivial(values[:, position])
    }


def _is_trivial_vector(values: NDArray[Any]) -> bool:
    size = values.size
    if size <= 1:
        return True
    first, middle, last = values.item(0), values.item(size // 2), values.item(-1)
    return _may_be_trivial(first, middle, last, size, values.dtype.kind in "iu") and _is_trivial(values)


def _may_be_trivial(first: Any, middle: Any, last: Any, size: int, counts: bool) -> bool:
    if first == last or first != first:
        return bool(first == middle or middle != middle)
    return counts and last - first == size - 1 and middle - first == size // 2


def _is_trivial(values: NDArray[Any]) -> bool:
    first = values[0]
    if first != first:
        return bool(np.isnan(values).all())
    if first == values[-1]:
        return bool((values == first).all())
    return bool((np.diff(values) == 1).all())


def _canonical_floats(values: NDArray[Any]) -> None:
    """Turns -0.0 into 0.0 and every NaN into the one quiet NaN, in place.

    NaNs go first: arithmetic on a signalling one would raise a warning in the user's program.
    """
    if values.dtype.kind == "c":
        values = values.view(f"<f{values.itemsize // 2}")
    nans = np.isnan(values)
    if np.count_nonzero(nans):
        values[nans] = np.nan
    np.add(values, 0, out=values)


def _little(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return dtype.newbyteorder("<") if dtype.byteorder == ">" or not _IS_LITTLE else dtype
