"""A 64-bit digest for each row, so that an example is known again after a split, a shuffle or a join.

Rows are compared by value: 1, 1.0 and True are the same cell, as are a category and its text, and every missing
value; names and the index play no part. That way a row is still known after a frame became a float array.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_64_intdigest, xxh3_128_hexdigest

from modeldb.objects.columns.canonical import FORMAT, Category, Column, Fixed, Matrix, SparseMatrix, Text
from modeldb.objects.columns.containers import read
from modeldb.objects.columns.labels import name_of
from modeldb.objects.columns.python import column_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modeldb.objects.columns.tables import Table

_MISSING = np.uint64(0x7FF8000000000000)
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
            np.add.at(total, piece.rows, _salted(_words(piece.values), salt[columns]))
        else:
            total += _salted(_cells(piece), salt[0])
    return _finished(total, len(table.labels))


def key_digests(value: Any, names: Sequence[str]) -> NDArray[np.uint64] | None:
    """Returns one 64-bit digest per row, over the values of the key columns of these names; None where one is missing.

    A level of the index counts as a column. A row in which the key is missing has the digest of all its values.
    """
    table = read(value)
    if table is None:
        return None
    labels = [name_of(label) for label in table.labels]
    levels = {name_of(label): column for label, column in table.index}
    held = [levels[name] if name in levels else _column(table, labels, name) for name in names]
    if not held or None in held:
        return None
    total, missing = np.zeros(table.n_rows, np.uint64), np.zeros(table.n_rows, np.bool_)
    for name, column in zip(names, held, strict=True):
        assert column is not None
        words = _cells(column)
        missing |= words == _MISSING
        total += _salted(words, _salt_of(name))
    digests = _finished(total, len(names))
    if missing.any():
        digests[missing] = row_digests(value)[missing]
    return digests


def key_digest(key: Mapping[str, Any]) -> int:
    """Returns the digest that a row with these values in its key columns has."""
    total = sum((_salted(_cells(column_of([value])), _salt_of(name)) for name, value in key.items()), np.uint64(0))
    return int(_finished(np.atleast_1d(total), len(key))[0])


def _column(table: Table, labels: list[str], name: str) -> Column | None:
    """The column of a table that has this name."""
    if name not in labels:
        return None
    position = labels.index(name)
    for positions, piece in table.pieces:
        if position in positions:
            at = list(positions).index(position)
            if isinstance(piece, Matrix):
                return Fixed(piece.dtype, piece.values[:, at])
            return None if isinstance(piece, SparseMatrix) else piece
    return None


def _salt_of(name: str) -> np.uint64:
    """An odd multiplier per name, so that the order of key columns does not matter."""
    return np.uint64(xxh3_64_intdigest(b"key" + name.encode("utf-8", "surrogatepass"))) | np.uint64(1)


def rows_digest(row_digests: NDArray[np.uint64]) -> str:
    """Returns 32 hex digits over rows in any order: equal for a shuffled copy, not for one with a row twice."""
    return xxh3_128_hexdigest(FORMAT + b"rows" + np.sort(np.asarray(row_digests, "<u8")).tobytes())


def _add_matrix(total: NDArray[np.uint64], values: NDArray[Any], salts: NDArray[np.uint64]) -> None:
    width = max(1, values.shape[1])
    step = max(1, _CHUNK // width)
    for top in range(0, values.shape[0], step):
        words = _words(values[top : top + step])
        total[top : top + step] += _salted(words, salts).sum(axis=1, dtype=np.uint64)


def _cells(column: Column) -> NDArray[np.uint64]:
    """Returns a 64-bit word per value of a column."""
    if isinstance(column, Fixed):
        words = _words(column.values)
        if column.nulls is not None and column.nulls.any():
            words = np.where(column.nulls, _MISSING, words)
        return words
    if isinstance(column, Category):
        codes = np.asarray(column.codes, "i8")
        return np.append(_cells(column.categories), _MISSING)[codes]
    return _text_cells(column)


def _text_cells(column: Text) -> NDArray[np.uint64]:
    lengths = column.lengths
    words = np.full(lengths.size, _MISSING)
    solid = lengths >= 0
    sizes = lengths[solid]
    ends = np.cumsum(sizes)
    data = memoryview(column.data).cast("B")
    pieces = zip((ends - sizes).tolist(), ends.tolist(), strict=True)
    words[solid] = np.fromiter((xxh3_64_intdigest(data[a:b]) for a, b in pieces), np.uint64, sizes.size)
    return words


def _words(values: NDArray[Any]) -> NDArray[np.uint64]:
    """Returns the bits of each number as a double; integers that no double holds keep bits of their own."""
    kind = values.dtype.kind
    if kind == "c":
        words = _mixed(_words(values.real)) + _words(values.imag)
        return np.where(np.isnan(values), _MISSING, words)
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
            words[large] = _mixed(values[large].astype(np.uint64)) ^ np.uint64(0x5BF0_3635)
    return words


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spreads the bits of words that are not zero; zero stays zero, which is what keeps sparse rows cheap."""
    words = words ^ (words >> np.uint64(32))
    words *= np.uint64(0xD6E8FEB86659FD93)
    words ^= words >> np.uint64(29)
    return words


def _salted(words: NDArray[np.uint64], salts: Any) -> NDArray[np.uint64]:
    words = _mixed(words)
    words *= salts
    words ^= words >> np.uint64(32)
    words *= np.uint64(0xC2B2AE3D27D4EB4F)
    return words


def _salts(count: int) -> NDArray[np.uint64]:
    """Returns an odd multiplier per column position."""
    steps = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return _avalanche(steps) | np.uint64(1)


def _finished(total: NDArray[np.uint64], n_columns: int) -> NDArray[np.uint64]:
    return _avalanche(total + _salts(n_columns + 1)[-1])


def _avalanche(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))
