"""A table as every reader leaves it: labels, columns in pieces, index. Values are not copied here."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

from modeldb.objects.columns.forms import Column, Matrix, SparseMatrix

VECTOR, SERIES, ARRAY, FRAME, SCALAR = "vector", "series", "array", "frame", "scalar"
"""Kinds of table: one dimension without and with a name, numbered columns, named columns, a single value."""


@dataclass(slots=True)
class Table:
    """What a container holds, in terms of canonical columns."""

    kind: str
    container: str
    n_rows: int
    labels: Sequence[Hashable]
    """One per column, in order."""
    pieces: Sequence[tuple[Sequence[int], Column | Matrix | SparseMatrix]]
    """Positions of columns and what they hold; together the pieces cover each position once."""
    index: list[tuple[Any, Column]] = field(default_factory=list)
    """Label and content of each index level; empty for 0, 1, 2, …"""


def vector(container: str, column: Column | Matrix, n_rows: int) -> Table:
    """Returns a table of one nameless column."""
    return Table(VECTOR, container, n_rows, range(1), [(range(1), column)])
