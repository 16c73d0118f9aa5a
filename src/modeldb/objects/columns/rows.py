"""A 64-bit digest for each row, so that an example is known again after a split, a shuffle or a join.

Rows are compared by value: 1, 1.0 and True are the same cell, as are a category and its text, and every missing
value; names and the index play no part. That way a row is still known after a frame became a float array.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_64_intdigest, xxh3_128_hexdigest

from modeldb.objects.columns.canonical import FORMAT
from modeldb.objects.columns.containers import read
from modeldb.objects.columns.forms import Category, Column, Fixed, Matrix, SparseMatrix, Text

if TYPE_CHECKING:
    from numpy.typing import NDArray

MISSING = np.uint64(0x7FF8000000000000)
_EXACT = 2**53
_CHUNK = 65_536


def row_digests(value: Any) -> NDArray[np.uint64]:
    """Returns one 64-bit digest per row, over the row's values in order of columns.

    Raises TypeError when the value is no table.
    """
    table = read(value)
    if table is None:
        raise TypeError(f"{type(value).__name__} has no rows to digest; pass a table, an array or a list of rows.")
    salts = _salts(len(table.labels))
    total = np.zeros(table.n_rows, np.uint64)
    for positions, piece in table.pieces:
        salt = salts[list(positions)] if not isinstance(positions, range) else salts[positions.start : positions.stop]
        if isinstance(piece, Matrix):
            _add_matrix(total, piece.values, salt)
        elif isinstance(piece, SparseMatrix):
            columns = np.repeat(np.arange(salt.size), np.diff(piece.starts))
            np.add.at(total, piece.rows, salted(words_of(piece.values), salt[columns]))
        else:
            total += salted(cells_of(piece), salt[0])
    return finished(total, len(table.labels))


def rows_digest(row_digests: NDArray[np.uint64]) -> str:
    """Returns 32 hex digits over rows in any order: equal for a shuffled copy, not for one with a row twice."""
    return xxh3_128_hexdigest(FORMAT + b"rows" + np.sort(np.asarray(row_digests, "<u8")).tobytes())


def _add_matrix(total: NDArray[np.uint64], values: NDArray[Any], salts: NDArray[np.uint64]) -> None:
    width = max(1, values.shape[1])
    step = max(1, _CHUNK // width)
    for top in range(0, values.shape[0], step):
        words = words_of(values[top : top + step])
        total[top : top + step] += salted(words, salts).sum(axis=1, dtype=np.uint64)


def cells_of(column: Column) -> NDArray[np.uint64]:
    """Returns a 64-bit word per value of a column."""
    if isinstance(column, Fixed):
        words = words_of(column.values)
        if column.nulls is not None and column.nulls.any():
            words = np.where(column.nulls, MISSING, words)
        return words
    if isinstance(column, Category):
        codes = np.asarray(column.codes, "i8")
        return np.append(cells_of(column.categories), MISSING)[codes]
    return _text_cells(column)


def _text_cells(column: Text) -> NDArray[np.uint64]:
    found = np.full(column.lengths.size, MISSING)
    solid = column.lengths >= 0
    found[solid] = np.fromiter(map(xxh3_64_intdigest, solid_values(column)), np.uint64, np.count_nonzero(solid))
    return found


def solid_values(column: Text) -> Iterator[memoryview]:
    """Yields the bytes of each value that is not missing."""
    sizes = column.lengths[column.lengths >= 0]
    ends = np.cumsum(sizes)
    data = memoryview(column.data).cast("B")
    return (data[a:b] for a, b in zip((ends - sizes).tolist(), ends.tolist(), strict=True))


def words_of(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Returns the bits of each number as a double; integers that no double holds keep bits of their own."""
    kind = values.dtype.kind
    if kind == "c":
        words = mixed(words_of(values.real)) + words_of(values.imag)
        return np.where(np.isnan(values), MISSING, words)
    if kind == "f":
        nans = np.isnan(values)
        with np.errstate(invalid="ignore"):
            doubles = np.add(values, 0.0, dtype="f8")
        doubles[nans] = np.nan
        return doubles.view(np.uint64)
    words = values.astype("f8", order="C").view(np.uint64)
    if values.itemsize == 8:
        large = values > _EXACT
        if kind == "i":
            large |= values < -_EXACT
        if large.any():
            words[large] = mixed(values[large].astype(np.uint64)) ^ np.uint64(0x5BF0_3635)
    return words


def mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spreads the bits of words that are not zero; zero stays zero, which is what keeps sparse rows cheap."""
    words = words ^ (words >> np.uint64(32))
    words *= np.uint64(0xD6E8FEB86659FD93)
    words ^= words >> np.uint64(29)
    return words


def salted(words: NDArray[np.uint64], salts: Any) -> NDArray[np.uint64]:
    words = mixed(words)
    words *= salts
    words ^= words >> np.uint64(32)
    words *= np.uint64(0xC2B2AE3D27D4EB4F)
    return words


@lru_cache(maxsize=16)
def _salts(count: int) -> NDArray[np.uint64]:
    """Returns an odd multiplier per column position."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    salts: NDArray[np.uint64] = _avalanche(steps) | np.uint64(1)
    salts.flags.writeable = False
    return salts


def finished(total: NDArray[np.uint64], n_columns: int) -> NDArray[np.uint64]:
    return _avalanche(total + _salts(n_columns + 1)[-1])


def _avalanche(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
