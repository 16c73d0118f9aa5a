"""Digests of key columns: which example a row is, whatever type the column that names it has in this table.

Keys are compared by value, further than rows are: a text or a number in a column of objects is what it is in a column
of its own, and a moment is the same in every unit.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from xxhash import xxh3_64_intdigest

from modeldb.objects.columns.arrays import column_of_array
from modeldb.objects.columns.containers import read
from modeldb.objects.columns.forms import Category, Column, Fixed, Matrix, SparseMatrix, Text
from modeldb.objects.columns.labels import name_of
from modeldb.objects.columns.python import column_of
from modeldb.objects.columns.rows import (
    MISSING,
    cells_of,
    finished,
    mixed,
    row_digests,
    salted,
    solid_values,
    words_of,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modeldb.objects.columns.tables import Table

    Words = NDArray[np.uint64]

_COARSE = {"D": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}
"""Microseconds in a tick of each unit that is none shorter."""
_FINE = {"ns": 10**3, "ps": 10**6, "fs": 10**9, "as": 10**12}
"""Ticks in a microsecond of the others; the last is the finest there is."""
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_NANOSECONDS = re.compile(r"\.\d{6}(\d{3})")
_CONTENT = 9
"""Where the content of typed bytes begins, after their tag and its length."""


def key_digests(value: Any, names: Sequence[str]) -> Words | None:
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
        words = _key_words(column)
        missing |= words == MISSING
        total += salted(words, _salt_of(name))
    digests = finished(total, len(names))
    if missing.any():
        digests[missing] = row_digests(value)[missing]
    return digests


def key_digest(key: Mapping[str, Any]) -> int:
    """Returns the digest that a row with these values in its key columns has."""
    total = sum((salted(_key_words(column_of([value])), _salt_of(name)) for name, value in key.items()), np.uint64(0))
    return int(finished(np.atleast_1d(total), len(key))[0])


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


def _key_words(column: Column) -> Words:
    """Returns a word per key: that of its row's cell, but for times and what lies in a column of objects."""
    if isinstance(column, Category):
        return np.append(_key_words(column.categories), MISSING)[np.asarray(column.codes, "i8")]
    if isinstance(column, Text):
        return _object_words(column) if column.dtype == "object" else cells_of(column)
    base, _, rest = column.dtype.partition("[")
    unit = "D" if base == "date" else rest.rstrip("]").partition(",")[0]
    if base not in ("date", "datetime64", "timedelta64") or unit not in _COARSE | _FINE:
        return cells_of(column)
    words = _time_words(np.asarray(column.values, "i8"), unit)
    return words if column.nulls is None else np.where(column.nulls, MISSING, words)


def _time_words(ticks: NDArray[np.int64], unit: str) -> Words:
    """Moments and spans as microseconds; what is finer is added to those few that have it."""
    if unit in _COARSE:
        return words_of(ticks * _COARSE[unit])
    whole, rest = np.divmod(ticks, _FINE[unit])
    return _with_rest(whole, rest * (_FINE["as"] // _FINE[unit]))


def _with_rest(microseconds: NDArray[np.int64], rest: NDArray[np.int64]) -> Words:
    """The words of times that are this many attoseconds longer."""
    return words_of(microseconds) + mixed(rest.astype(np.uint64))


def _object_words(column: Text) -> Words:
    """Reads the typed bytes of objects, kind by kind, as the columns they would be alone."""
    kinds: dict[int, tuple[list[int], list[bytes]]] = {}
    for at, cell in zip(np.flatnonzero(column.lengths >= 0).tolist(), solid_values(column), strict=True):
        places, cells = kinds.setdefault(cell[0], ([], []))
        places.append(at)
        cells.append(bytes(cell))
    words = np.full(column.lengths.size, MISSING)
    for tag, (places, cells) in kinds.items():
        words[places] = _READ.get(bytes([tag]), _hashes)(cells)
    return words


def _hashes(cells: list[bytes]) -> Words:
    return np.fromiter(map(xxh3_64_intdigest, cells), np.uint64, len(cells))


def _nothing(cells: list[bytes]) -> Words:
    return np.full(len(cells), MISSING)


def _truths(cells: list[bytes]) -> Words:
    return words_of(np.array([cell == b"t" for cell in cells]))


def _floats(cells: list[bytes]) -> Words:
    return words_of(np.frombuffer(b"".join(cell[1:] for cell in cells), "<f8"))


def _integers(cells: list[bytes]) -> Words:
    numbers = [int(cell[_CONTENT:]) for cell in cells]
    words = _hashes(cells)  # which is left to those that no column of integers holds
    for limits in (np.iinfo("i8"), np.iinfo("u8")):
        places = [at for at, number in enumerate(numbers) if limits.min <= number <= limits.max]
        words[places] = words_of(np.array([numbers[at] for at in places], limits.dtype))
    return words


def _texts(cells: list[bytes]) -> Words:
    return _hashes([cell[_CONTENT:] for cell in cells])


def _moments(cells: list[bytes]) -> Words:
    """Dates with a time, those with a zone in UTC."""
    return np.array([_moment(cell) for cell in cells], np.uint64)


def _moment(cell: bytes) -> np.uint64:
    text = cell[_CONTENT:].decode()
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:  # a year that only pandas has
        return _hashes([cell])[0]
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    nanoseconds = _NANOSECONDS.search(text)
    rest = 10**9 * int(nanoseconds[1]) if nanoseconds else 0
    microseconds = (moment - _EPOCH) // dt.timedelta(microseconds=1)
    return _with_rest(np.array([microseconds]), np.array([rest]))[0]


def _dates(cells: list[bytes]) -> Words:
    days = [dt.date.fromisoformat(cell[_CONTENT:].decode()).toordinal() for cell in cells]
    return _time_words(np.array(days) - _EPOCH.toordinal(), "D")


def _spans(cells: list[bytes]) -> Words:
    """Days, seconds and microseconds, and nanoseconds where there are any."""
    parts = np.frombuffer(b"".join(cell[1:].ljust(32, b"\0") for cell in cells), "<i8").reshape(-1, 4)
    return _with_rest(parts[:, :3] @ np.array([_COARSE["D"], _COARSE["s"], 1]), parts[:, 3] * 10**9)


def _numpy_times(cells: list[bytes]) -> Words:
    return np.concatenate([_numpy_time(cell) for cell in cells])


def _numpy_time(cell: bytes) -> Words:
    """A time and its type, which may count in steps of several units."""
    end = _CONTENT + int.from_bytes(cell[1:_CONTENT], "little")
    ticks = np.array([int(cell[end + _CONTENT :])])
    return _key_words(column_of_array(ticks.view(cell[_CONTENT:end].decode())))


_READ: dict[bytes, Callable[[list[bytes]], Words]] = {
    b"n": _nothing,
    b"t": _truths,
    b"f": _truths,
    b"x": _floats,
    b"i": _integers,
    b"s": _texts,
    b"b": _texts,
    b"T": _moments,
    b"d": _dates,
    b"a": _spans,
    b"M": _numpy_times,
}
"""By the tag of typed bytes (`scalars.py`); others are hashed as they are, on either side."""
