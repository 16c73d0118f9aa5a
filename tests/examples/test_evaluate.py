"""Metrics in hindsight: over what was kept, else over what a stored model says now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score, log_loss, matthews_corrcoef

import modeldb
from modeldb.database import Database
from modeldb.errors import InvalidInput

from .conftest import SCRIPT, record


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(SCRIPT, tmp_path_factory.mktemp("evaluate"))


@pytest.fixture
def db(store: Path) -> Iterator[Database]:
    with modeldb.open(store) as opened:
        yield opened


def _kept(db: Database, model_id: str, dataset: str = "X_test") -> tuple[Any, Any]:
    rows = db.sql(
        'SELECT label, prediction FROM predictions WHERE model_id = ? AND dataset_id = ? ORDER BY "row"',
        [model_id, db.dataset(dataset).id],
    ).rows()
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def _classifiers(db: Database) -> list[str]:
    found = db.sql("SELECT model_id FROM models WHERE role = 'model' AND problem_type = 'classification'")
    return found.column("model_id")


def test_a_metric_over_kept_predictions(db: Database) -> None:
    done: list[tuple[int, int]] = []
    found = db.evaluate(
        "f1_score", models=_classifiers(db), dataset="X_test", average="macro", progress=lambda *at: done.append(at)
    )
    assert len(found) == 3 and done == [(1, 3), (2, 3), (3, 3)]
    for row in found.dicts():
        assert (row["predicted"], row["error"]) == (False, None)
        assert row["value"] == pytest.approx(f1_score(*_kept(db, row["model_id"]), average="macro"))
    values = found.column("value")
    assert values == sorted(values, reverse=True)


def test_results_are_recorded_as_evaluations_of_a_run_of_their_own(db: Database) -> None:
    found = db.evaluate(matthews_corrcoef, models=_classifiers(db), dataset="X_test")
    recorded = db.sql(
        "SELECT x.model_id, x.value, r.status FROM metrics x JOIN runs r USING (run_id) "
        "WHERE x.name = 'matthews_corrcoef' AND r.name = 'evaluate matthews_corrcoef'"
    )
    assert {row[:2] for row in recorded} == {(row["model_id"], row["value"]) for row in found.dicts()}
    assert set(recorded.column("status")) == {"finished"}
    kinds = db.sql("SELECT DISTINCT kind FROM actions WHERE operation = 'sklearn.metrics.matthews_corrcoef'")
    assert kinds.column("kind") == ["evaluate"]


def test_a_model_without_predictions_is_loaded_and_what_it_says_is_kept(db: Database) -> None:
    forest = db.sql("SELECT model_id FROM models WHERE type = 'RandomForestClassifier'").scalar()
    first = db.evaluate("log_loss", models=[forest], dataset="X_test")
    assert first.column("predicted") == [True]
    model, data = db.model(forest).load(), db.dataset("X_test").load()
    truth, _ = _kept(db, forest)
    assert first.column("value") == [pytest.approx(log_loss(truth, model.predict_proba(data)))]
    again = db.evaluate("log_loss", models=[forest], dataset="X_test")
    assert (again.column("predicted"), again.column("value")) == ([False], first.column("value"))
    scores = db.sql('SELECT score FROM predictions WHERE model_id = ? ORDER BY "row"', [forest]).column("score")
    assert np.array_equal(np.array(scores), model.predict_proba(data))


def test_labels_may_be_named_and_a_failure_is_one_models_own(db: Database) -> None:
    models = _classifiers(db) + db.sql("SELECT model_id FROM models WHERE name = 'folds'").column("model_id")
    candidate = db.sql("SELECT model_id FROM models WHERE role = 'candidate'").column("model_id")
    found = db.evaluate("accuracy_score", models=[*models, *candidate], dataset="X_train", labels="y_train")
    errors = {row["model_id"]: row["error"] for row in found.dicts()}
    assert all(errors[model] is None for model in models)
    assert all("not in the store" in errors[model] for model in candidate)
    failed = db.sql("SELECT count(*) FROM actions WHERE kind = 'evaluate' AND status = 'failed'").scalar()
    assert failed == len(candidate)


def test_a_function_of_ones_own(db: Database) -> None:
    def share_of_virginica(truth: Any, said: Any) -> float:
        return float(np.mean(said == "virginica"))

    found = db.evaluate(share_of_virginica, models=_classifiers(db), dataset="X_test")
    for row in found.dicts():
        assert row["value"] == np.mean(_kept(db, row["model_id"])[1] == "virginica")


def test_what_is_no_number_comes_last(db: Database) -> None:
    values = iter([float("nan"), 1.0, float("nan"), 3.0, 2.0])
    found = db.evaluate(lambda truth, said: next(values, 0.5), dataset="X_test").column("value")
    numbers = [value for value in found if value == value]
    assert len(numbers) >= 2 and found[: len(numbers)] == sorted(numbers, reverse=True)


def test_a_regression(db: Database) -> None:
    line = db.sql("SELECT model_id FROM models WHERE name = 'line'").scalar()
    assert db.evaluate("r2_score", models=[line], dataset="X_test").column("value") == [pytest.approx(1.0)]


def test_metrics_that_do_not_exist_are_refused(db: Database) -> None:
    with pytest.raises(InvalidInput, match="f2_score"):
        db.evaluate("f2_score")
    with pytest.raises(InvalidInput, match="predictions"):
        db.evaluate("f1_score", on="labels")
