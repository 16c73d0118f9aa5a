"""What a store's prediction sets come to: for every model and dataset, one answer per example.

Several methods of a model may have been called on a dataset. Together they are one `Outcome`: the prediction from
`predict` (or read off the scores where it was not called), the scores from `predict_proba` before
`decision_function`, the labels from whichever set has them.
"""

from __future__ import annotations

import functools
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from modeldb.examples import kept, scoring, sets
from modeldb.examples.scoring import Classes, Numbers, Values
from modeldb.examples.sets import Place, PredictionSet

if TYPE_CHECKING:
    from numpy.typing import NDArray

T = TypeVar("T")

_PREDICTIONS = ("predict", "fit_predict")
_SCORES = ("predict_proba", "decision_function")


@dataclass(frozen=True, slots=True)
class SetRow:
    """A set as the catalog lists it."""

    model_id: str
    dataset_id: str
    action_id: str | None
    method: str
    digest: str
    n_rows: int


@dataclass(frozen=True)
class Answers:
    """The sets of one model on one dataset. What questions compare is worked out once."""

    model_id: str
    dataset_id: str
    n_rows: int
    by_method: tuple[SetRow, ...]

    @functools.cached_property
    def key(self) -> str:
        """Changes when any of the sets does."""
        return "+".join(row.digest for row in self.by_method)

    @property
    def has_probabilities(self) -> bool:
        return any(row.method == "predict_proba" for row in self.by_method)

    @functools.cached_property
    def action_id(self) -> str | None:
        """The action that predicted."""
        return next((row.action_id for row in self.by_method if row.action_id is not None), None)

    @functools.cached_property
    def constants(self) -> dict[str, str | None]:
        """What is the same for every row, by the names of the view `predictions`."""
        return {"model_id": self.model_id, "dataset_id": self.dataset_id, "action_id": self.action_id}


