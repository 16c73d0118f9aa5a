"""The table behind the view `predictions`: every kept prediction, read when a query asks for it.

To the engine it is an Arrow dataset like any other. When a query scans it, the engine says which columns it needs and
what must hold of them; only the sets that can answer are read, and of those only the columns: a question about two
models reads two sets, one about labels no scores.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds

from modeldb.examples.filters import understand
from modeldb.examples.reading import Answers, Outcome, Output, by_dataset
from modeldb.examples.scoring import Classes, Numbers, Values, correct, loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from modeldb.examples.matrix import Line
    from modeldb.examples.tables import Tables

_WORD = pa.dictionary(pa.int32(), pa.string())

SCHEMA = pa.schema(
    [
        ("model_id", _WORD),
        ("dataset_id", _WORD),
        ("action_id", _WORD),
        ("row", pa.int64()),
        ("example", pa.uint64()),
        ("label", _WORD),
        ("prediction", _WORD),
        ("label_value", pa.float64()),
        ("prediction_value", pa.float64()),
        ("score", pa.list_(pa.float64())),
        ("correct", pa.bool_()),
        ("loss", pa.float64()),
        ("output", pa.int64()),
    ]
)
CONSTANT = frozenset({"model_id", "dataset_id", "action_id"})
FROM_OUTCOMES = frozenset({"label", "prediction", "label_value", "prediction_value", "correct", "loss"})


class Predictions(ds.InMemoryDataset):
    """Predictions of one moment of the catalog, as an Arrow dataset that reads nothing before it is scanned."""

    def __init__(self, tables: Tables) -> None:
        super().__init__(SCHEMA.empty_table())
        self._tables = tables

    def scanner(self, columns: Sequence[str] | None = None, filter: Any = None, **options: Any) -> Any:
        """What the engine calls to read: a scanner over the sets that the filter admits."""
        wanted = understand(filter, CONSTANT)
        chosen = [a for a in self._tables.answers() if wanted.admits(a.constants)]
        names = list(SCHEMA.names if columns is None else columns)
        needed = names if wanted.rest is None else list(dict.fromkeys([*names, *fields_of(wanted.rest)]))
        schema = pa.schema([SCHEMA.field(name) for name in needed])
        batches = self._batches(chosen, schema, wanted.row)
        if wanted.rest is None:
            return _Scan(schema, batches)
        options.pop("schema", None)
        return ds.Scanner.from_batches(batches, schema=schema, columns=names, filter=wanted.rest, **options)

    def _batches(self, chosen: Sequence[Answers], schema: pa.Schema, row: int | None) -> Iterator[pa.RecordBatch]:
        if not FROM_OUTCOMES.isdisjoint(schema.names):
            self._tables.prepare(chosen)
        if row is None:
            for said in self._tables.outputs(chosen):
                made = _Batch(self._tables, said, slice(0, said.answers.n_rows))
                yield pa.record_batch([made.column(name) for name in schema.names], schema=schema)
        elif there := [answers for answers in chosen if 0 <= row < answers.n_rows]:
            columns = OneRow(self._tables, self._tables.outputs(there), row).columns(schema.names)
            yield pa.record_batch(list(columns.values()), schema=schema)


class _Scan:
    """A scan that has nothing left to filter: what a scanner would return, without the work of one."""

    def __init__(self, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        self.projected_schema = schema
        self._batches = batches

    def to_reader(self) -> pa.RecordBatchReader:
        return pa.RecordBatchReader.from_batches(self.projected_schema, self._batches)


class _Batch:
    """The columns of one model's predictions on one dataset, each made when it is asked for."""

    def __init__(self, tables: Tables, said: Output, rows: slice) -> None:
        self._tables = tables
        self._answers, self._output = said
        self._rows = rows
        self._n_rows = rows.stop - rows.start
        self._found: Outcome | None = None

    def column(self, name: str) -> pa.Array:
        match name:
            case "model_id" | "dataset_id" | "action_id":
                return _constant(getattr(self._answers, name), self._n_rows)
            case "row":
                return pa.array(np.arange(self._rows.start, self._rows.stop))
            case "output":
                return pa.array(np.full(self._n_rows, self._output or 0))
            case "example":
                return self._example()
            case "label" | "prediction":
                return _texts(getattr(self._outcome, name), self._rows)
            case "label_value" | "prediction_value":
                return _doubles(getattr(self._outcome, name.removesuffix("_value")), self._rows)
            case "correct":
                return self._correct()
            case "score":
                return self._score()
        return self._loss()

    @property
    def _outcome(self) -> Outcome:
        if self._found is None:
            number = self._output
            reader, answers = self._tables.reader, self._answers
            self._found = self._tables.outcome(answers) if number is None else reader.output(answers, number)
        return self._found

    @property
    def _scores(self) -> tuple[NDArray[Any], tuple[str, ...]] | None:
        if self._output is None:
            return self._tables.scores(self._answers, self._rows)
        return self._tables.reader.output_scores(self._answers, self._output, self._rows)

    def _example(self) -> pa.Array:
        digests = self._tables.rows(self._answers)
        return pa.nulls(self._n_rows, pa.uint64()) if digests is None else pa.array(digests[self._rows])

    def _correct(self) -> pa.Array:
        outcome = self._outcome
        cut = Outcome(_cut(outcome.prediction, self._rows), outcome.label and _cut(outcome.label, self._rows))
        found = correct(cut.label, cut.prediction)
        if found is None:
            return pa.nulls(self._n_rows, pa.bool_())
        return pa.array(found == 1, mask=found < 0 if (found < 0).any() else None)

    def _score(self) -> pa.Array:
        scored = self._scores
        if scored is None:
            return pa.nulls(self._n_rows, pa.list_(pa.float64()))
        matrix = np.ascontiguousarray(scored[0], np.float64)
        offsets = np.arange(0, matrix.size + 1, matrix.shape[1], dtype="i4")
        return pa.ListArray.from_arrays(pa.array(offsets), pa.array(matrix.reshape(-1)))

    def _loss(self) -> pa.Array:
        outcome = self._outcome
        classes: tuple[str, ...] = ()
        scores = None
        if isinstance(outcome.label, Classes) and self._answers.has_probabilities:
            scored = self._scores
            scores, classes = scored if scored is not None else (None, ())
            if scores is not None and self._output is not None and scores.shape[1] == 1 and len(classes) == 2:
                scores = np.column_stack([1 - scores, scores])  # how likely it is that this label is there
        found = loss(
            outcome.label and _cut(outcome.label, self._rows), _cut(outcome.prediction, self._rows), scores, classes
        )
        return pa.nulls(self._n_rows, pa.float64()) if found is None else pa.array(found, from_pandas=True)


