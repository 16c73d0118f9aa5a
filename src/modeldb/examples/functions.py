"""The table functions: what SQL can ask of a dataset's examples and of all that was predicted on them.

`examples('d-…')` gives the kept rows of a dataset; `predicted` and `correct` one row per example with a column per
model; `difficulty`, `slices` and `history` count and gather, in the label matrix, what would take the engine a pass
over a column per model. What a model with several outputs says of an example counts as one there, `[0, 1, 1]`, which
is right when all of it is; only `history` takes it apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.errors import InvalidInput, NotFound
from modeldb.examples import kept
from modeldb.examples.counting import Counts, Groups, count
from modeldb.examples.lazy import OneRow, words
from modeldb.examples.matrix import Line
from modeldb.examples.reading import Answers, Output
from modeldb.examples.scoring import Classes, Numbers, Values
from modeldb.examples.tables import Tables

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

BATCH_ROWS = 50_000
"""Rows per batch of a wide table: few enough for several threads to share the work, and each costs as much again."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call is about: a dataset, and the models that predicted on it with their lines in the label matrix."""

    dataset_id: str
    n_rows: int
    names: tuple[str, ...]
    lines: list[tuple[Answers, Line | None]]
    label: Values | None
    """What is true of the examples, as the newest model that knows has it."""


@dataclass(frozen=True, slots=True)
class _Past:
    """What models said of any example, oldest first, and the columns of `history` that are the same for all of them."""

    outputs: list[Output]
    before: dict[str, Any]
    after: dict[str, Any]


