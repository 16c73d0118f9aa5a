"""A metric nobody thought of at the time, computed over what models said then.

Predictions that were kept are used as they are. A model that has none on the dataset is loaded from the store and
predicts on the kept values; what it says is kept, so the next metric finds it. Every result is recorded like any
other evaluation: an action of a run of its own.
"""

from __future__ import annotations

import inspect
import os
import platform
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modeldb.core import codec, ids, keys
from modeldb.core.actions import Action, Input, MetricSeen, PredictionsStored, Record, RunEnded, RunStarted
from modeldb.core.users import user_name
from modeldb.errors import InvalidInput, MissingDependency, NotFound
from modeldb.examples import kept, plain, sets
from modeldb.journal import JournalWriter

if TYPE_CHECKING:
    from modeldb.examples.reading import Answers
    from modeldb.examples.tables import Query, Tables

Metric = Callable[..., float]
Progress = Callable[[int, int], None]
"""Told how many models are done, of how many."""

ON_SCORES = frozenset({
    "average_precision_score", "brier_score_loss", "d2_brier_score", "d2_log_loss_score", "hinge_loss", "log_loss",
    "ndcg_score", "dcg_score", "roc_auc_score", "top_k_accuracy_score", "label_ranking_loss", "coverage_error",
    "label_ranking_average_precision_score",
})  # fmt: skip
"""scikit-learn's metrics that compare the truth with scores instead of predictions."""
POSITIVE_ONLY = frozenset({"average_precision_score", "brier_score_loss", "hinge_loss", "roc_auc_score"})
"""Those of them that want, of two classes, the second one's score alone."""


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What a metric came to for one model."""

    model_id: str
    dataset_id: str
    metric: str
    value: float | None
    predicted: bool
    """True when the model was loaded and predicted now."""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    metric: Metric
    name: str
    operation: str
    on_scores: bool
    options: dict[str, Any]


class Evaluator:
    """Evaluates models of one store and records the results in a journal of its own."""

    def __init__(self, tables: Tables, journal: Path, query: Query, trust: bool = False) -> None:
        self._tables = tables
        self._journal = journal
        self._query = query
        self._trust = trust
        self._values: Any = None
        self._answers: dict[str, Answers] = {}
        self._truth: list[Any] | None = None

    def run(
        self, metric: str | Metric, models: Sequence[str], dataset_id: str, *, labels: str | None, on: str | None,
        options: dict[str, Any], progress: Progress | None,
    ) -> list[Evaluated]:  # fmt: skip
        """One result per model. What fails for one model is that one's `error` and does not stop the others."""
        asked = _asked(metric, on, options)
        self._values, self._truth = None, None if labels is None else self._kept_labels(labels)
        self._answers = {answers.model_id: answers for answers in self._tables.on(dataset_id)}
        found = []
        with _recorded(self._journal, f"evaluate {asked.name}", self._project(models)) as record:
            for done, model_id in enumerate(models):
                found.append(self._one(asked, model_id, dataset_id, record))
                if progress is not None:
                    progress(done + 1, len(models))
        return found

    def _one(self, asked: _Asked, model_id: str, dataset_id: str, record: _Recorder) -> Evaluated:
        started = ids.now()
        predicted, value, error = False, None, None
        try:
            answers = self._answers.get(model_id)
            given = None if answers is None else self._given(answers, asked.on_scores)
            if given is None:
                predicted = True
                given = self._predict(model_id, dataset_id, asked.on_scores, record)
            said, n_classes = given
            truth = self._labels(dataset_id, answers)
            if asked.on_scores:
                said = _as_wanted(asked, said, n_classes)
            value = float(asked.metric(truth, said, **asked.options))
        except Exception as failure:  # a user's metric or model may raise anything
            error = f"{type(failure).__name__}: {failure}"
        metrics = [] if value is None else [MetricSeen(asked.name, value, model_id, dataset_id)]
        record.action("evaluate", asked.operation, model_id, dataset_id, started, metrics=metrics, error=error)
        return Evaluated(model_id, dataset_id, asked.name, value, predicted, error)

    def _given(self, answers: Answers, on_scores: bool) -> tuple[Any, int] | None:
        """What the model said, as numpy, with the number of classes; None when that was not kept."""
        for row in answers.by_method:
            said = self._tables.reader.set(row.digest)
            held = said.scores if on_scores else said.predictions
            if held is not None:
                arrays = sets.read_columns(self._tables.reader.place, held)
                if on_scores and said.outputs is not None and len(arrays) > len(said.outputs):
                    ends = list(accumulate(map(_n_classes, said.outputs), initial=0))
                    return [_stacked(arrays[a:b]) for a, b in pairwise(ends)], 0
                return _stacked(arrays), _n_classes(said.classes)
        return None

    def _labels(self, dataset_id: str, answers: Answers | None) -> Any:
        """What is true of the dataset: of these predictions, else of any others on the same data."""
        if self._truth is not None:
            return _stacked(self._truth)
        own = [] if answers is None else [answers]
        for candidate in chain(own, reversed(self._answers.values())):
            for row in candidate.by_method:
                held = self._tables.reader.set(row.digest).labels
                if held is not None:
                    return _stacked(sets.read_columns(self._tables.reader.place, held))
        raise NotFound(
            f"The true labels of {dataset_id} are not known: no model was judged on it. Give the kept dataset that "
            'holds them: labels="y_test".'
        )

    def _predict(self, model_id: str, dataset_id: str, on_scores: bool, record: _Recorder) -> tuple[Any, int]:
        rows = self._query("SELECT digest, qualified_type FROM models WHERE model_id = :id", {"id": model_id})
        if not rows or not rows[0][0]:
            raise NotFound(f"The content of model {model_id} is not in the store, and no predictions are.")
        place = self._tables.reader.place
        model = place.objects.load(rows[0][0], trust=self._trust)
        method = "predict"
        if on_scores:
            method = next((m for m in ("predict_proba", "decision_function") if hasattr(model, m)), "")
            if not method:
                raise InvalidInput(f"{rows[0][1]} gives no scores. Use a metric on predictions.")
        started = ids.now()
        said = getattr(model, method)(self._dataset(dataset_id))
        action_id = record.action("predict", f"{rows[0][1]}.{method}", model_id, dataset_id, started)
        self._keep(model, model_id, dataset_id, method, said, action_id, record)
        classes = getattr(model, "classes_", None)
        return said, 0 if classes is None else len(classes)

    def _keep(
        self, model: Any, model_id: str, dataset_id: str, method: str, said: Any, action_id: str, record: _Recorder
    ) -> None:
        try:
            labels = sets.columns_of(self._labels(dataset_id, None))
        except NotFound:
            labels = None
        held = sets.said_by(model, model_id, dataset_id, method, said, labels)
        digest, size = sets.write(self._tables.reader.place, held, self._tables.rows_object(dataset_id))
        n_labelled, n_correct = (0, None) if labels is None else plain.count_correct(held, labels)
        record.append(
            PredictionsStored(
                sets.set_id(model_id, dataset_id, method),
                model_id,
                dataset_id,
                action_id,
                digest,
                held.n_rows,
                method,
                n_labelled,
                n_correct,
                size,
            )
        )

    def _dataset(self, dataset_id: str) -> Any:
        """The dataset's values, loaded once."""
        if self._values is None:
            self._values = self._tables.load(dataset_id)
        return self._values

    def _kept_labels(self, labels: str) -> list[Any]:
        from modeldb.examples.columns import to_arrow

        row = self._tables.dataset(labels)
        digests = self._tables.kept_digests(row)
        return [to_arrow(column) for column in kept.read(self._tables.reader.place.objects, digests).columns]

    def _project(self, models: Sequence[str]) -> str:
        rows = self._query(
            "SELECT p.name FROM models m JOIN projects p ON p.project_id = m.project_id WHERE m.model_id = :id",
            {"id": models[0] if models else ""},
        )
        return str(rows[0][0]) if rows else "default"