class OneRow:
    """One row of many outputs, as columns with a row for each: a batch for each would cost more than what is in it."""

    def __init__(self, tables: Tables, chosen: Sequence[Output], row: int) -> None:
        self._tables = tables
        self._chosen = chosen
        self._row = row

    def columns(self, names: Sequence[str]) -> dict[str, pa.Array]:
        """These columns of the view, in this order."""
        return {name: _array(self._cells(name), SCHEMA.field(name).type) for name in names}

    def _cells(self, name: str) -> list[Any]:
        match name:
            case "model_id" | "dataset_id" | "action_id":
                return [answers.constants[name] for answers, _ in self._chosen]
            case "row":
                return [self._row] * len(self._chosen)
            case "output":
                return [number or 0 for _, number in self._chosen]
            case "example":
                digests = [self._tables.rows(answers) for answers, _ in self._chosen]
                return [None if rows is None else int(rows[self._row]) for rows in digests]
            case "label" | "prediction" | "correct":
                place = _CELLS.index(name)
                return [said[place] for said in self._said]
        return [self._batch(said).column(name)[0].as_py() for said in self._chosen]

    @functools.cached_property
    def _said(self) -> list[_Cells]:
        """What each model said, what is true, and whether that is the same."""
        alone: dict[str, _Cells] = {}
        for some in by_dataset([answers for answers, number in self._chosen if number is None]).values():
            names, lines = self._tables.lines(some)
            named = (*names, None)  # the code -1 is for none
            alone.update({a.key: self._of_line(a, named, line) for a, line in zip(some, lines, strict=True)})
        output = self._tables.reader.output
        return [
            alone[answers.key] if number is None else self._of_outcome(output(answers, number))
            for answers, number in self._chosen
        ]

    def _of_line(self, answers: Answers, named: tuple[str | None, ...], line: Line | None) -> _Cells:
        if line is None:
            return self._of_outcome(self._tables.reader.outcome(answers))
        return _compared(
            None if line.label is None else named[line.label[self._row]], named[line.prediction[self._row]]
        )

    def _of_outcome(self, outcome: Outcome) -> _Cells:
        true, said = _text(outcome.label, self._row), _text(outcome.prediction, self._row)
        if isinstance(outcome.prediction, Numbers):
            return true, said, None
        return _compared(true, said)

    def _batch(self, said: Output) -> _Batch:
        return _Batch(self._tables, said, slice(self._row, self._row + 1))


