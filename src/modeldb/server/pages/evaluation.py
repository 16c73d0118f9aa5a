"""How good a model is, computed from its stored predictions: confusion, curves, calibration, residuals."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from modeldb.server.http.schemas import (
    CalibrationPoint,
    ClassReport,
    Confusion,
    Curve,
    Evaluation,
    Histogram,
    Residuals,
)
from modeldb.server.pages.find import full_id
from modeldb.server.pages.predictions import (
    Predicted,
    Sql,
    as_float,
    evaluated_datasets,
    n_outputs,
    of_output,
    predicted,
)
from modeldb.server.source import Source
from modeldb.server.tables.column import as_text, sort_key

MAX_CLASSES = 100
MAX_CURVE_POINTS = 300
MAX_POINTS = 2000
N_WORST = 10
"""Points furthest off, which are in every sample."""
BINS = 10

Floats = npt.NDArray[np.float64]


def model_evaluation(source: Source, sql: Sql, text: str, dataset: str, output: int = 0) -> Evaluation:
    """The evaluation of a model on a dataset, by default the one with the most labels it was not trained on.

    Of a model with several outputs one is evaluated. Raises NotFound or Ambiguous for what does not exist; without
    predictions, `available` is false.
    """
    model_id = full_id(source, "model", text)
    datasets = evaluated_datasets(source, model_id)
    wanted = full_id(source, "dataset", dataset) if dataset else None
    chosen = next((d for d in datasets if wanted is None or d.dataset_id == wanted), None)
    if chosen is None:
        where = "on this dataset " if wanted else ""
        reason = f"No predictions of this model {where}are stored."
        return Evaluation(model_id=model_id, available=False, reason=reason, datasets=datasets)
    found = predicted(sql, model_id, chosen.dataset_id, output)
    outputs = n_outputs(sql, [model_id], chosen.dataset_id)
    if found is None:
        reason = f"The model has no output {output}." if output >= outputs else "The stored predictions cannot be read."
        return Evaluation(model_id=model_id, available=False, reason=reason, datasets=datasets)
    type = source.query("SELECT problem_type FROM models WHERE model_id = :id", {"id": model_id})[0][0]
    measured = evaluate(found, type)
    return Evaluation(
        model_id=model_id,
        available=True,
        dataset_id=chosen.dataset_id,
        dataset_name=chosen.name,
        datasets=datasets,
        output=output,
        n_outputs=outputs,
        n_rows=len(found),
        n_labelled=int(found.labelled.sum()),
        sql=f"SELECT * FROM predictions\nWHERE model_id = '{model_id}' AND dataset_id = '{chosen.dataset_id}'"
        + of_output(output, outputs),
        **measured,
    )


def evaluate(found: Predicted, problem_type: str | None) -> dict[str, Any]:
    """The fields of an Evaluation that follow from labels, predictions and scores."""
    known = np.flatnonzero(found.labelled)
    if not len(known):
        return {"problem_type": problem_type}
    if problem_type == "regression" or (problem_type is None and _looks_continuous(found, known)):
        return {"problem_type": "regression", "residuals": residuals(found, known)}
    return {"problem_type": "classification", **classification(found, known)}


def classification(found: Predicted, known: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Confusion matrix, per-class figures and, with scores, curves and calibration."""
    labels = [found.labels[i] for i in known]
    said = [found.predictions[i] for i in known]
    classes = _classes([*labels, *said])
    code = {as_text(value): i for i, value in enumerate(classes)}
    truth = np.array([code.get(as_text(v), len(classes)) for v in labels])
    guess = np.array([code.get(as_text(v), len(classes)) for v in said])
    n = len(classes)
    listed = (truth < n) & (guess < n)
    counts = np.bincount(truth[listed] * n + guess[listed], minlength=n * n).reshape(n, n)
    out: dict[str, Any] = {
        "accuracy": float(np.mean(truth == guess)),
        "confusion": Confusion(labels=[as_text(c) for c in classes], counts=counts.tolist()),
        "classes": [_report(as_text(c), i, counts) for i, c in enumerate(classes)],
    }
    scores = _score_matrix(found, known, n)
    if scores is not None:
        out |= score_curves(truth, scores, [as_text(c) for c in classes])
    return out


def score_curves(truth: npt.NDArray[Any], scores: Floats, labels: list[str]) -> dict[str, Any]:
    """ROC and precision-recall curves, one per class, and calibration when the scores are probabilities.

    With one column of scores (or two classes) only the second class is drawn: the other is its mirror.
    """
    columns = [(1, scores[:, -1])] if len(labels) == 2 else list(enumerate(scores.T))
    roc, precision_recall, calibration = [], [], []
    probabilities = bool(np.all((scores >= 0) & (scores <= 1)))
    for index, score in columns:
        positive = truth == index
        if positive.all() or not positive.any():
            continue
        roc.append(roc_curve(labels[index], positive, score))
        precision_recall.append(precision_recall_curve(labels[index], positive, score))
        if probabilities:
            calibration += calibration_points(labels[index], positive, score)
    return {"roc": roc, "precision_recall": precision_recall, "calibration": calibration}


