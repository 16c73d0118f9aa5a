"""What to call things: ids alone tell people little."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from modeldb.history.steps import select_in
from modeldb.query.layout import number
from modeldb.query.replica import CatalogReader

SHORT = 10
"""Characters of an id in running text: the letter, the dash and eight digits."""


@dataclass(frozen=True)
class Called:
    """A thing's name and size, for one line of text."""

    kind: str
    identifier: str
    name: str | None
    size: str

    def __str__(self) -> str:
        return " ".join(filter(None, [self.name, self.size, short(self.identifier)]))


def short(identifier: str) -> str:
    """The first characters of an id; enough to type it again, as long as they are unique."""
    return identifier[:SHORT]


def call(catalog: CatalogReader, ids: Iterable[str]) -> dict[str, Called]:
    """Names of datasets, files and models."""
    ids = list(dict.fromkeys(ids))
    named = {}
    for row in select_in(
        catalog, "SELECT dataset_id, name, n_rows, n_columns FROM datasets WHERE dataset_id IN :ids", ids
    ):
        named[row[0]] = Called("dataset", row[0], row[1], shape(row[2], row[3]))
    for row in select_in(catalog, "SELECT file_id, path, size FROM files WHERE file_id IN :ids", ids):
        named[row[0]] = Called("file", row[0], os.path.basename(row[1]), in_bytes(row[2]))
    for row in select_in(catalog, "SELECT model_id, type, name FROM models WHERE model_id IN :ids", ids):
        label = f"{row[2]} ({row[1]})" if row[2] else row[1]
        named[row[0]] = Called("model", row[0], label, "")
    return named


def shape(rows: int | None, columns: int | None) -> str:
    """`600 × 4`."""
    return "" if rows is None else f"{rows:,} × {columns}" if columns is not None else f"{rows:,} rows"


def in_bytes(size: float | None) -> str:
    """`7.8 kB`: decimal units."""
    if size is None:
        return ""
    if size < 1000:
        return f"{size:.0f} B"
    for unit in ("kB", "MB"):
        size /= 1000
        if size < 1000:
            return f"{size:.1f} {unit}"
    return f"{size / 1000:.1f} GB"


def in_seconds(seconds: float | None) -> str:
    """`24 s`, `3 min`, `2 h`."""
    if seconds is None:
        return ""
    if seconds < 120:
        return f"{number(round(seconds, 3))} s" if seconds < 10 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def place(file: str | None, line: int | None) -> str:
    """`train.py:18`."""
    return "" if file is None else f"{os.path.basename(file)}:{line}" if line else os.path.basename(file)
