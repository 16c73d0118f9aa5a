"""The nearest models: every measure against the same thing worked out by hand from the models themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import modeldb
from modeldb.database import Database
from modeldb.errors import InvalidInput, NotFound

from .conftest import record

SCRIPT = """
import numpy as np, pandas as pd
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split

X, y = load_iris(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
for C, extra in ((0.001, {}), (0.1, {}), (1.0, {"class_weight": "balanced"}), (10.0, {}), (10.0, {"verbose": 1})):
    logistic = LogisticRegression(C=C, max_iter=5000, **extra).fit(X_train, y_train)
    accuracy_score(y_test, logistic.predict(X_test))
forest = RandomForestClassifier(3, warm_start=True, random_state=0).fit(X_train, y_train)
forest.predict(X_test.iloc[::-1].iloc[:30])
forest.set_params(n_estimators=6).fit(X_train, y_train)
other = RandomForestClassifier(3, random_state=1).fit(X_train, y_train)
other.predict(X_test.iloc[:4])
for alpha in (0.1, 1.0, 100.0):
    ridge = Ridge(alpha=alpha).fit(X_train, X_train["petal width (cm)"] ** 2)
    ridge.predict(X_test)
alone = Ridge().fit(X_train.iloc[:, :2], y_train)
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    pytest.importorskip("sklearn")
    with modeldb.open(record(SCRIPT, tmp_path_factory.mktemp("similar"))) as opened:
        yield opened


def of_type(db: Database, type: str) -> list[str]:
    """Ids of a class's models, oldest first."""
    return db.models(type=type, limit=None).column("model_id")[::-1]


def similarities(db: Database, model: str, by: str, **more: Any) -> dict[str, float]:
    found = db.similar_models(model, by=by, **more)
    values = found.column("similarity")
    assert values == sorted(values, reverse=True)
    return dict(zip(found.column("model_id"), values, strict=True))


def test_hyperparameters_are_compared_as_gower_does(db: Database) -> None:
    strong, medium, balanced, weak, parallel = of_type(db, "LogisticRegression")
    found = similarities(db, medium, "hyperparameters")
    # Two hyperparameters are ever set here apart from verbose: C, over a range of 10^4, and class_weight; max_iter is
    # the same everywhere.
    assert set(found) == {strong, balanced, weak, parallel}
    assert found[strong] == pytest.approx((1 - 2 / 4 + 1 + 1) / 3)
    assert found[balanced] == pytest.approx((1 - 1 / 4 + 0 + 1) / 3)
    assert found[weak] == pytest.approx((1 - 2 / 4 + 1 + 1) / 3)
    assert similarities(db, weak, "hyperparameters")[parallel] == 1.0
    assert "C: 0.1 → 1.0" in dict(db.similar_models(medium).df().set_index("model_id").compared)[balanced]


def test_parts_are_compared_by_shared_bytes(db: Database) -> None:
    small, large, other = of_type(db, "RandomForestClassifier")
    parts = db.sql("SELECT DISTINCT model_id, digest, size_bytes FROM model_parts").rows()
    held = {m: {digest: size for model, digest, size in parts if model == m} for m in (small, large, other)}
    found = similarities(db, small, "parts", limit=None)
    for model in (large, other):
        shared = sum(held[small][digest] for digest in held[small].keys() & held[model].keys())
        either = sum({**held[small], **held[model]}.values())
        assert found[model] == pytest.approx(shared / either)
    assert found[large] > 0.4 > 0.1 > found[other]


def test_weights_are_compared_by_distance(db: Database) -> None:
    ridges = of_type(db, "Ridge")
    coefficients = [np.append(m.coef_, m.intercept_) for m in (db.model(id).load() for id in ridges[:3])]
    found = similarities(db, ridges[0], "weights")
    assert list(found) == ridges[1:3], "neither another class nor another number of features"
    expected = [np.linalg.norm(coefficients[0] - c) for c in coefficients[1:]]
    assert expected == sorted(expected)
    for model, coefficient in zip(ridges[1:3], coefficients[1:], strict=True):
        a, b = coefficients[0][:-1], coefficient[:-1]
        exact = 1 - np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))
        assert found[model] == pytest.approx(exact, abs=0.3)


def test_classes_are_compared_on_common_examples(db: Database) -> None:
    small, _large, other = of_type(db, "RandomForestClassifier")
    logistic = of_type(db, "LogisticRegression")
    X_test = db.dataset("X_test").load()
    found = similarities(db, small, "predictions", limit=None)
    assert other not in found, "4 examples, fewer than 10"
    assert set(found) == set(logistic)
    there = X_test.iloc[::-1].iloc[:30]
    mine = db.model(small).load().predict(there)
    for model in logistic:
        assert found[model] == np.mean(db.model(model).load().predict(there) == mine)
    assert len(db.similar_models(other, by="predictions", role=None)) == len(logistic), "all 4 of its examples"


def test_numbers_are_compared_by_concordance(db: Database) -> None:
    ridges = of_type(db, "Ridge")[:3]
    X_test = db.dataset("X_test").load()
    said = [db.model(id).load().predict(X_test) for id in ridges]
    found = similarities(db, ridges[0], "predictions")
    assert set(found) == set(ridges[1:])
    for model, theirs in zip(ridges[1:], said[1:], strict=True):
        a, b = said[0], theirs
        spread = a.var() + b.var() + (a.mean() - b.mean()) ** 2
        assert found[model] == pytest.approx(2 * np.cov(a, b, bias=True)[0, 1] / spread)


def test_the_statement_gives_the_same(db: Database) -> None:
    model = of_type(db, "RandomForestClassifier")[0]
    for by in ("hyperparameters", "parts", "weights"):
        found = db.similar_models(model, by=by, limit=None)
        assert found.sql is not None
        again = {row[0]: row[1] for row in db.sql(found.sql)}
        assert {row[0]: row[3] for row in found} == pytest.approx(again)


def test_hidden_models_stay_hidden_and_roles_are_respected(db: Database) -> None:
    first, second, *_ = of_type(db, "LogisticRegression")
    db.hide(second)
    try:
        assert second not in db.similar_models(first).column("model_id")
    finally:
        db.hide(second, False)
    assert second in db.similar_models(first).column("model_id")
    assert not len(db.similar_models(first, role="candidate"))


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        (("m-ffffffffffffffff",), NotFound, "no model 'm-ffffffffffffffff'"),
        (("logistic", "colour"), InvalidInput, "'hyperparameters', 'parts', 'weights', 'predictions'"),
        (("alone", "predictions"), NotFound, "db.evaluate makes them"),
    ],
)
def test_mistakes_are_explained(db: Database, arguments: tuple[str, ...], error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        db.similar_models(*arguments)


def test_a_model_that_was_not_kept_has_no_parts(tmp_path: Path) -> None:
    script = "from sklearn.linear_model import Ridge\nridge = Ridge().fit([[1], [2], [3]], [1, 2, 4])\n"
    with modeldb.open(record(script, tmp_path, MODELDB_KEEP_MODELS="0")) as db:
        assert not len(db.similar_models("ridge"))
        for by in ("parts", "weights"):
            with pytest.raises(NotFound, match="its content was not kept"):
                db.similar_models("ridge", by=by)