class Functions:
    """The table functions of one store, each from the text it is called with to a table.

    A text names a dataset by id, unique prefix or name, and may go on with the models that are wanted if not all are:
    "d-3f9a m-17 m-204c". Threads: any.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._counted: dict[str, tuple[list[Answers], Counts]] = {}
        """By dataset, what counting all of its models came to, and which those were."""
        self._pasts: dict[str, tuple[list[Answers], _Past]] = {}
        """By dataset, all that predicted on it in order of time, and the answers that was made of."""
        self._labels: dict[str, tuple[Classes, Any]] = {}
        """By dataset, its labels, and the same as Arrow."""

    def named(self) -> dict[str, Callable[[str], pyarrow.Table]]:
        """Every function by the name it has in SQL."""
        found = [self.examples, self.predicted, self.correct, self.difficulty, self.slices, self.history]
        return {function.__name__: function for function in found}

    def examples(self, dataset: str) -> pyarrow.Table:
        """The kept rows of a dataset. Raises NotFound when they are not kept."""
        digests = self._tables.kept_digests(self._tables.dataset(dataset))
        return kept.to_arrow(kept.read(self._tables.reader.place.objects, digests))

    def predicted(self, target: str) -> pyarrow.Table:
        """What every model predicted: `row`, `example`, `label`, and a column per model, named by its id."""
        asked = self.asked(target)
        dtype = "i1" if len(asked.names) <= 127 else "i4"

        def column(answers: Answers, line: Line | None) -> Any:
            if line is not None:
                return words(line.prediction, asked.names, dtype)
            return _numbers(self._tables.reader.outcome(answers).prediction)

        return _batched(self.head(asked) | {answers.model_id: column(answers, line) for answers, line in asked.lines})

    def correct(self, target: str) -> pyarrow.Table:
        """Which predictions are right: as `predicted`, with 1, 0 or null for every model."""
        import pyarrow as pa

        asked = self.asked(target)
        columns = {}
        for answers, line in asked.lines:
            if line is None or line.label is None:
                columns[answers.model_id] = pa.nulls(asked.n_rows, pa.int8())
            else:
                mask = None if line.is_complete else ~line.known()
                columns[answers.model_id] = pa.array(line.right().view("i1"), mask=mask)
        return _batched(self.head(asked) | columns)

    def difficulty(self, target: str) -> pyarrow.Table:
        """How many models get each example right: `row`, `example`, `label`, `n_models` (that predicted a class for
        an example whose label they know) and `n_right`."""
        import pyarrow as pa

        asked = self.asked(target)
        counts = self.counts(asked)
        columns = {"n_models": pa.array(counts.n_models), "n_right": pa.array(counts.n_right)}
        return _batched(self.head(asked) | columns)

    def slices(self, target: str) -> pyarrow.Table:
        """For every value of a column of the kept rows and every model, how many examples the model gets right.

        `target` ends with the column: "d-3f9a by region". Columns: `slice` (the value), `model_id`, `n` (examples with
        a label), `n_right` (null for a model that predicted numbers, or whose labels nobody told).
        """
        import pyarrow as pa

        about, by, name = target.partition(" by ")
        if not by:
            raise InvalidInput(f"{target!r} names no column. slices('d-3f9a by region') counts by the column region.")
        asked = self.asked(about)
        values, groups = self._grouped(asked.dataset_id, name)
        n = groups.count(_told(asked))
        right = np.zeros((len(asked.lines), len(values)), "i8")
        counted = np.zeros(len(asked.lines), np.bool_)
        for place, (_, line) in enumerate(asked.lines):
            if line is not None and line.label is not None:
                counted[place], right[place] = True, groups.count(line.right())
        models = pa.array([answers.model_id for answers, _ in asked.lines], pa.string())
        per_model = np.repeat(np.arange(len(models), dtype="i4"), len(values))
        per_slice = np.tile(np.arange(len(values), dtype="i4"), len(models))
        return pa.table(
            {
                "slice": values.take(pa.array(per_slice)),
                "model_id": pa.DictionaryArray.from_arrays(pa.array(per_model), models),
                "n": pa.array(n[per_slice]),
                "n_right": pa.array(right.reshape(-1), mask=~counted[per_model]),
            }
        )

    def history(self, target: str) -> pyarrow.Table:
        """What every model said about one example, a row per model and output, oldest first.

        `target` ends with the example's row: "d-3f9a 42". Columns: `model_id`, `type`, `created_at`, `dataset_id`,
        `row`, `label`, `prediction`, `correct`, `output`.
        """
        import pyarrow as pa

        about, _, number = target.rpartition(" ")
        if not number.removeprefix("-").isdecimal():
            raise InvalidInput(f"{target!r} names no row. history('d-3f9a 42') is about row 42 of that dataset.")
        asked, place = self.asked(about), int(number)
        if not 0 <= place < asked.n_rows:
            raise NotFound(f"{asked.dataset_id} has no row {place}; its rows are 0 to {asked.n_rows - 1}.")
        past = self._past(asked)
        said = OneRow(self._tables, past.outputs, place).columns(["row", "label", "prediction", "correct"])
        return pa.table(past.before | said | past.after)

    def _past(self, asked: Asked) -> _Past:
        """Who is asked, in order of time; for all models of a dataset worked out once."""
        everyone = self._tables.on(asked.dataset_id)
        if [answers for answers, _ in asked.lines] != everyone:
            return self._ordered(asked)
        known = self._pasts.get(asked.dataset_id)
        if known is None or known[0] is not everyone:
            known = self._pasts[asked.dataset_id] = everyone, self._ordered(asked)
        return known[1]

    def _ordered(self, asked: Asked) -> _Past:
        import pyarrow as pa

        made = self._tables.made(asked.dataset_id)
        times = {model_id: round(maker.created_at * 1e6) for model_id, maker in made.items()}
        oldest_first = sorted((a for a, _ in asked.lines), key=lambda a: (times[a.model_id], a.model_id))
        outputs = self._tables.outputs(oldest_first)
        ids = [answers.model_id for answers, _ in outputs]
        return _Past(
            outputs,
            {
                "model_id": pa.array(ids, pa.string()),
                "type": pa.array([made[model_id].type for model_id in ids], pa.string()),
                "created_at": pa.array([times[model_id] for model_id in ids], pa.int64()).view(pa.timestamp("us")),
                "dataset_id": pa.array([asked.dataset_id] * len(ids), pa.string()),
            },
            {"output": pa.array([number or 0 for _, number in outputs], pa.int64())},
        )

    def counts(self, asked: Asked) -> Counts:
        """Counts over the models asked for; over those left out, when they are fewer, taken from those over all."""
        everyone = self._tables.on(asked.dataset_id)
        if 2 * len(asked.lines) <= len(everyone):
            return count([line for _, line in asked.lines], asked.n_rows)
        there = [answers for answers in everyone if answers.n_rows == asked.n_rows]
        known = self._counted.get(asked.dataset_id)
        if known is None or known[0] is not everyone:
            known = self._counted[asked.dataset_id] = everyone, count(self._tables.lines(there)[1], asked.n_rows)
        wanted = {answers.model_id for answers, _ in asked.lines}
        left_out = [answers for answers in there if answers.model_id not in wanted]
        if not left_out:
            return known[1]
        return known[1].without(self._tables.lines(left_out)[1])

    def asked(self, target: str) -> Asked:
        """The dataset and the models a text names. Raises NotFound when none of them predicted on it."""
        named = target.split()
        first = next((at for at, name in enumerate(named) if at and name.startswith("m-")), len(named))
        models = tuple(named[first:])
        row = self._tables.dataset(" ".join(named[:first]) if models else target)
        dataset_id, n_rows = row["dataset_id"], row["n_rows"]
        answers = [a for a in self._tables.on(dataset_id) if a.n_rows == n_rows]
        if models:
            whole = set(models)
            answers = [a for a in answers if a.model_id in whole or a.model_id.startswith(models)]
        if not answers:
            raise NotFound(f"No such predictions on {dataset_id} are kept. db.evaluate makes them for stored models.")
        names, lines = self._tables.lines(answers)
        pairs = list(zip(answers, lines, strict=True))
        return Asked(dataset_id, n_rows, names, pairs, self._label(names, pairs))

    def _label(self, names: tuple[str, ...], lines: list[tuple[Answers, Line | None]]) -> Values | None:
        for answers, line in reversed(lines):
            if line is not None and line.label is not None:
                return Classes(line.label, names)
            if line is None and isinstance(true := self._tables.reader.outcome(answers).label, Numbers):
                return true
        return None

    def head(self, asked: Asked) -> dict[str, Any]:
        """The columns every function with a row per example begins with."""
        import pyarrow as pa

        label: Any = pa.nulls(asked.n_rows, pa.string())
        if isinstance(asked.label, Classes):
            label = self._label_words(asked.dataset_id, asked.label)
        elif asked.label is not None:
            label = _numbers(asked.label)
        digests = self._tables.rows(asked.lines[-1][0])
        return {
            "row": _numbered(asked.n_rows),
            "example": pa.nulls(asked.n_rows, pa.uint64()) if digests is None else pa.array(digests),
            "label": label,
        }

    def _label_words(self, dataset_id: str, label: Classes) -> Any:
        known = self._labels.get(dataset_id)
        if known is None or known[0].codes is not label.codes or known[0].names != label.names:
            known = self._labels[dataset_id] = label, words(label.codes, label.names, "i4")
        return known[1]

    def _grouped(self, dataset_id: str, name: str) -> tuple[Any, Groups]:
        """The different values of a column of the kept rows, and the rows grouped by them."""
        import pyarrow as pa

        digests = self._tables.kept_digests(self._tables.dataset(dataset_id))
        column = kept.to_arrow_column(self._tables.reader.place.objects, digests, name)
        try:
            encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        except pa.ArrowNotImplementedError as error:
            raise InvalidInput(f"The column {name} holds {column.type}, which makes no groups.") from error
        none = len(encoded.dictionary)
        groups = Groups(encoded.indices.fill_null(none).to_numpy(zero_copy_only=False))
        return encoded.dictionary.take(pa.array(groups.codes, mask=groups.codes == none)), groups


def _told(asked: Asked) -> NDArray[np.bool_]:
    """The examples of which the label is known."""
    if isinstance(asked.label, Classes):
        return asked.label.codes >= 0
    return np.zeros(asked.n_rows, np.bool_) if asked.label is None else ~np.isnan(asked.label.values)


_numbered_held: Any = None


def _numbered(n_rows: int) -> Any:
    """The numbers of so many rows, from one buffer shared by all."""
    import pyarrow as pa

    global _numbered_held
    if _numbered_held is None or len(_numbered_held) < n_rows:
        _numbered_held = pa.array(np.arange(max(n_rows, 1 << 16)))
    return _numbered_held.slice(0, n_rows)


def _batched(columns: dict[str, Any]) -> pyarrow.Table:
    import pyarrow as pa

    table = pa.table(columns)
    return pa.Table.from_batches(table.to_batches(max_chunksize=BATCH_ROWS), schema=table.schema)


def _numbers(values: Any) -> Any:
    import pyarrow as pa

    return pa.array(values.values, from_pandas=True)
