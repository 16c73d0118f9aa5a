"""Ids from what people type or click, and small references to things by their id."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from modeldb.errors import Ambiguous, NotFound
from modeldb.server.source import Source

KEYS = {"model": ("models", "model_id"), "run": ("runs", "run_id"), "dataset": ("datasets", "dataset_id")}
IN_ONE_GO = 500
"""Values in one IN list: databases limit them."""


def full_id(source: Source, kind: str, text: str) -> str:
    """The id that is this text or begins with it. Raises NotFound or Ambiguous."""
    table, key = KEYS[kind]
    rows = source.query(
        f"SELECT {key} FROM {table} WHERE {key} >= :text AND {key} < :end ORDER BY {key} LIMIT 3",
        {"text": text, "end": text + "\U0010ffff"},
    )
    found = [row[0] for row in rows]
    if text in found:
        return text
    if not found or len(text) < 3:
        raise NotFound(f"No {kind} {text[:100]!r} in this store.")
    if len(found) > 1:
        raise Ambiguous(f"{text!r} begins several {kind}s: {', '.join(found)} … Type more of it.")
    return str(found[0])


def project_name(source: Source, text: str) -> str:
    """The name of the project with this id or name. Raises NotFound."""
    rows = source.query("SELECT name FROM projects WHERE project_id = :text OR name = :text", {"text": text})
    if not rows:
        raise NotFound(f"No project {text[:100]!r} in this store.")
    return str(rows[0][0])


def dicts(source: Source, columns: str, rest: str, params: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """The rows of `SELECT columns rest` as mappings. Columns are named as written, or after their `AS`."""
    names = column_names(columns)
    rows = source.query(f"SELECT {columns} {rest}", params or {})
    return [dict(zip(names, row, strict=True)) for row in rows]


@lru_cache(256)
def column_names(columns: str) -> tuple[str, ...]:
    """What the columns of a SELECT are called: as written, without their table, or after their `AS`."""
    return tuple(part.split(" AS ")[-1].split(".")[-1].strip().strip('"') for part in split_columns(columns))


def split_columns(columns: str) -> list[str]:
    """The parts of a column list, split at commas outside parentheses."""
    parts, depth, start = [], 0, 0
    for at, char in enumerate(columns):
        depth += (char == "(") - (char == ")")
        if char == "," and depth == 0:
            parts.append(columns[start:at])
            start = at + 1
    return [part.strip() for part in [*parts, columns[start:]]]


def rows_in(
    source: Source,
    columns: str,
    table: str,
    key: str,
    values: Iterable[str],
    rest: str = "",
    params: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """Rows of a table whose key is one of many values, as mappings; `params` are those of `rest`."""
    wanted: Sequence[str] = list(dict.fromkeys(value for value in values if value))
    out: list[dict[str, Any]] = []
    for start in range(0, len(wanted), IN_ONE_GO):
        some = wanted[start : start + IN_ONE_GO]
        marked = {f"v{i}": value for i, value in enumerate(some)}
        marks = ", ".join(f":{name}" for name in marked)
        out += dicts(source, columns, f"FROM {table} WHERE {key} IN ({marks}) {rest}", {**(params or {}), **marked})
    return out
