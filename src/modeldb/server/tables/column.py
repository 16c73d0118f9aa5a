"""One column of a pivot: a value per row, and the arrays that filters, sorting and grouping work on."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.core.codec import to_json
from modeldb.server.http.schemas import TableColumn, ValueCount

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MAX_OFFERED = 20
"""Distinct values offered as filters, at most."""

_NONE = type(None)
_type = type
_NUMBERS = {int, float, bool}


class Column:
    """The values of one column over all rows of a pivot, None where there is none.

    Values are JSON values. A column does not change: new data makes a new one.
    """

    def __init__(self, key: str, type: str, values: list[Any]) -> None:
        self.key = key
        self.type = type
        self.values = values
        self._described: tuple[tuple[bytes, bool | None, bool], TableColumn] | None = None

    @cached_property
    def types_seen(self) -> set[type]:
        return set(map(type, self.values)) - {_NONE}

    @cached_property
    def numbers(self) -> Floats:
        """The values as float64; NaN for what is missing or not a number. True is 1."""
        if self.types_seen <= _NUMBERS:
            return np.array(self.values, dtype=np.float64)
        if self.key.startswith("tag."):
            return np.array([_parsed(v) for v in self.values], dtype=np.float64)
        return np.array([v if type(v) in _NUMBERS else np.nan for v in self.values], dtype=np.float64)

    @cached_property
    def coded(self) -> tuple[Codes, list[Any]]:
        """A code per row, -1 where missing, and the distinct values in sorted order they stand for."""
        keys = self.values
        if not (self.types_seen <= {str} or self.types_seen <= {int, float}):
            keys = [_key(value) for value in self.values]
        by_key = dict(zip(keys, self.values, strict=True))
        by_key.pop(None, None)
        order = sorted(by_key, key=lambda key: sort_key(by_key[key]))
        place = {key: code for code, key in enumerate(order)}
        place[None] = -1
        codes = np.array([place[key] for key in keys], dtype=np.int64)
        return codes, [by_key[key] for key in order]

    @cached_property
    def present(self) -> Mask:
        return np.array([v is not None for v in self.values], dtype=np.bool_)

    @cached_property
    def is_numeric(self) -> bool:
        """True when every value there is a number, and not a boolean."""
        return self.types_seen <= {int, float}

    def followed_by(self, values: list[Any], type: str | None) -> Column:
        """The column with these values, of which this one's are the first; what is known of those is kept.

        `type` is its type, or None to conclude it from the values.
        """
        tail, known = values[len(self.values) :], self.__dict__
        new = Column(self.key, "", values)
        new.__dict__["types_seen"] = seen = self.types_seen | (set(map(_type, tail)) - {_NONE})
        new.type = type or _type_of(seen)
        if "numbers" in known and seen <= _NUMBERS:
            new.__dict__["numbers"] = np.concatenate([self.numbers, np.array(tail, dtype=np.float64)])
        if "present" in known:
            more = np.array([value is not None for value in tail], dtype=np.bool_)
            new.__dict__["present"] = np.concatenate([self.present, more])
        if "coded" in known and seen == self.types_seen and seen <= {str, int}:
            place: dict[Any, int] = {value: code for code, value in enumerate(self.coded[1])}
            place[None] = -1
            codes = [place.get(value) for value in tail]
            if None not in codes:
                new.__dict__["coded"] = np.concatenate([self.coded[0], np.array(codes, dtype=np.int64)]), self.coded[1]
        return new

    def sort_codes(self) -> Floats | Codes:
        """Something numpy can sort by; missing is NaN or -1."""
        return self.numbers if self.is_numeric else self.coded[0]

    def describe(self, rows: Codes, *, higher_is_better: bool | None, default: bool = False) -> TableColumn:
        """What this column holds over some rows."""
        # The same rows of the same column are described again and again while other columns change.
        asked = (rows.tobytes(), higher_is_better, default)
        if self._described is None or self._described[0] != asked:
            self._described = asked, self._describe(rows, higher_is_better, default)
        return self._described[1]

    def _describe(self, rows: Codes, higher_is_better: bool | None, default: bool) -> TableColumn:
        kind, _, name = self.key.partition(".") if "." in self.key else ("field", "", self.key)
        if self.type in ("number", "bytes", "duration", "time") and self.is_numeric:
            return self._describe_numbers(rows, kind, name, higher_is_better, default)
        if self.type == "id":
            return self._describe_ids(rows, name, default)
        codes, distinct = self.coded
        counts = np.bincount(codes[rows] + 1, minlength=len(distinct) + 1)[1:]
        used = np.flatnonzero(counts)
        values: list[ValueCount] = []
        if 0 < len(used) <= MAX_OFFERED:
            values = [ValueCount(value=distinct[i], count=int(counts[i])) for i in used]
        present = int(counts.sum())
        return TableColumn(
            key=self.key, kind=kind, name=name, type=self.type, count=present, distinct=len(used),
            varies=len(used) > 1,
            higher_is_better=higher_is_better, default=default, values=values,
        )  # fmt: skip

    def _describe_ids(self, rows: Codes, name: str, default: bool) -> TableColumn:
        there = [value for row in rows if (value := self.values[row]) is not None]
        distinct = len(set(there))
        return TableColumn(key=self.key, kind="field", name=name, type="id", count=len(there), distinct=distinct,
                           varies=distinct > 1, default=default)  # fmt: skip

    def _describe_numbers(self, rows: Codes, kind: str, name: str, higher: bool | None, default: bool) -> TableColumn:
        numbers = self.numbers[rows]
        there = numbers[~np.isnan(numbers)]
        if not len(there):
            return TableColumn(key=self.key, kind=kind, name=name, type=self.type, count=0, distinct=0,
                               higher_is_better=higher, default=default)  # fmt: skip
        unique, counts = np.unique(there, return_counts=True)
        finite = unique[np.isfinite(unique)]
        low, high = (float(finite[0]), float(finite[-1])) if len(finite) else (None, None)
        integer = bool(np.all(finite == np.floor(finite)))
        values: list[ValueCount] = []
        if len(unique) <= MAX_OFFERED:
            pairs = zip(unique.tolist(), counts.tolist(), strict=True)
            values = [ValueCount(value=int(v) if integer and v == v // 1 else v, count=c) for v, c in pairs]
        return TableColumn(
            key=self.key, kind=kind, name=name, type=self.type,
            count=len(there), distinct=len(unique), min=low, max=high,
            varies=len(unique) > 1,
            log_scale=self.type == "number" and low is not None and high is not None
            and low > 0 and high >= 100 * low,
            integer=integer, higher_is_better=higher, default=default, values=values,
        )  # fmt: skip


def type_of(values: list[Any]) -> str:
    """The type of a column of JSON values: `number`, `boolean`, `text` or `json`."""
    return _type_of(set(map(type, values)) - {_NONE})


def _type_of(types: set[type]) -> str:
    if types and types <= {int, float}:
        return "number"
    if types == {bool}:
        return "boolean"
    # Mixed, as max_features is: numbers sort before texts, and lists make it json.
    return "json" if types & {list, dict} else "text"


def sort_key(value: Any) -> tuple[int, float, str]:
    """Numbers before texts, texts without regard to case, lists and mappings last."""
    if isinstance(value, bool):
        return (0, float(value), "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    if isinstance(value, str):
        return (2, 0.0, value.lower() + "\0" + value)
    return (3, 0.0, to_json(value))


def as_text(value: Any) -> str:
    """A value as text, as the public views have it: the text itself, a scalar's Python spelling, else JSON."""
    if isinstance(value, list | dict):
        return to_json(value)
    return str(value)


def _parsed(value: Any) -> float:
    """A number written as text: tags have no other values."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def _key(value: Any) -> Any:
    # True and 1 are equal and hash alike, yet are different hyperparameters.
    if isinstance(value, bool):
        return ("b", value)
    if isinstance(value, list | dict):
        return ("j", to_json(value))
    return value
