"""Searches and cross-validation: every candidate, its parameters and its score on every fold."""

from __future__ import annotations

import math
from typing import Any

from modeldb.client import estimators, values
from modeldb.client.call import Call
from modeldb.client.values import describe as describe_value
from modeldb.core import ids
from modeldb.core.actions import MetricSeen, Value

MAX_CANDIDATES = 5_000


def candidates(call: Call, search: Any, search_model_id: str) -> None:
    """A model for every combination a search tried, with its mean, deviation and fold scores."""
    results = getattr(search, "cv_results_", None)
    if not results or "params" not in results:
        return
    estimator = getattr(search, "estimator", None)
    base = estimators.hyperparameters(estimator) if estimator is not None else []
    train = call.known.get("X")
    scores = [name for name in results if _is_score(name)]
    call.extra["n_candidates"] = len(results["params"])
    for i, params in enumerate(results["params"][:MAX_CANDIDATES]):
        model_id = ids.new_model_id()
        call.models.append(
            estimators.made(
                estimator,
                model_id,
                _with(base, params),
                name=f"candidate {i}",
                role="candidate",
                parent_model_id=search_model_id,
                train_dataset_id=train.dataset_id if train else None,
            )
        )
        for name in scores:
            _measure(call, model_id, name, results[name][i])
    best = getattr(search, "best_score_", None)
    if isinstance(best, (int, float)):
        call.metrics.append(MetricSeen("best_score", float(best), search_model_id, train.dataset_id if train else None))
    if hasattr(search, "best_params_"):
        call.extra["best_params"] = values.to_plain(search.best_params_)[0]


def _is_score(name: str) -> bool:
    return name.startswith(("mean_test_", "std_test_")) or (name.startswith("split") and "_test_" in name)


def _measure(call: Call, model_id: str, name: str, value: Any) -> None:
    number = float(value)
    if math.isnan(number):
        return
    train = call.known.get("X")
    label, step = None, None
    if name.startswith("split"):
        fold, _, name = name.partition("_")
        label, step = fold, int(fold.removeprefix("split"))
    call.metrics.append(MetricSeen(name, number, model_id, train.dataset_id if train else None, step, label))


def _with(base: list[Value], params: dict[str, Any]) -> list[Value]:
    """The estimator's hyperparameters with a candidate's in their place; defaults that were not varied stay marked."""
    varied = {name: describe_value(name, value) for name, value in params.items()}
    kept = [p for p in base if p.name not in varied and not p.is_default]
    marked = {p.name: p for p in base}
    for name, value in varied.items():
        before = marked.get(name)
        is_default = before is not None and before.is_default and before.value == value.value
        plain = value.value["type"] if value.type == "estimator" else value.value
        kept.append(Value(name, plain, value.type, is_default))
    return kept


def evaluated(call: Call, estimator: Any, result: Any) -> None:
    """What `cross_validate` and its like found for an estimator that stays unfitted: a candidate with fold scores."""
    if not values.is_estimator(estimator):
        return
    train = call.known.get("X")
    params = estimators.hyperparameters(estimator)
    model_id = ids.new_model_id()
    call.model_id = model_id
    call.models.append(
        estimators.made(
            estimator,
            model_id,
            params,
            name=call.recorder.model_name(call, estimator),
            role="candidate",
            train_dataset_id=train.dataset_id if train else None,
        )
    )
    named = result if isinstance(result, dict) else {"test_score": result}
    for name, folds in named.items():
        if not str(name).startswith("test_") or getattr(folds, "ndim", None) != 1:
            continue
        numbers = [float(value) for value in folds if not math.isnan(float(value))]
        dataset_id = train.dataset_id if train else None
        if numbers:
            mean = sum(numbers) / len(numbers)
            call.metrics.append(MetricSeen(f"mean_{name}", mean, model_id, dataset_id))
        for fold, value in enumerate(folds):
            if not math.isnan(float(value)):
                call.metrics.append(MetricSeen(name, float(value), model_id, dataset_id, fold, f"split{fold}"))
