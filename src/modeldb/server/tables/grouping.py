"""Groups of rows and what is aggregated over them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from modeldb.errors import InvalidInput
from modeldb.server.tables.column import Codes, Column, Floats, as_text
from modeldb.server.tables.parser import KINDS, column_key, literal

AGGREGATES = ("count", "mean", "median", "min", "max", "sum", "std", "variance", "first", "last")


@dataclass(frozen=True)
class Aggregate:
    """`how` over the column `key`; `count` alone counts rows."""

    how: str
    key: str

    @property
    def name(self) -> str:
        return f"{self.how}:{self.key}" if self.key else self.how


@dataclass(frozen=True)
class Groups:
    """Which group each row is in, and the values that tell the groups apart."""

    of_row: Codes
    """Per row, the number of its group."""
    values: list[tuple[Any, ...]]
    filters: list[str]

    def __len__(self) -> int:
        return len(self.values)


def parse_aggregate(text: str) -> Aggregate:
    """`mean:metric.accuracy` or `count`. Raises InvalidInput."""
    how, _, key = text.partition(":")
    if how not in AGGREGATES or (not key and how != "count"):
        raise InvalidInput(
            f"{text!r} is not an aggregate. Write one of {', '.join(AGGREGATES)}, a colon and a column: "
            "mean:metric.accuracy."
        )
    return Aggregate(how, key)


def make_groups(columns: list[Column], rows: Codes) -> Groups:
    """The groups that these rows form by the values of some columns. Times are grouped by their UTC day."""
    combined = np.zeros(len(rows), dtype=np.int64)
    parts: list[tuple[Codes, list[Any], Column]] = []
    for column in columns:
        codes, distinct = _by_day(column) if column.type == "time" else column.coded
        parts.append((codes[rows] + 1, distinct, column))
        combined = combined * (len(distinct) + 1) + parts[-1][0]
        # Renumbered after each column, so that many columns do not overflow.
        combined = np.unique(combined, return_inverse=True)[1].astype(np.int64)
    _, first = np.unique(combined, return_index=True)
    values, filters = [], []
    for row in first:
        chosen = [(None if codes[row] == 0 else distinct[codes[row] - 1]) for codes, distinct, _ in parts]
        values.append(tuple(chosen))
        filters.append(" and ".join(_filter(column, v) for (_, _, column), v in zip(parts, chosen, strict=True)))
    return Groups(combined, values, filters)


def aggregate(how: str, column: Column | None, rows: Codes, groups: Groups) -> list[Any]:
    """One value per group; None where the group has no value."""
    n = len(groups)
    if column is None:
        return [int(c) for c in np.bincount(groups.of_row, minlength=n)]
    present = column.present[rows]
    of_row = groups.of_row[present]
    if how == "count":
        return [int(c) for c in np.bincount(of_row, minlength=n)]
    if how in ("first", "last"):
        return _edge(column, rows[present], of_row, n, how)
    numbers = column.numbers[rows][present]
    there = ~np.isnan(numbers)
    return _numeric(how, numbers[there], of_row[there], n)


def _numeric(how: str, numbers: Floats, of_row: Codes, n: int) -> list[float | None]:
    counts = np.bincount(of_row, minlength=n)
    order = np.argsort(of_row, kind="stable")
    if how in ("median", "min", "max"):
        order = np.lexsort((numbers, of_row))
    ordered = numbers[order]
    starts = np.concatenate(([0], np.cumsum(counts)[:-1]))
    used = np.flatnonzero(counts)
    out: list[float | None] = [None] * n
    if not len(used):
        return out
    with np.errstate(invalid="ignore", over="ignore"):
        sums = np.add.reduceat(ordered, starts[used])
        means = sums / counts[used]
        match how:
            case "sum":
                result = sums
            case "mean":
                result = means
            case "min":
                result = ordered[starts[used]]
            case "max":
                result = ordered[starts[used] + counts[used] - 1]
            case "median":
                low = ordered[starts[used] + (counts[used] - 1) // 2]
                result = (low + ordered[starts[used] + counts[used] // 2]) / 2
            case _:
                spread = np.add.reduceat((ordered - np.repeat(means, counts[used])) ** 2, starts[used]) / np.maximum(
                    counts[used] - 1, 1
                )
                spread[counts[used] < 2] = np.nan
                result = np.sqrt(spread) if how == "std" else spread
    for group, value in zip(used, result, strict=True):
        out[group] = float(value) if np.isfinite(value) else None
    return out


def _edge(column: Column, rows: Codes, of_row: Codes, n: int, how: str) -> list[Any]:
    out: list[Any] = [None] * n
    pairs = list(zip(of_row.tolist(), rows.tolist(), strict=True))
    for group, row in reversed(pairs) if how == "first" else pairs:
        out[group] = column.values[row]
    return out


def _by_day(column: Column) -> tuple[Codes, list[Any]]:
    days = np.floor(column.numbers / 86400)
    distinct, codes = np.unique(days[~np.isnan(days)], return_inverse=True)
    out = np.full(len(days), -1, dtype=np.int64)
    out[~np.isnan(days)] = codes
    return out, [float(day) * 86400 for day in distinct]


def _filter(column: Column, value: Any) -> str:
    kind, dot, name = column.key.partition(".")
    key = column_key(kind, name) if dot and kind in KINDS else column.key
    if value is None:
        return f"{key} is null"
    if column.type == "time":
        day = datetime.fromtimestamp(value, UTC).date()
        return f"{key} >= '{day}' and {key} < '{day + timedelta(days=1)}'"
    if isinstance(value, list | dict):
        value = as_text(value)
    return f"{key} = {literal(value)}"
