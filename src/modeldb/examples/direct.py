"""Questions that the label matrix answers by itself: what their SQL gives, without the engine.

The engine needs a few milliseconds to take in a table, plan a statement and hand out its rows, whatever the statement.
These tables are as it makes them: rows in order, text as text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.examples.functions import Asked, Functions
from modeldb.examples.lazy import words

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray


_HISTORY_ORDER = ("created_at", "model_id", "output", "dataset_id", "row")


class Direct:
    """The answers of `Examples` that need no SQL. Threads: any."""

    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def disagree(self, dataset_id: str, a: str, b: str) -> pyarrow.Table | None:
        """`row`, `example`, `label`, `a`, `b` where two models say different things; None for models that predict
        numbers, which the engine knows to compare."""
        asked = self._functions.asked(f"{dataset_id} {a} {b}")
        lines = {answers.model_id: line for answers, line in asked.lines}
        first, second = lines[a], lines[b]
        if first is None or second is None:
            return None
        rows = np.flatnonzero(first.prediction != second.prediction)
        said = [first.prediction[rows], second.prediction[rows]]
        if rows.size and min(codes.min() for codes in said) < 0:
            both = (said[0] >= 0) & (said[1] >= 0)
            rows, said = rows[both], [codes[both] for codes in said]
        texts = [words(codes, asked.names, "i4").dictionary_decode() for codes in said]
        return self._table(asked, rows, a=texts[0], b=texts[1])

    def always_wrong(self, dataset_id: str, models: Sequence[str]) -> pyarrow.Table:
        """`row`, `example`, `label` of what every one of these models gets wrong; of what all do for none."""
        asked = self._functions.asked(" ".join([dataset_id, *models]))
        counts = self._functions.counts(asked)
        return self._table(asked, np.flatnonzero((counts.n_right == 0) & (counts.n_models > 0)))

    def history(self, places: Sequence[tuple[str, int]]) -> pyarrow.Table:
        """What every model said about an example, in all of these datasets and rows, oldest first."""
        import pyarrow as pa

        found = [self._functions.history(f"{dataset_id} {row:d}") for dataset_id, row in places]
        table = pa.table({name: _decoded(column) for name, column in _columns(pa.concat_tables(found))})
        if len(found) == 1:
            return table  # it is in order
        return table.sort_by([(name, "ascending") for name in _HISTORY_ORDER])

    def _table(self, asked: Asked, rows: NDArray[Any], **more: Any) -> pyarrow.Table:
        """Some rows of the columns every function begins with, and more columns of as many rows."""
        import pyarrow as pa

        places = pa.array(rows)
        head = {name: _decoded(column.take(places)) for name, column in self._functions.head(asked).items()}
        return pa.table(head | more)


def _columns(table: pyarrow.Table) -> list[tuple[str, Any]]:
    return list(zip(table.column_names, table.columns, strict=True))


def _decoded(column: Any) -> Any:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        return column
    return column.cast(column.type.value_type)
