"""A filter expression over a pivot: which rows pass.

Truth has three values, as in SQL: a comparison with something missing is neither true nor false, so that `not (x = 1)`
does not find rows without x. Every node therefore gives two masks: surely true, surely false.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime

import numpy as np

from modeldb.server.tables.column import Column, Mask, as_text
from modeldb.server.tables.expressions import (
    All,
    Any,
    Compare,
    Expression,
    Missing,
    Not,
    OneOf,
    Scalar,
    Search,
    Text,
)
from modeldb.server.tables.parser import FilterError

Lookup = Callable[[str, int], Column]
"""The column with this key; the position is for its error."""

SEARCHED = ("name", "type", "steps", "id", "run", "script", "note")
_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*([smhdw])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def passing(expression: Expression, lookup: Lookup, search: list[Column], n: int) -> Mask:
    """True for the rows that pass.

    `search` are the columns a quoted word alone is looked for in. Raises FilterError.
    """
    return _masks(expression, lookup, search, n)[0]


def parse_time(text: str, position: int) -> float:
    """Seconds since the epoch of ISO text, or of an age such as `7d` before now."""
    if age := _AGE.fullmatch(text.strip()):
        return time.time() - float(age.group(1)) * _SECONDS[age.group(2)]
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise FilterError(
            f"{text!r} is not a time", position, "Write 2026-05-01, 2026-05-01T12:30 or an age such as 7d."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def like_pattern(text: str) -> re.Pattern[str]:
    """SQL's LIKE as a regular expression: `%` is anything, `_` one character."""
    parts = [{"%": ".*", "_": "."}.get(char) or re.escape(char) for char in text]
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)


def _masks(node: Expression, lookup: Lookup, search: list[Column], n: int) -> tuple[Mask, Mask]:
    match node:
        case All(items) | Any(items):
            pairs = [_masks(item, lookup, search, n) for item in items]
            both, either = np.logical_and.reduce, np.logical_or.reduce
            trues, falses = [p[0] for p in pairs], [p[1] for p in pairs]
            return (both(trues), either(falses)) if isinstance(node, All) else (either(trues), both(falses))
        case Not(item):
            true, false = _masks(item, lookup, search, n)
            return false, true
        case Missing(key, position):
            present = lookup(key, position).present
            return ~present, present
        case Compare(key, op, value, position):
            return _compare(lookup(key, position), op, value, position)
        case OneOf(key, values, position):
            column = lookup(key, position)
            pairs = [_compare(column, "=", value, position) for value in values]
            return np.logical_or.reduce([p[0] for p in pairs]), np.logical_and.reduce([p[1] for p in pairs])
        case Text(key, how, text, position):
            return _by_value(lookup(key, position), _text_test(how, text))
        case Search(text):
            test = _text_test("contains", text)
            true = np.logical_or.reduce([_by_value(column, test)[0] for column in search])
            return true, ~true
    raise TypeError(f"not an expression: {node!r}")


def _compare(column: Column, op: str, value: Scalar, position: int) -> tuple[Mask, Mask]:
    if column.type == "time":
        value = parse_time(value, position) if isinstance(value, str) else value
    if isinstance(value, str):
        return _by_value(column, _ORDER_TEXT[op](value))
    numbers = column.numbers
    if isinstance(value, bool) or column.type == "boolean":
        return _by_value(column, _equals_bool(op, value, position))
    with np.errstate(invalid="ignore"):
        true = _ORDER_NUMBERS[op](numbers, float(value))
    # A text is surely not this number, so that `max_features != 1` finds 'sqrt'.
    there = column.present & ~np.isnan(numbers)
    if op == "!=":
        return true & column.present, ~true & there
    if op == "=":
        return true, ~true & column.present
    return true & there, ~true & there


def _by_value(column: Column, test: Callable[[object], bool]) -> tuple[Mask, Mask]:
    """Asks the test once per distinct value."""
    codes, distinct = column.coded
    answers = np.array([test(value) for value in distinct] + [False], dtype=np.bool_)
    true = answers[codes]
    return true, ~true & (codes >= 0)


def _text_test(how: str, text: str) -> Callable[[object], bool]:
    if how == "like":
        pattern = like_pattern(text)
        return lambda value: pattern.fullmatch(as_text(value)) is not None
    lower = text.lower()
    match how:
        case "contains":
            return lambda value: lower in as_text(value).lower()
        case "starts":
            return lambda value: as_text(value).lower().startswith(lower)
        case _:
            return lambda value: as_text(value).lower().endswith(lower)


def _equals_bool(op: str, value: Scalar, position: int) -> Callable[[object], bool]:
    if op not in ("=", "!="):
        raise FilterError("true and false can only be compared with = and !=", position)
    wanted = op == "="
    if isinstance(value, bool):
        return lambda found: (isinstance(found, bool) and found == value) == wanted
    return lambda found: (found == value) == wanted


_ORDER_TEXT: dict[str, Callable[[str], Callable[[object], bool]]] = {
    "=": lambda text: lambda value: as_text(value) == text,
    "!=": lambda text: lambda value: as_text(value) != text,
    "<": lambda text: lambda value: isinstance(value, str) and value < text,
    "<=": lambda text: lambda value: isinstance(value, str) and value <= text,
    ">": lambda text: lambda value: isinstance(value, str) and value > text,
    ">=": lambda text: lambda value: isinstance(value, str) and value >= text,
}
_ORDER_NUMBERS = {
    "=": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}