def roc_curve(label: str, positive: npt.NDArray[np.bool_], score: Floats) -> Curve:
    """True positive rate over false positive rate; the area by trapezoids over all points."""
    true, false, thresholds = _cumulative(positive, score)
    tpr = np.concatenate(([0.0], true / true[-1]))
    fpr = np.concatenate(([0.0], false / false[-1]))
    area = float(np.sum(np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2))
    kept = _thinned(len(fpr))
    marks: list[float | None] = [None, *thresholds.tolist()]
    return Curve(label=label, x=fpr[kept].tolist(), y=tpr[kept].tolist(), threshold=[marks[i] for i in kept], area=area)


def precision_recall_curve(label: str, positive: npt.NDArray[np.bool_], score: Floats) -> Curve:
    """Precision over recall; the area is the average precision: the sum of precision times the gain in recall."""
    true, false, thresholds = _cumulative(positive, score)
    precision = true / (true + false)
    recall = true / true[-1]
    area = float(np.sum(np.diff(np.concatenate(([0.0], recall))) * precision))
    kept = _thinned(len(recall))
    return Curve(
        label=label, x=recall[kept].tolist(), y=precision[kept].tolist(), threshold=thresholds[kept].tolist(),
        area=area,
    )  # fmt: skip


def calibration_points(label: str, positive: npt.NDArray[np.bool_], score: Floats) -> list[CalibrationPoint]:
    """How often the class was right in each tenth of the probability scale."""
    bins = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    out = []
    for number in np.unique(bins):
        inside = bins == number
        out.append(
            CalibrationPoint(
                label=label, predicted=float(score[inside].mean()), observed=float(positive[inside].mean()),
                count=int(inside.sum()),
            )
        )  # fmt: skip
    return out


def residuals(found: Predicted, known: npt.NDArray[np.int64]) -> Residuals | None:
    """Actual against predicted, and how the differences are distributed."""
    actual = np.array([as_float(found.labels[i]) for i in known])
    said = np.array([as_float(found.predictions[i]) for i in known])
    both = np.isfinite(actual) & np.isfinite(said)
    if not both.any():
        return None
    actual, said, rows = actual[both], said[both], found.rows[known][both]
    error = said - actual
    spread = float(np.sum((actual - actual.mean()) ** 2))
    counts, edges = np.histogram(error, bins=30)
    even = np.linspace(0, len(actual) - 1, min(len(actual), MAX_POINTS)).round().astype(np.int64)
    kept = np.union1d(even, np.argsort(-np.abs(error), kind="stable")[:N_WORST])
    return Residuals(
        actual=actual[kept].tolist(), predicted=said[kept].tolist(), row=rows[kept].tolist(),
        histogram=Histogram(edges=edges.tolist(), counts=counts.tolist()),
        r2=1 - float(np.sum(error**2)) / spread if spread else None,
        mae=float(np.mean(np.abs(error))), rmse=float(np.sqrt(np.mean(error**2))), bias=float(error.mean()),
    )  # fmt: skip


def _cumulative(positive: npt.NDArray[np.bool_], score: Floats) -> tuple[Floats, Floats, Floats]:
    """True and false positives at each distinct threshold, from the highest down."""
    order = np.argsort(-score, kind="stable")
    ordered = score[order]
    last = np.flatnonzero(np.diff(ordered, append=-np.inf) != 0)
    true = np.cumsum(positive[order])[last].astype(np.float64)
    return true, (last + 1) - true, ordered[last]


def _thinned(n: int) -> npt.NDArray[np.int64]:
    return np.unique(np.linspace(0, n - 1, min(n, MAX_CURVE_POINTS)).round().astype(np.int64))


def _report(label: str, index: int, counts: npt.NDArray[np.int64]) -> ClassReport:
    hit, said, support = int(counts[index, index]), int(counts[:, index].sum()), int(counts[index].sum())
    precision = hit / said if said else None
    recall = hit / support if support else None
    f1 = 2 * hit / (said + support) if said + support else None
    return ClassReport(label=label, precision=precision, recall=recall, f1=f1, support=support)


def _classes(values: list[Any]) -> list[Any]:
    """The classes in the order scikit-learn has them; the most frequent ones when there are very many."""
    counts: dict[str, int] = {}
    by_text: dict[str, Any] = {}
    for value in values:
        text = as_text(value)
        counts[text] = counts.get(text, 0) + 1
        by_text[text] = value
    kept = sorted(counts, key=lambda text: -counts[text])[:MAX_CLASSES]
    return sorted((by_text[text] for text in kept), key=_number_or_text)


def _number_or_text(value: Any) -> Any:
    number = as_float(value)
    return sort_key(value if np.isnan(number) else number)


def _score_matrix(found: Predicted, known: npt.NDArray[np.int64], n_classes: int) -> Floats | None:
    """Scores of the labelled rows, a column per class (one column is enough for two); None without usable ones."""
    rows = [found.scores[i] for i in known]
    if any(row is None for row in rows):
        return None
    widths = {len(row) for row in rows if row is not None}
    if len(widths) != 1:
        return None
    width = widths.pop()
    if width != n_classes and not (width == 1 and n_classes == 2):
        return None
    matrix = np.array(rows, dtype=np.float64).reshape(len(rows), width)
    return matrix if np.isfinite(matrix).all() else None


def _looks_continuous(found: Predicted, known: npt.NDArray[np.int64]) -> bool:
    values = [as_float(found.labels[i]) for i in known[:1000]]
    return not any(np.isnan(values)) and any(value != int(value) for value in values if np.isfinite(value))
