"""Any container -> the digest of the table it holds."""

from __future__ import annotations

import struct
from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from xxhash import xxh3_128_digest

from modeldb.objects.columns.canonical import (
    FORMAT,
    Budget,
    Column,
    Hashed,
    Matrix,
    OverBudget,
    SparseMatrix,
    hash_column,
    hash_matrix,
    hash_sparse,
)
from modeldb.objects.columns.containers import read
from modeldb.objects.columns.model import ColumnDigest, TableDigest, has_evidence
from modeldb.objects.columns.scalars import Encoder
from modeldb.objects.columns.tables import Table


def digest(value: Any, *, budget_s: float = 2.0, budget_bytes: int = 20 << 30) -> TableDigest | None:
    """Returns the digest of a table's full content, or None if the value is no table.

    A table above the budget gets a weak digest over its shape and types.
    """
    budget = Budget(budget_s)
    table = read(value)
    if table is None:
        return None
    if _size(table) > budget_bytes:
        return _weak(table)
    try:
        return _digest(table, budget)
    except OverBudget:
        return _weak(table)


def is_evidence(value: Any) -> bool:
    """Says whether this content is proof of where it came from.

    Constants, counters and tiny arrays are not: unrelated values share them. Takes a value or its TableDigest.
    """
    table = value if isinstance(value, TableDigest) else digest(value)
    return table is not None and has_evidence(table)


def _digest(table: Table, budget: Budget) -> TableDigest:
    hashed = _hash_pieces(table, budget)
    weak = False
    for column in hashed:
        if column.weak:
            weak = True
    names, labels_digest = _labels(table.labels)
    columns = _columns(names, hashed)
    if not table.index:
        parts = [_head(table, weak), labels_digest, *[column.digest for column in hashed]]
        whole = xxh3_128_digest(b"".join(parts)).hex()
        return TableDigest(whole, columns, (), table.n_rows, table.container, weak)
    index = [hash_column(column, budget) for _, column in table.index]
    weak = weak or any(column.weak for column in index)
    level_names, levels_digest = _labels(tuple(label for label, _ in table.index))
    parts = [_head(table, weak), labels_digest, *[column.digest for column in hashed]]
    parts += [struct.pack("<I", len(index)), levels_digest, *[column.digest for column in index]]
    whole = xxh3_128_digest(b"".join(parts)).hex()
    return TableDigest(whole, columns, _columns(level_names, index), table.n_rows, table.container, weak)


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


def _columns(names: Iterable[str], hashed: list[Hashed]) -> tuple[ColumnDigest, ...]:
    return tuple(
        [
            ColumnDigest(name, column.dtype, column.digest.hex(), column.trivial)
            for name, column in zip(names, hashed, strict=True)
        ]
    )


def _head(table: Table, weak: bool) -> bytes:
    kind = table.kind.encode()
    counts = struct.pack("<BIQQ", weak, len(kind), table.n_rows, len(table.labels))
    return b"%stable%b%b" % (FORMAT, counts, kind)


def _labels(labels: Sequence[Hashable]) -> tuple[tuple[str, ...], bytes]:
    """Returns the labels as text, and a digest of the labels with their types."""
    if isinstance(labels, range):
        return _numbered(len(labels)) if len(labels) <= 4096 else _encode_labels(labels)
    if all(type(label) is str for label in labels):
        return _named(labels) if len(labels) <= 4096 else _encode_labels(labels)
    return _encode_labels(labels)


def _encode_labels(labels: Sequence[Hashable]) -> tuple[tuple[str, ...], bytes]:
    encoder = Encoder()
    encoded = b"".join([encoder.encode(label) for label in labels])
    return tuple("" if label is None else str(label) for label in labels), xxh3_128_digest(encoded)


@lru_cache(maxsize=64)
def _numbered(count: int) -> tuple[tuple[str, ...], bytes]:
    return _encode_labels(range(count))


@lru_cache(maxsize=64)
def _named(labels: tuple[str, ...]) -> tuple[tuple[str, ...], bytes]:
    return _encode_labels(labels)


def _size(table: Table) -> int:
    """Estimates the bytes that would be hashed."""
    total = 0
    for _, piece in table.pieces:
        for part in ("values", "data", "lengths", "codes"):
            array = getattr(piece, part, None)
            total += getattr(array, "nbytes", 0) if not isinstance(array, bytes) else len(array)
    return total


def _weak(table: Table) -> TableDigest:
    """Digests shape, names and types only, under a mark of its own."""
    types: list[str] = [""] * len(table.labels)
    for positions, piece in table.pieces:
        for position in positions:
            types[position] = getattr(piece, "dtype", "category")
    names, labels_digest = _labels(table.labels)
    columns = tuple(
        ColumnDigest(name, dtype, xxh3_128_digest(b"%sunread%b" % (FORMAT, dtype.encode())).hex())
        for name, dtype in zip(names, types, strict=True)
    )
    parts = [_head(table, True), b"unread", labels_digest, *[column.digest.encode() for column in columns]]
    return TableDigest(
        xxh3_128_digest(b"".join(parts)).hex(), columns, (), table.n_rows, table.container, True
    )
