"""What SQL sees of examples: the table behind `predictions`, and the table functions.

`examples('d-…')` gives the kept rows of a dataset. `predicted('d-…')` and `correct('d-…')` give one row per example
with a column per model, for questions about many models at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from modeldb.errors import Ambiguous, NotFound
from modeldb.examples import kept
from modeldb.examples.matrix import Line, Matrix
from modeldb.examples.reading import Answers, Outcome, Reader, SetRow, group
from modeldb.examples.scoring import Classes, Numbers, correct
from modeldb.examples.sets import Place

if TYPE_CHECKING:
    import pyarrow
    from numpy.typing import NDArray

Query = Callable[..., Sequence[Any]]
"""A SELECT over the catalog, with `:name` parameters, to its rows."""

BATCH_ROWS = 10_000
"""Rows per batch of a wide table, so that several threads share the work."""

_SETS = """SELECT model_id, dataset_id, action_id, method, digest, n_rows FROM prediction_sets
    ORDER BY entry, set_id"""


class Tables:
    """The examples of one store as tables.

    Threads: any. Everything is as of the catalog's last entry; what was read stays at hand.
    """

    def __init__(self, place: Place, cache: Path, query: Query) -> None:
        self.reader = Reader(place)
        self._cache = cache / "labels"
        self._query = query
        self._matrices: dict[str, Matrix] = {}
        self._answers: list[Answers] = []
        self._by_dataset: dict[str, list[Answers]] = {}
        self._rows: dict[str, str | None] = {}
        self._entry = -1
        self._lock = threading.RLock()

    def answers(self) -> list[Answers]:
        """Who predicted on what, oldest first."""
        with self._lock:
            self._refresh()
            return self._answers

    def on(self, dataset_id: str) -> list[Answers]:
        """Who predicted on a dataset, oldest first."""
        with self._lock:
            self._refresh()
            return self._by_dataset.get(dataset_id, [])

    def outcome(self, answers: Answers) -> Outcome:
        """Labels and predictions; of classes as codes in the label matrix."""
        matrix, line = self.line(answers)
        if line is None:
            return self.reader.outcome(answers)
        label = None if line.label is None else Classes(line.label, matrix.names)
        return Outcome(Classes(line.prediction, matrix.names), label)

    def line(self, answers: Answers) -> tuple[Matrix, Line | None]:
        """One model's line in the label matrix."""
        matrix, (line,) = self.lines([answers])
        return matrix, line

    def lines(self, answers: Sequence[Answers]) -> tuple[Matrix, list[Line | None]]:
        """Several models' lines in the label matrix of a dataset; what is missing there is written at once."""
        with self._lock:
            matrix = self._matrix(answers[0])
            return matrix, matrix.lines(answers)

    def n_outputs(self, answers: Answers) -> int:
        """How many things a model says of an example; 1 for most."""
        with self._lock:
            known = self._matrix(answers).n_outputs(answers)
        return self.reader.n_outputs(answers) if known is None else known

    def prepare(self, answers: Sequence[Answers]) -> None:
        """Bring the label matrices up to date with all of these: at once, for that is quicker than one by one."""
        by_dataset: dict[str, list[Answers]] = {}
        for one in answers:
            by_dataset.setdefault(one.dataset_id, []).append(one)
        for there in by_dataset.values():
            self.lines(there)

    def scores(self, answers: Answers, rows: slice | None = None) -> tuple[NDArray[Any], tuple[str, ...]] | None:
        """Scores of some rows, and the classes they are about."""
        return self.reader.scores(answers, rows)

    def rows(self, answers: Answers) -> NDArray[np.uint64] | None:
        """The identities of a dataset's rows, if they are known."""
        name = self.rows_object(answers.dataset_id)
        return self.reader.rows(answers) if name is None else self.reader.row_digests(name)

    def find(self, example: int) -> list[tuple[str, int]]:
        """The datasets and rows in which an example was predicted on."""
        places = []
        for dataset_id, answers in list(self._datasets().items()):
            digests = self.rows(answers[0])
            if digests is not None:
                places += [(dataset_id, int(row)) for row in np.flatnonzero(digests == np.uint64(example))]
        return places

    def _datasets(self) -> dict[str, list[Answers]]:
        with self._lock:
            self._refresh()
            return self._by_dataset

    def examples(self, dataset: str) -> pyarrow.Table:
        """The kept rows of a dataset. Raises NotFound when they are not kept."""
        digests = self.kept_digests(self.dataset(dataset))
        return kept.to_arrow(kept.read(self.reader.place.objects, digests))

    def load(self, dataset: str) -> Any:
        """The values of a dataset, as a frame or series of pandas if they were one, else as an array of numpy.

        Raises NotFound when they are not kept, StoreDamaged when they do not come back as they were.
        """
        row = self.dataset(dataset)
        return kept.load(self.reader.place.objects, self.kept_digests(row), row["digest"])

    def kept_digests(self, row: dict[str, Any]) -> list[str]:
        """The objects of a kept dataset, by its row in the catalog. Raises NotFound when it is not kept."""
        if not row["kept_digests"]:
            raise NotFound(
                f"The values of {row['dataset_id']} are not kept. Record with a larger MODELDB_KEEP_DATASETS_BYTES to "
                "keep larger datasets."
            )
        digests: list[str] = json.loads(row["kept_digests"])
        return digests

    def predicted(self, target: str) -> pyarrow.Table:
        """What every model predicted: `row`, `example`, `label`, and a column per model, named by its id.

        `target` is a dataset and, after it, the models that are wanted if not all are: "d-3f9a m-17 m-204c".
        """
        from modeldb.examples.lazy import words

        def column(answers: Answers, matrix: Matrix, line: Line | None) -> Any:
            if line is not None:
                dtype = "i1" if len(matrix.names) <= 127 else "i4"
                return words(line.prediction, matrix.names, dtype)
            return _numbers(self.reader.outcome(answers).prediction)

        return self._wide(target, column)

    def correct(self, target: str) -> pyarrow.Table:
        """Which predictions are right: as `predicted`, with 1, 0 or null for every model."""
        import pyarrow as pa

        def column(answers: Answers, matrix: Matrix, line: Line | None) -> Any:
            if line is None or line.label is None:
                return pa.nulls(answers.n_rows, pa.int8())
            found = correct(Classes(line.label, matrix.names), Classes(line.prediction, matrix.names))
            assert found is not None
            return pa.array(found, mask=found < 0 if (found < 0).any() else None)

        return self._wide(target, column)

    def difficulty(self, target: str) -> pyarrow.Table:
        """How many models get each example right: `row`, `example`, `label`, `n_models` (that predicted a class for
        an example whose label they know) and `n_right`."""
        import pyarrow as pa

        wide = self.correct(target).combine_chunks()
        n_models, n_right = (np.zeros(wide.num_rows, "i4") for _ in range(2))
        for column in wide.columns[3:]:
            known = column.is_valid().to_numpy(zero_copy_only=False)
            n_models += known
            n_right += column.fill_null(0).to_numpy()
        table = wide.select(["row", "example", "label"])
        return table.append_column("n_models", pa.array(n_models)).append_column("n_right", pa.array(n_right))

    def dataset(self, text: str) -> dict[str, Any]:
        """A dataset's row in the catalog, by id, unique prefix or name.

        Raises NotFound, or Ambiguous for a prefix of several. Of several datasets of a name the newest is meant.
        """
        names = "dataset_id, digest, name, n_rows, n_columns, kept_digests, container"
        upper = text + "\x7f"
        found = self._query(
            f"SELECT {names} FROM datasets WHERE dataset_id >= :text AND dataset_id < :upper LIMIT 3",
            {"text": text, "upper": upper},
        )
        exact = [row for row in found if row[0] == text]
        if len(found) > 1 and not exact:
            raise Ambiguous(f"{text} is the beginning of several datasets: {found[0][0]}, {found[1][0]}. Give more.")
        if not found:
            found = self._query(
                f"SELECT {names} FROM datasets WHERE name = :text ORDER BY kept DESC, created_at DESC LIMIT 1",
                {"text": text},
            )
        if not found:
            raise NotFound(f'There is no dataset {text!r}. "modeldb datasets" lists them.')
        return dict(zip(names.split(", "), tuple((exact or found)[0]), strict=True))

    def _wide(self, target: str, column: Callable[[Answers, Matrix, Line | None], Any]) -> pyarrow.Table:
        import pyarrow as pa

        from modeldb.examples.lazy import words

        known, models = self._target(target)
        row = self.dataset(known)
        with self._lock:
            answers = [a for a in self.on(row["dataset_id"]) if a.n_rows == row["n_rows"]]
            if models:
                answers = [a for a in answers if a.model_id.startswith(models)]
            if not answers:
                raise NotFound(
                    f"No such predictions on {row['dataset_id']} are kept. db.evaluate makes them for stored models."
                )
            matrix, lines = self.lines(answers)
        label: Any = pa.nulls(row["n_rows"], pa.string())
        for number in range(len(answers) - 1, -1, -1):
            line = lines[number]
            if line is not None and line.label is not None:
                label = words(line.label, matrix.names, "i4")
                break
            if line is None and isinstance(true := self.reader.outcome(answers[number]).label, Numbers):
                label = _numbers(true)
                break
        digests = self.rows(answers[-1])
        columns = {
            "row": pa.array(np.arange(row["n_rows"])),
            "example": pa.nulls(row["n_rows"], pa.uint64()) if digests is None else pa.array(digests),
            "label": label,
        }
        pairs = zip(answers, lines, strict=True)
        columns |= {answers.model_id: column(answers, matrix, line) for answers, line in pairs}
        table = pa.table(columns)
        return pa.Table.from_batches(table.to_batches(max_chunksize=BATCH_ROWS), schema=table.schema)

    def _target(self, target: str) -> tuple[str, tuple[str, ...]]:
        """The dataset and the models a table function is about."""
        words = target.split()
        count = next((at for at, word in enumerate(words) if at and word.startswith("m-")), len(words))
        return (" ".join(words[:count]) if count < len(words) else target), tuple(words[count:])

    def _matrix(self, answers: Answers) -> Matrix:
        dataset_id = answers.dataset_id
        if dataset_id not in self._matrices:
            self._matrices[dataset_id] = Matrix(self._cache, self.reader, dataset_id, answers.n_rows)
        return self._matrices[dataset_id]

    def rows_object(self, dataset_id: str) -> str | None:
        """The object with the row digests of a kept dataset; None when it is not kept."""
        if dataset_id not in self._rows:
            found = self._query("SELECT kept_digests FROM datasets WHERE dataset_id = :id", {"id": dataset_id})
            self._rows[dataset_id] = json.loads(found[0][0])[-1] if found and found[0][0] else None
        return self._rows[dataset_id]

    def _refresh(self) -> None:
        rows = self._query("SELECT value FROM counters WHERE name = 'entry'")
        entry = int(rows[0][0]) if rows else 0
        if entry != self._entry:
            self._answers = group([SetRow(*row) for row in self._query(_SETS)])
            self._by_dataset = {}
            for answers in self._answers:
                self._by_dataset.setdefault(answers.dataset_id, []).append(answers)
            self._rows = {}
            self._entry = entry


def _numbers(values: Any) -> Any:
    import pyarrow as pa

    return pa.array(values.values, from_pandas=True)
