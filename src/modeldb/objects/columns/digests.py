"""Any container -> the digest of the table it holds."""

from __future__ import annotations

import struct
import threading
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from typing import Any

from xxhash import xxh3_128_digest, xxh3_128_hexdigest

from modeldb.objects.columns.canonical import FORMAT, Budget, Hashed, OverBudget, hash_column, hash_matrix, hash_sparse
from modeldb.objects.columns.containers import read
from modeldb.objects.columns.forms import Column, Matrix, SparseMatrix
from modeldb.objects.columns.labels import encode, names_of
from modeldb.objects.columns.model import ColumnDigest, TableDigest, WideColumns, has_evidence
from modeldb.objects.columns.raw import raw_digest
from modeldb.objects.columns.tables import Table

_WIDE = 512
"""Tables with more columns than this keep their columns' digests packed until one is asked for."""
_REMEMBERED = 64
_REMEMBERED_COLUMNS = 1_000_000
"""Tables whose digests are remembered, and their columns together."""
_remembering = threading.Lock()
_met_before: OrderedDict[bytes, TableDigest] = OrderedDict()
"""The digests of the tables met last, by the bytes they are held in: a script meets the same data again and again."""
_TABLE = FORMAT + b"table"
_pack_counts = struct.Struct("<BIQQ").pack
_pack_levels = struct.Struct("<I").pack


def digest(value: Any, *, budget_s: float = 2.0, budget_bytes: int = 20 << 30) -> TableDigest | None:
    """Returns the digest of a table's full content, or None if the value is no table.

    A table above the budget gets a weak digest over its shape and types.
    """
    bytes_of_it = raw_digest(value)
    before = None if bytes_of_it is None else _remembered(bytes_of_it)
    if before is not None:
        return before
    table = read(value)
    if table is None:
        return None
    found = _digest(table, Budget(budget_s), budget_bytes)
    if bytes_of_it is not None and not found.weak:
        _remember(bytes_of_it, found)
    return found


def _remembered(bytes_of_it: bytes) -> TableDigest | None:
    with _remembering:
        found = _met_before.get(bytes_of_it)
        if found is not None:
            _met_before.move_to_end(bytes_of_it)
        return found


def _remember(bytes_of_it: bytes, found: TableDigest) -> None:
    with _remembering:
        _met_before[bytes_of_it] = found
        while len(_met_before) > 1 and (
            len(_met_before) > _REMEMBERED
            or sum(len(table.columns) for table in _met_before.values()) > _REMEMBERED_COLUMNS
        ):
            _met_before.popitem(last=False)


def _digest(table: Table, budget: Budget, budget_bytes: int) -> TableDigest:
    if _size(table) > budget_bytes:
        return _unread(table)
    try:
        hashed = _hash_pieces(table, budget)
        index = [hash_column(column, budget) for _, column in table.index] if table.index else []
    except OverBudget:
        return _unread(table)
    return _assemble(table, hashed, index)


def is_evidence(value: Any) -> bool:
    """Says whether this content is proof of where it came from.

    Constants, counters and tiny arrays are not: unrelated values share them. Takes a value or its digest.
    """
    table = value if isinstance(value, TableDigest) else digest(value)
    return table is not None and has_evidence(table)


def _hash_pieces(table: Table, budget: Budget) -> list[Hashed]:
    """Hashes all columns and puts them in the table's order."""
    if len(table.pieces) == 1 and isinstance(table.pieces[0][0], range):
        return _hash_piece(table.pieces[0][1], budget)
    in_order: dict[int, Hashed] = {}
    for positions, piece in table.pieces:
        in_order.update(zip(positions, _hash_piece(piece, budget), strict=True))
    return [in_order[position] for position in range(len(table.labels))]


def _hash_piece(piece: Column | Matrix | SparseMatrix, budget: Budget) -> list[Hashed]:
    if isinstance(piece, Matrix):
        return hash_matrix(piece, budget)
    if isinstance(piece, SparseMatrix):
        return hash_sparse(piece, budget)
    return [hash_column(piece, budget)]


def _assemble(table: Table, hashed: list[Hashed], index: list[Hashed]) -> TableDigest:
    """Digests kind, shape, labels and columns together."""
    weak = False
    for column in (*hashed, *index) if index else hashed:
        if column.weak:
            weak = True
            break
    kind = table.kind.encode()
    counts = _pack_counts(weak, len(kind), table.n_rows, len(hashed))
    parts = [_TABLE, counts, kind, encode(table.labels), *[column.digest for column in hashed]]
    levels: tuple[Hashable, ...] = ()
    if index:
        levels = tuple([label for label, _ in table.index])
        parts += [_pack_levels(len(index)), encode(levels), *[column.digest for column in index]]
    return TableDigest(
        xxh3_128_hexdigest(b"".join(parts)),
        _columns(table.labels, hashed),
        _columns(levels, index) if index else (),
        table.n_rows,
        table.container,
        weak,
    )


def _columns(labels: Sequence[Hashable], hashed: list[Hashed]) -> tuple[ColumnDigest, ...]:
    if len(hashed) > _WIDE:
        return WideColumns(labels, hashed)
    return tuple(
        [
            ColumnDigest(name, column.dtype, column.digest.hex(), column.trivial)
            for name, column in zip(names_of(labels), hashed, strict=True)
        ]
    )


def _size(table: Table) -> int:
    """Estimates the bytes that would be hashed."""
    total = 0
    for _, piece in table.pieces:
        if isinstance(piece, Matrix):
            total += piece.values.nbytes
            continue
        for part in ("values", "data", "lengths", "codes"):
            array = getattr(piece, part, b"")
            total += len(array) if isinstance(array, bytes) else array.nbytes
    return total


def _unread(table: Table) -> TableDigest:
    """Digests shape, labels and types only, under a mark of its own."""
    hashed: list[Any] = [None] * len(table.labels)
    for positions, piece in table.pieces:
        dtype = getattr(piece, "dtype", "category")
        mark = Hashed(dtype, xxh3_128_digest(FORMAT + b"unread" + dtype.encode()), False, True)
        for position in positions:
            hashed[position] = mark
    return _assemble(table, hashed or [], [])
