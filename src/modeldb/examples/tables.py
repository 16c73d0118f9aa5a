"""The examples of one store: who predicted on what, and where it is read from."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from modeldb.errors import Ambiguous, NotFound
from modeldb.examples import kept
from modeldb.examples.matrix import Line, Matrix
from modeldb.examples.reading import Answers, Outcome, Output, Reader, SetRow, by_dataset, group
from modeldb.examples.scoring import Classes
from modeldb.examples.sets import Place

if TYPE_CHECKING:
    from numpy.typing import NDArray

Query = Callable[..., Sequence[Any]]
"""A SELECT over the catalog, with `:name` parameters, to its rows."""

_SETS = """SELECT model_id, dataset_id, action_id, method, digest, n_rows FROM prediction_sets
    ORDER BY entry, set_id"""
_MADE = """SELECT model_id, type, created_at FROM models
    WHERE model_id IN (SELECT model_id FROM prediction_sets WHERE dataset_id = :id)"""


class Made(NamedTuple):
    """What made a model, and when, in seconds since 1970."""

    type: str | None
    created_at: float


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
        self._made: dict[str, dict[str, Made]] = {}
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
        names, (line,) = self.lines([answers])
        if line is None:
            return self.reader.outcome(answers)
        label = None if line.label is None else Classes(line.label, names)
        return Outcome(Classes(line.prediction, names), label)

    def lines(self, wanted: Sequence[Answers]) -> tuple[tuple[str, ...], list[Line | None]]:
        """Lines of models that predicted on one dataset, and the classes that their codes are about.

        What is missing in the label matrix is added to it at once.
        """
        with self._lock:
            matrix = self._matrix(wanted[0])
            lines = matrix.lines(wanted)
            return matrix.names, lines

    def prepare(self, wanted: Sequence[Answers]) -> None:
        """Bring the label matrices up to date with all of these: at once, for that is quicker than one by one."""
        for there in by_dataset(wanted).values():
            self.lines(there)

    def outputs(self, wanted: Sequence[Answers]) -> list[Output]:
        """The same answers, output by output of models that have several."""
        found: list[Output] = []
        with self._lock:
            for answers in wanted:
                known = self._matrix(answers).n_outputs(answers)
                n_outputs = self.reader.n_outputs(answers) if known is None else known
                if n_outputs > 1:
                    found += [Output(answers, number) for number in range(n_outputs)]
                else:
                    found.append(Output(answers, None))
        return found

    def made(self, dataset_id: str) -> dict[str, Made]:
        """Type and time of every model that predicted on a dataset."""
        with self._lock:
            self._refresh()
            if dataset_id not in self._made:
                rows = self._query(_MADE, {"id": dataset_id})
                self._made[dataset_id] = {model_id: Made(type, at or 0.0) for model_id, type, at in rows}
            return self._made[dataset_id]

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

    def _matrix(self, answers: Answers) -> Matrix:
        dataset_id = answers.dataset_id
        if dataset_id not in self._matrices:
            self._matrices[dataset_id] = Matrix(self._cache, self.reader, dataset_id, answers.n_rows)
        return self._matrices[dataset_id]

    def rows_object(self, dataset_id: str) -> str | None:
        """The object with the row digests of a kept dataset; None when it is not kept."""
        with self._lock:  # or a refresh in another thread could take away what was just put there
            if dataset_id not in self._rows:
                found = self._query("SELECT kept_digests FROM datasets WHERE dataset_id = :id", {"id": dataset_id})
                self._rows[dataset_id] = json.loads(found[0][0])[-1] if found and found[0][0] else None
            return self._rows[dataset_id]

    def _refresh(self) -> None:
        rows = self._query("SELECT value FROM counters WHERE name = 'entry'")
        entry = int(rows[0][0]) if rows else 0
        if entry != self._entry:
            self._answers = group([SetRow(*row) for row in self._query(_SETS)])
            self._by_dataset = by_dataset(self._answers)
            self._rows = {}
            self._made = {}
            self._entry = entry
