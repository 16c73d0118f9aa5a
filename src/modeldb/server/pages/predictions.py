"""Stored predictions as arrays, read through the public views.

Everything that is computed from predictions asks here, and asks in SQL: whatever stores predictions need only fill
the views `predictions` and `examples`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.errors import NotFound, QueryError
from modeldb.server.http.schemas import EvaluatedDataset
from modeldb.server.pages.find import dicts
from modeldb.server.source import Source

Sql = Callable[..., Any]
"""`Database.sql`: a statement and its parameters to a `Result`."""


@dataclass(frozen=True)
class Predicted:
    """One model's predictions on one dataset, in the order of its rows."""

    rows: npt.NDArray[np.int64]
    examples: list[str | None]
    labels: list[Any]
    predictions: list[Any]
    scores: list[Sequence[float] | None]
    losses: list[float | None]

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def labelled(self) -> npt.NDArray[np.bool_]:
        return np.array([label is not None for label in self.labels], dtype=np.bool_)

    def at(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """The places of some of its rows."""
        return np.searchsorted(self.rows, rows)

    @cached_property
    def errors(self) -> npt.NDArray[np.float64]:
        """Predicted minus actual; NaN where either is no number."""
        pairs = zip(self.predictions, self.labels, strict=True)
        return np.array([as_float(said) - as_float(label) for said, label in pairs])

    @cached_property
    def correct(self) -> list[bool | None]:
        pairs = zip(self.labels, self.predictions, strict=True)
        return [None if label is None else same_label(label, said) for label, said in pairs]


def evaluated_datasets(source: Source, model_id: str) -> list[EvaluatedDataset]:
    """The data this model's predictions are stored for; those with the most labels first."""
    rows = dicts(
        source,
        "s.dataset_id, d.name, max(s.n_rows) AS n_rows, max(s.n_labelled) AS n_labelled, max(s.n_correct) AS n_correct",
        "FROM prediction_sets s LEFT JOIN datasets d ON d.dataset_id = s.dataset_id WHERE s.model_id = :id "
        "GROUP BY s.dataset_id, d.name",
        {"id": model_id},
    )
    trained = source.query("SELECT train_dataset_id FROM models WHERE model_id = :id", {"id": model_id})
    train_id = trained[0][0] if trained else None
    rows.sort(key=lambda row: (row["dataset_id"] == train_id, -(row["n_labelled"] or 0)))
    return [EvaluatedDataset(**row) for row in rows]


def predicted(sql: Sql, model_id: str, dataset_id: str, output: int = 0) -> Predicted | None:
    """The newest stored predictions of one of the model's outputs, one per row; None when there are none.

    Labels and classes stand next to scores, when the model gave scores for the same rows.
    """
    try:
        result = sql(
            'SELECT "row", any_value(example), any_value(label), any_value(prediction), any_value(score), '
            "any_value(loss) FROM predictions WHERE model_id = ? AND dataset_id = ? AND output = ? "
            'GROUP BY "row" ORDER BY "row"',
            [model_id, dataset_id, output],
        )
    except (QueryError, NotFound):
        return None
    found = list(result)
    if not found:
        return None
    rows, examples, labels, said, scores, losses = zip(*found, strict=True)
    return Predicted(
        rows=np.array(rows, dtype=np.int64),
        examples=[None if e is None else str(e) for e in examples],
        labels=list(labels),
        predictions=list(said),
        scores=list(scores),
        losses=list(losses),
    )


def n_outputs(sql: Sql, model_ids: Sequence[str], dataset_id: str) -> int:
    """How many outputs these models have, the one with the most; 1 when nothing is stored."""
    marks = ", ".join("?" * len(model_ids))
    try:
        [[last]] = sql(
            f"SELECT max(output) FROM predictions WHERE dataset_id = ? AND model_id IN ({marks})",
            [dataset_id, *model_ids],
        )
    except (QueryError, NotFound):
        return 1
    return 1 if last is None else int(last) + 1


def of_output(output: int, outputs: int) -> str:
    """What a statement adds about one output of several."""
    return f" AND output = {output:d}" if outputs > 1 else ""


def predicted_about(sql: Sql, dataset_id: str, row: int) -> dict[int, dict[str, Predicted]]:
    """What every model said about one row, by output and model."""
    try:
        found = sql(
            "SELECT output, model_id, any_value(example), any_value(label), any_value(prediction), any_value(score), "
            'any_value(loss) FROM predictions WHERE dataset_id = ? AND "row" = ? GROUP BY output, model_id',
            [dataset_id, row],
        )
    except (QueryError, NotFound):
        return {}
    said: dict[int, dict[str, Predicted]] = {}
    for output, model_id, example, label, value, score, loss in found:
        said.setdefault(output, {})[model_id] = Predicted(
            np.array([row]), [None if example is None else str(example)], [label], [value], [score], [loss]
        )
    return said


def kept_row(sql: Sql, dataset_id: str, row: int) -> tuple[list[str], list[Any]]:
    """Column names and values of one kept row; nothing when it is not kept."""
    try:
        result = sql(f"SELECT * FROM examples('{dataset_id}') WHERE \"row\" = ?", [row])
    except (QueryError, NotFound):
        return [], []
    shown = [i for i, name in enumerate(result.columns) if name not in ("row", "example")]
    return [result.columns[i] for i in shown], [found[i] for found in result for i in shown]


def kept_rows(sql: Sql, dataset_id: str) -> tuple[list[str], list[list[Any]]] | None:
    """Column names and values of a dataset's kept rows, in order; None when they are not kept."""
    try:
        result = sql(f"SELECT * FROM examples('{dataset_id}') ORDER BY \"row\"")
    except (QueryError, NotFound):
        return None
    names = list(result.columns)
    shown = [i for i, name in enumerate(names) if name not in ("row", "example")]
    return [names[i] for i in shown], [[row[i] for i in shown] for row in result]


def same_label(label: Any, said: Any) -> bool:
    """Whether a prediction is the label, whatever types they were stored as."""
    if label == said:
        return True
    try:
        return float(label) == float(said)
    except (TypeError, ValueError):
        return str(label) == str(said)


def as_float(value: Any) -> float:
    """A number that may be stored as text; NaN for anything else."""
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