class _Recorder:
    """Writes actions of one run."""

    def __init__(self, journal: JournalWriter, run_id: str) -> None:
        self._journal = journal
        self.run_id = run_id
        self._seq = 0

    def append(self, record: Record) -> None:
        self._journal.append(codec.encode(record))

    def action(
        self, kind: str, operation: str, model_id: str, dataset_id: str, started_at: float, *,
        metrics: Sequence[MetricSeen] = (), error: str | None = None,
    ) -> str:  # fmt: skip
        """Append an action about a model and a dataset; its id."""
        action_id = ids.new_action_id()
        inputs = [Input("self", model_id, "model"), Input("X", dataset_id, "dataset")]
        self.append(
            Action(
                action_id,
                self.run_id,
                self._seq,
                None,
                0,
                kind,
                operation,
                operation.partition(".")[0],
                "ok" if error is None else "failed",
                started_at,
                ids.now() - started_at,
                inputs=inputs,
                error=error,
                recipe_key=keys.recipe_key(operation, [], None, [("self", model_id), ("X", dataset_id)]),
                value_key=keys.value_key(operation, [], None, None, [("self", model_id), ("X", dataset_id)]),
                metrics=list(metrics),
            )
        )
        self._seq += 1
        return action_id


@contextmanager
def _recorded(journal: Path, name: str, project: str) -> Iterator[_Recorder]:
    """A run in a journal of its own, ended however the block ends."""
    writer = JournalWriter.create(journal)
    record = _Recorder(writer, ids.new_run_id())
    status = "failed"
    try:
        record.append(
            RunStarted(
                record.run_id,
                ids.now(),
                project,
                "default",
                name,
                user_name(),
                socket.gethostname(),
                os.getpid(),
                list(sys.argv),
                None,
                os.getcwd(),
                platform.python_version(),
            )
        )
        yield record
        status = "finished"
    finally:
        try:
            record.append(RunEnded(record.run_id, status, ids.now()))
        finally:
            writer.close()