class Output(NamedTuple):
    """What a model said: of several outputs one, the `number` being None where there is but one."""

    answers: Answers
    number: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Labels and predictions, example by example."""

    prediction: Values
    label: Values | None


def group(rows: Sequence[SetRow]) -> list[Answers]:
    """The sets by model and dataset, in the order given; predictions before scores."""
    found: OrderedDict[tuple[str, str], dict[str, SetRow]] = OrderedDict()
    for row in rows:
        found.setdefault((row.model_id, row.dataset_id), {})[row.method] = row
    answers = []
    for (model_id, dataset_id), by_method in found.items():
        order = [by_method[m] for m in (*_PREDICTIONS, *_SCORES) if m in by_method]
        if order:
            n_rows = order[0].n_rows
            same = tuple(row for row in order if row.n_rows == n_rows)
            answers.append(Answers(model_id, dataset_id, n_rows, same))
    return answers


def by_dataset(answers: Sequence[Answers]) -> dict[str, list[Answers]]:
    """Answers by the dataset they are about."""
    found: dict[str, list[Answers]] = {}
    for one in answers:
        found.setdefault(one.dataset_id, []).append(one)
    return found


class Reader:
    """Reads outcomes, keeping the latest at hand.

    Threads: any. Memory: at most `limit_bytes` of what was read.
    """

    def __init__(self, place: Place, limit_bytes: int = 256 << 20) -> None:
        self.place = place
        self._cache = _Cache(limit_bytes)

    def set(self, digest: str) -> PredictionSet:
        """One set's object."""
        return self._cache.get(f"set:{digest}", lambda: sets.read(self.place, digest), lambda _: 4_000)

    def outcome(self, answers: Answers) -> Outcome:
        """Labels and predictions."""
        return self._cache.get(f"outcome:{answers.key}", lambda: self._outcome(answers), _outcome_bytes)

    def scores(self, answers: Answers, rows: slice | None = None) -> tuple[NDArray[Any], tuple[str, ...]] | None:
        """The scores of some rows, a column per class, and the classes' names; None when no method gave scores."""
        row = next((row for row in answers.by_method if row.method in sets.SCORES), None)
        if row is None:
            return None
        said = self.set(row.digest)
        rows = slice(0, said.n_rows) if rows is None else rows
        name = f"scores:{row.digest}"
        if rows.stop - rows.start < said.n_rows and not self._cache.has(name):
            return self._scores(said, rows), self._class_names(said)
        whole = slice(0, said.n_rows)
        matrix = self._cache.get(name, lambda: self._scores(said, whole), lambda scores: int(scores.nbytes))
        return matrix[rows], self._class_names(said)

    def n_outputs(self, answers: Answers) -> int:
        """How many things the model says of an example; 1 for most."""
        for row in answers.by_method:
            said = self.set(row.digest)
            if said.predictions is not None and len(said.predictions.names) > 1:
                return len(said.predictions.names)
            if said.outputs is not None:
                return len(said.outputs)
        return 1

    def output(self, answers: Answers, number: int) -> Outcome:
        """Labels and predictions of one output of several."""
        return self._cache.get(
            f"output:{number}:{answers.key}", lambda: self._output(answers, number), _outcome_bytes
        )  # fmt: skip

    def output_scores(
        self, answers: Answers, number: int, rows: slice
    ) -> tuple[NDArray[Any], tuple[str, ...]] | None:  # fmt: skip
        """The scores of one output of several, a column per class or one, and its classes' names."""
        scored = self.scores(answers, rows)
        row = next((row for row in answers.by_method if row.method in sets.SCORES), None)
        if scored is None or row is None:
            return None
        listed = self.set(row.digest).outputs
        names = [] if listed is None else [_named(classes) for classes in listed]
        width, n_outputs = scored[0].shape[1], self.n_outputs(answers)
        if width == sum(map(len, names)) > n_outputs:
            start = sum(map(len, names[:number]))
            return scored[0][:, start : start + len(names[number])], names[number]
        if width == n_outputs:
            return scored[0][:, number : number + 1], names[number] if names else ()
        return None

    def _output(self, answers: Answers, number: int) -> Outcome:
        found = [self.set(row.digest) for row in answers.by_method]
        held = next((said for said in found if said.predictions is not None), None)
        if held is not None and held.predictions is not None:
            array = sets.read_columns(self.place, held.predictions)[number]
            prediction = scoring.values_of([array], numeric=held.outputs is None and is_real(array))
        else:
            scored = self.output_scores(answers, number, slice(0, answers.n_rows))
            spoken = None if scored is None else scoring.predicted_by(*scored)
            prediction = spoken or Classes(np.full(answers.n_rows, -1, "i4"), ())
        labels = next((said.labels for said in found if said.labels is not None), None)
        if labels is None or number >= len(labels.names):
            return Outcome(prediction, None)
        label = sets.read_columns(self.place, labels)[number]
        return Outcome(prediction, scoring.values_of([label], numeric=isinstance(prediction, Numbers)))

    def rows(self, answers: Answers) -> NDArray[np.uint64] | None:
        """The digests of the dataset's rows, when they are known."""
        for row in answers.by_method:
            name = self.set(row.digest).rows
            if name is not None:
                return self.row_digests(name)
        return None

    def row_digests(self, name: str) -> NDArray[np.uint64]:
        """The row digests in an object."""
        return self._cache.get(
            f"rows:{name}", lambda: kept.read_rows(self.place.objects, name), lambda rows: int(rows.nbytes)
        )

    def _outcome(self, answers: Answers) -> Outcome:
        found = {row.method: self.set(row.digest) for row in answers.by_method}
        prediction = self._prediction(answers, found)
        if self.n_outputs(answers) > 1 and _says_numbers(self.place, found):
            return Outcome(prediction, None)  # vectors of real numbers are not right or wrong
        for said in found.values():
            if said.labels is not None:
                return Outcome(prediction, self._labels(said.labels, isinstance(prediction, Numbers)))
        return Outcome(prediction, None)

    def _labels(self, held: sets.Held, numeric: bool) -> Values:
        """Labels, which the sets of a dataset share."""

        def read() -> Values:
            return scoring.values_of(sets.read_columns(self.place, held), numeric=numeric)

        return read() if held.part is None else self._cache.get(f"labels:{held.part}:{numeric}", read, _bytes)

    def _prediction(self, answers: Answers, found: dict[str, PredictionSet]) -> Values:
        for said in found.values():
            if said.predictions is not None:
                arrays = sets.read_columns(self.place, said.predictions)
                return scoring.values_of(arrays, numeric=said.classes is None and is_real(arrays[0]))
        scored = self.scores(answers)
        spoken = None if scored is None else scoring.predicted_by(*scored)
        return spoken if spoken is not None else Classes(np.full(answers.n_rows, -1, "i4"), ())

    def _scores(self, said: PredictionSet, rows: slice) -> NDArray[Any]:
        assert said.scores is not None
        arrays = sets.read_columns(self.place, said.scores, rows)
        return np.column_stack([array.to_numpy(zero_copy_only=False) for array in arrays])

    def _class_names(self, said: PredictionSet) -> tuple[str, ...]:
        return () if said.classes is None else _named(said.classes)


def _named(classes: bytes) -> tuple[str, ...]:
    """The names of the classes in an encoded column."""
    from modeldb.examples import columns

    listed = columns.to_arrow(columns.decode(classes)).to_pylist()
    return tuple(str(scoring.name_of(value)) for value in listed)


def _says_numbers(place: Place, found: dict[str, PredictionSet]) -> bool:
    """True for a regressor's predictions."""
    said = next((said for said in found.values() if said.predictions is not None), None)
    if said is None or said.predictions is None or said.classes is not None or said.outputs is not None:
        return False
    return is_real(sets.read_columns(place, said.predictions)[0])


def is_real(array: Any) -> bool:
    """True for an Arrow array of floats."""
    import pyarrow as pa

    return bool(pa.types.is_floating(array.type))


class _Cache:
    """The latest things read, by name, up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[str, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def has(self, name: str) -> bool:
        return name in self._held

    def get(self, name: str, make: Callable[[], T], size: Callable[[T], int]) -> T:
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                found: T = self._held[name][0]
                return found
        made = make()
        n_bytes = size(made)
        with self._lock:
            self._bytes += n_bytes - self._held.pop(name, (None, 0))[1]
            self._held[name] = made, n_bytes
            while self._bytes > self._limit and len(self._held) > 1:
                self._bytes -= self._held.popitem(last=False)[1][1]
        return made


def _outcome_bytes(outcome: Outcome) -> int:
    return _bytes(outcome.prediction)


def _bytes(values: Values) -> int:
    return 8 * len(values)