_Cells = tuple[str | None, str | None, bool | None]
_CELLS = ("label", "prediction", "correct")
"""What is true, what was said, and whether that is the same: cells of the view."""


def _compared(true: str | None, said: str | None) -> _Cells:
    """Classes, as cells of the view."""
    return true, said, None if true is None or said is None else true == said


def _array(cells: list[Any], type: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(type):
        return pa.array(cells, pa.string()).dictionary_encode()
    return pa.array(cells, type, from_pandas=True)


def _text(values: Values | None, at: int) -> str | None:
    if isinstance(values, Numbers):
        number = float(values.values[at])
        return None if np.isnan(number) else repr(number)
    return None if values is None else _name(values.names, values.codes[at])


def _name(names: tuple[str, ...], code: Any) -> str | None:
    return names[code] if code >= 0 else None


def fields_of(expression: Any) -> list[str]:
    """The columns a filter is about."""
    text = str(expression)
    return [name for name in SCHEMA.names if name in text]


def _constant(value: str | None, n_rows: int) -> pa.DictionaryArray:
    if value is None:
        return pa.nulls(n_rows, _WORD)
    return pa.DictionaryArray.from_arrays(_zeros(n_rows), pa.array([value]))


_zeros_held = pa.array(np.zeros(1 << 16, "i4"))


def _zeros(n_rows: int) -> pa.Array:
    """So many zeros, from one buffer shared by all."""
    global _zeros_held
    if len(_zeros_held) < n_rows:
        _zeros_held = pa.array(np.zeros(max(n_rows, 2 * len(_zeros_held)), "i4"))
    return _zeros_held.slice(0, n_rows)


def _cut(values: Values, rows: slice) -> Values:
    if isinstance(values, Classes):
        return Classes(values.codes[rows], values.names)
    return Numbers(values.values[rows])


def _texts(values: Values | None, rows: slice) -> pa.Array:
    n_rows = rows.stop - rows.start
    if values is None:
        return pa.nulls(n_rows, _WORD)
    if isinstance(values, Numbers):
        texts = [None if number != number else repr(number) for number in values.values[rows].tolist()]
        return pa.array(texts, pa.string()).dictionary_encode()
    return words(values.codes[rows], values.names, "i4")


def words(codes: NDArray[Any], names: tuple[str, ...], dtype: str) -> pa.DictionaryArray:
    """Codes and names as an Arrow dictionary."""
    missing = codes < 0
    indices = pa.array(codes.astype(dtype, copy=False), mask=missing if missing.any() else None)
    return pa.DictionaryArray.from_arrays(indices, pa.array(names, pa.string()))


def _doubles(values: Values | None, rows: slice) -> pa.Array:
    n_rows = rows.stop - rows.start
    if values is None:
        return pa.nulls(n_rows, pa.float64())
    if isinstance(values, Numbers):
        return pa.array(values.values[rows], from_pandas=True)
    listed = np.array([*map(_number, values.names), np.nan])
    found: NDArray[np.float64] = listed[values.codes[rows]]
    return pa.array(found, from_pandas=True)


def _number(name: str) -> float:
    try:
        return float(name)
    except ValueError:
        return float("nan")