def _asked(metric: str | Metric, on: str | None, options: dict[str, Any]) -> _Asked:
    if on not in (None, "predictions", "scores"):
        raise InvalidInput(f'{on!r} is nothing to measure; there are "predictions" and "scores".')
    if callable(metric):
        name = getattr(metric, "__name__", type(metric).__name__)
        module = getattr(metric, "__module__", "") or ""
        operation = f"sklearn.metrics.{name}" if module.startswith("sklearn.metrics") else f"{module}.{name}"
        return _Asked(metric, name, operation.lstrip("."), _is_on_scores(name, metric, on), options)
    try:
        from sklearn import metrics
    except ImportError as error:
        raise MissingDependency(
            f"scikit-learn is not installed, and {metric!r} is one of its metrics; pip install scikit-learn, or give "
            "a function of the truth and the predictions."
        ) from error
    function = getattr(metrics, metric, None)
    if not callable(function):
        raise InvalidInput(f"scikit-learn has no metric {metric!r}. Give a name such as 'f1_score', or a function.")
    return _Asked(function, metric, f"sklearn.metrics.{metric}", _is_on_scores(metric, function, on), options)


def _is_on_scores(name: str, metric: Metric, on: str | None) -> bool:
    if on is not None:
        return on == "scores"
    if name in ON_SCORES:
        return True
    try:
        second = list(inspect.signature(metric).parameters)[1:2]
    except (TypeError, ValueError):
        return False
    return second in (["y_score"], ["y_prob"], ["y_proba"])


def _as_wanted(asked: _Asked, said: Any, n_classes: int) -> Any:
    """Scores in the form in which scikit-learn's metrics take them; those of a user's own metric as they are."""
    import numpy as np

    if sets.is_per_output(said):
        of_two = asked.operation.startswith("sklearn.") and all(part.shape[1] == 2 for part in said)
        return np.column_stack([part[:, 1] for part in said]) if of_two else said
    return said[:, -1] if n_classes == 2 and asked.name in POSITIVE_ONLY and said.ndim == 2 else said


def _stacked(arrays: list[Any]) -> Any:
    import numpy as np

    found = [array.to_numpy(zero_copy_only=False) for array in arrays]
    return found[0] if len(found) == 1 else np.column_stack(found)


def _n_classes(encoded: bytes | None) -> int:
    from modeldb.examples import columns

    return 0 if encoded is None else sets.length(columns.decode(encoded))
