"""Rows as CSV and JSON."""

from __future__ import annotations

import base64
import csv
import io
import math
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from datetime import time as time_of_day
from typing import Any


def plain(value: Any) -> Any:
    """A value JSON can hold. Times are ISO 8601 with a Z: they are UTC. What is not a number is null."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else None
        case datetime():
            return value.isoformat() + ("" if value.tzinfo else "Z")
        case date() | time_of_day():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return str(value)


def json_text(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> str:
    """A JSON list with one object, and one line, per row."""
    import msgspec

    names = _distinct(columns)
    lines = [
        msgspec.json.encode({name: plain(value) for name, value in zip(names, row, strict=True)}).decode()
        for row in rows
    ]
    return "[" + ",\n ".join(lines) + "]\n"


def csv_text(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> str:
    """Comma-separated values with a header; null is empty, nested values are JSON."""
    import msgspec

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(
            [
                msgspec.json.encode(plain(value)).decode() if isinstance(value, list | dict | tuple)
                else value if isinstance(value, float) else plain(value)
                for value in row
            ]
        )  # fmt: skip
    return out.getvalue()


def _distinct(columns: Sequence[str]) -> list[str]:
    """Names made unique as `name`, `name_1`, …: an object holds each once (`select h.name, x.name`)."""
    seen: set[str] = set()
    names = []
    for column in columns:
        name, number = column, 0
        while name in seen:
            number += 1
            name = f"{column}_{number}"
        seen.add(name)
        names.append(name)
    return names
