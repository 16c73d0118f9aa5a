"""How the values of a kept data set's columns are distributed: bins for numbers and times, counts for the rest.

A data set's content never changes, so what was computed is remembered for as long as the server runs.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.core.codec import to_json
from modeldb.errors import NotFound
from modeldb.server.http.schemas import Bins, ColumnDistribution, Distributions, TopValue
from modeldb.server.pages.find import full_id
from modeldb.server.source import Source

BINS = 24
MOST_SHOWN = 6
LONGEST_TEXT = 80
MAX_REMEMBERED = 40
SECONDS = {"D": 86400.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
BEFORE_THE_COLUMNS = 2
"""Kept rows begin with their number and their digest."""

KeptRows = Callable[[str], Any]
"""The kept rows of a data set as an Arrow table: `row`, `example`, then the columns. Raises NotFound."""


class Remembered:
    """The distributions asked for last, by data set. Threads: any."""

    def __init__(self, kept_rows: KeptRows) -> None:
        self._kept_rows = kept_rows
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Distributions] = OrderedDict()

    def of(self, source: Source, text: str) -> Distributions:
        """The distributions of the data set with this id or prefix. Raises NotFound or Ambiguous."""
        dataset_id = full_id(source, "dataset", text)
        with self._lock:
            known = self._known.get(dataset_id)
            if known is not None:
                self._known.move_to_end(dataset_id)
                return known
        try:
            table = self._kept_rows(dataset_id)
        except NotFound as error:
            return Distributions(available=False, reason=str(error))
        made = Distributions(available=True, n_rows=table.num_rows, columns=distributions(table))
        with self._lock:
            self._known[dataset_id] = made
            if len(self._known) > MAX_REMEMBERED:
                self._known.popitem(last=False)
        return made


def distributions(table: Any) -> list[ColumnDistribution]:
    """The distribution of every column of some kept rows."""
    columns = table.columns[BEFORE_THE_COLUMNS:]
    return [_of_column(position, column) for position, column in enumerate(columns)]


def bins(values: npt.NDArray[np.float64]) -> Bins | None:
    """Equal bins over finite values; one a value where they are few whole numbers. None when there are no values."""
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    # Halves, since the distance from the least to the largest double is none.
    reach = high / 2 - low / 2
    if reach == 0:
        return Bins(low=low, high=high, counts=[len(values)])
    if reach < BINS / 2 and not np.any(values % 1):
        counts = np.bincount((values - low).astype(np.int64))
        return Bins(low=low - 0.5, high=high + 0.5, counts=counts.tolist())
    places = (values / 2 - low / 2) / reach * BINS
    counts = np.bincount(np.minimum(places.astype(np.int64), BINS - 1), minlength=BINS)
    return Bins(low=low, high=high, counts=counts.tolist())


def _of_column(position: int, column: Any) -> ColumnDistribution:
    numbers, unit = _numbers(column)
    if numbers is None:
        return _of_values(position, column)
    finite = numbers[np.isfinite(numbers)]
    n_infinite = int(np.isinf(numbers).sum())
    return ColumnDistribution(
        position=position, unit=unit, bins=bins(finite), n_missing=len(numbers) - len(finite) - n_infinite,
        n_infinite=n_infinite,
    )  # fmt: skip


def _numbers(column: Any) -> tuple[npt.NDArray[np.float64] | None, str]:
    """A column as numbers, and what they count; None when it does not hold numbers or times."""
    from pyarrow import types

    kind = column.type
    if types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind):
        return column.to_numpy(zero_copy_only=False).astype(np.float64), "number"
    if types.is_date(kind) or types.is_timestamp(kind) or types.is_duration(kind):
        return _seconds(column.to_numpy(zero_copy_only=False)), "duration" if types.is_duration(kind) else "time"
    return None, ""


def _seconds(moments: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    unit, multiple = np.datetime_data(moments.dtype)
    seconds = moments.astype(np.int64) * multiple * SECONDS[unit]
    return np.where(np.isnat(moments), np.nan, seconds)


def _of_values(position: int, column: Any) -> ColumnDistribution:
    from pyarrow import types

    if types.is_nested(column.type):  # complex numbers, which Arrow cannot count
        import pyarrow as pa

        column = pa.array([None if value is None else _text(value) for value in column.to_pylist()], pa.string())
    counted = column.drop_null().value_counts()
    counts = counted.field("counts").to_numpy(zero_copy_only=False)
    values = counted.field("values")
    most = np.argsort(-counts, kind="stable")[:MOST_SHOWN].tolist()
    top = [TopValue(value=_text(values[place].as_py()), count=int(counts[place])) for place in most]
    n_other = len(column) - column.null_count - sum(one.count for one in top)
    return ColumnDistribution(
        position=position, unit="value", top=top, n_other=n_other, n_missing=column.null_count
    )  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "backslashreplace")
    text = value if isinstance(value, str) else to_json(value) if isinstance(value, list | dict) else str(value)
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"
