"""Models with several outputs: what they say is kept output by output."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split

import modeldb
from modeldb.database import Database
from modeldb.examples.sets import said_by

from .conftest import record

SCRIPT = """
import numpy as np
from sklearn.datasets import make_multilabel_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.model_selection import train_test_split
from sklearn.multioutput import ClassifierChain

X, y = make_multilabel_classification(200, n_features=6, n_classes=3, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
forest = RandomForestClassifier(5, random_state=0).fit(X_train, y_train)
scores = forest.predict_proba(X_test)
accuracy_score(y_test, forest.predict(X_test))
chain = ClassifierChain(LogisticRegression()).fit(X_train, y_train)
chain.predict_proba(X_test)
accuracy_score(y_test, chain.predict(X_test))
kinds = np.array(["cat", "dog"], object)[y_train[:, 0]]
pets = RandomForestClassifier(5, random_state=0).fit(X_train, np.column_stack([kinds, y_train.sum(1).astype(str)]))
said = pets.predict_proba(X_test)
line = LinearRegression().fit(X_train, X_train[:, :2] * 2)
mean_squared_error(X_test[:, :2] * 2 + 1, line.predict(X_test))
"""


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with modeldb.open(record(SCRIPT, tmp_path_factory.mktemp("outputs"))) as opened:
        yield opened


@pytest.fixture(scope="module")
def truth() -> list[np.ndarray]:
    X, y = make_multilabel_classification(200, n_features=6, n_classes=3, random_state=0)
    return train_test_split(X, y, random_state=0)


def said(db: Database, name: str, column: str) -> np.ndarray:
    """A column of a model's predictions, examples by outputs."""
    model = db.model(name).id
    frame = db.sql("SELECT * FROM predictions WHERE model_id = ?", [model]).df()
    return np.array(frame.pivot(index="row", columns="output", values=column).to_numpy())


def test_a_list_of_probabilities_is_kept_by_output(db: Database, truth: list[np.ndarray]) -> None:
    X_train, X_test, y_train, y_test = truth
    forest = RandomForestClassifier(5, random_state=0).fit(X_train, y_train)
    scores = forest.predict_proba(X_test)
    assert isinstance(scores, list)
    found = said(db, "forest", "score")
    assert found.shape == (50, 3)
    for output in range(3):
        assert np.array_equal(np.stack(found[:, output]), scores[output])
    assert np.array_equal(said(db, "forest", "prediction").astype(int), forest.predict(X_test))
    assert np.array_equal(said(db, "forest", "label").astype(int), y_test)
    assert np.array_equal(said(db, "forest", "correct").astype(bool), forest.predict(X_test) == y_test)
    of_label = np.column_stack([scores[i][np.arange(50), y_test[:, i]] for i in range(3)])
    expected = -np.log(np.clip(of_label, np.finfo(float).eps, 1))
    assert np.allclose(said(db, "forest", "loss").astype(float), expected)


def test_one_probability_per_label_is_that_of_the_label(db: Database, truth: list[np.ndarray]) -> None:
    y_test = truth[3]
    scores = np.array(said(db, "chain", "score").tolist()).reshape(50, 3)
    expected = -np.log(np.where(y_test == 1, scores, 1 - scores))
    assert np.allclose(said(db, "chain", "loss").astype(float), expected)


def test_classes_of_several_kinds_are_read_off_the_scores(db: Database) -> None:
    pets = db.model("pets").load()
    prediction = said(db, "pets", "prediction")
    assert set(prediction[:, 0]) == {"cat", "dog"} and set(prediction[:, 1]) <= {"0", "1", "2", "3"}
    assert prediction.tolist() == pets.predict(db.dataset("X_test").load()).astype(str).tolist()


def test_several_numbers_have_a_squared_error_each(db: Database) -> None:
    assert np.allclose(said(db, "line", "loss").astype(float), 1.0)
    assert np.isnan(said(db, "line", "correct").astype(float)).all()


def test_an_example_is_right_when_all_of_it_is(db: Database, truth: list[np.ndarray]) -> None:
    model = db.model("forest").id
    right = (said(db, "forest", "prediction") == said(db, "forest", "label")).all(axis=1)
    table = db.sql(f'SELECT "{model}" AS ok FROM correct(\'X_test {model}\') ORDER BY "row"').column("ok")
    assert table == right.astype(int).tolist()
    sets = db.sql("SELECT n_correct FROM prediction_sets WHERE model_id = ? AND method = 'predict'", [model])
    assert sets.scalar() == right.sum()
    second = db.sql(f"SELECT prediction FROM predictions WHERE model_id = '{model}' AND \"row\" = 3 AND output = 1")
    assert second.scalar() == said(db, "forest", "prediction")[3, 1]
    counts = db.examples.confusion("forest", output=2)
    assert sum(counts.column("n")) == 50


def test_the_history_of_an_example_has_every_output(db: Database) -> None:
    asked = db.examples.history(3, dataset="X_test")
    columns = 'p.model_id, p.dataset_id, p."row", p.label, p.prediction, p.correct, p.output'
    joined = db.sql(
        f'SELECT {columns} FROM predictions p JOIN models m USING (model_id) WHERE p."row" = 3 '
        "ORDER BY m.created_at, p.model_id, p.output"
    )
    assert [row[:1] + row[3:] for row in asked] == joined.rows()
    per_model = {"forest": 3, "chain": 3, "pets": 2, "line": 2}
    for name, n_outputs in per_model.items():
        own = [row for row in asked.dicts() if row["model_id"] == db.model(name).id]
        assert [row["output"] for row in own] == list(range(n_outputs))
        for column in ("label", "prediction", "correct"):
            whole = said(db, name, column)[3].tolist()
            assert [row[column] for row in own] == [None if pd.isna(value) else value for value in whole]


def test_slices_count_examples_that_are_right_as_a_whole(db: Database) -> None:
    models = [db.model(name).id for name in ("forest", "chain", "line")]
    right = (said(db, "forest", "prediction") == said(db, "forest", "label")).all(axis=1)
    column = db.dataset("X_test").columns.column("name")[0]
    counted = db.sql(
        f"SELECT model_id, sum(n), sum(n_right) FROM slices('X_test {' '.join(models)} by {column}') GROUP BY ALL"
    )
    by_model = {row[0]: row[1:] for row in counted}
    assert by_model[models[0]] == (50, right.sum())
    assert by_model[models[2]] == (50, None), "vectors of numbers are not right or wrong"


def test_metrics_are_computed_in_hindsight(db: Database, truth: list[np.ndarray]) -> None:
    from sklearn.metrics import f1_score, roc_auc_score

    X_train, X_test, y_train, y_test = truth
    forest = RandomForestClassifier(5, random_state=0).fit(X_train, y_train)
    f1 = db.evaluate("f1_score", models=["forest"], dataset="X_test", average="macro").dicts()[0]
    assert f1["value"] == f1_score(y_test, forest.predict(X_test), average="macro") and not f1["predicted"]
    positive = np.column_stack([part[:, 1] for part in forest.predict_proba(X_test)])
    auc = db.evaluate("roc_auc_score", models=["forest"], dataset="X_test").dicts()[0]
    assert auc["error"] is None and auc["value"] == roc_auc_score(y_test, positive)


def test_a_matrix_of_labels_is_no_set_of_classes() -> None:
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.tree import DecisionTreeClassifier

    X, y = make_multilabel_classification(60, n_features=4, n_classes=3, random_state=0)
    network = MLPClassifier(2, max_iter=5000, random_state=0, solver="lbfgs")
    for model in (OneVsRestClassifier(DecisionTreeClassifier()), make_pipeline(network)):
        model.fit(X, y)
        held = said_by(model, "m-1", "d-1", "predict_proba", model.predict_proba(X))
        assert held.classes is None and held.outputs is not None and len(held.outputs) == len(held.values) == 3
    plain = said_by(DecisionTreeClassifier().fit(X, y[:, 0]), "m-1", "d-1", "predict", y[:, 0])
    assert plain.outputs is None and plain.classes is not None
