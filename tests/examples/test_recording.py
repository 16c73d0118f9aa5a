"""What is left of a script's predictions and data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split

import modeldb
from modeldb.database import Database
from modeldb.errors import NotFound

from .conftest import record


def _iris() -> tuple[object, ...]:
    frame = load_iris(as_frame=True)
    return tuple(train_test_split(frame.data, frame.target.map(dict(enumerate(frame.target_names))), random_state=0))


def _model(db: Database, **where: str) -> str:
    condition = " AND ".join(f"{name} = '{value}'" for name, value in where.items())
    found = db.sql(f"SELECT model_id FROM models WHERE {condition} ORDER BY created_at")
    assert len(found) >= 1
    return str(found[0][0])


def test_predictions_are_those_of_the_script(db: Database) -> None:
    X_train, X_test, y_train, y_test = _iris()
    model = LogisticRegression(C=0.001, max_iter=500).fit(X_train, y_train)
    said, scores = model.predict(X_test), model.predict_proba(X_test)
    model_id = _model(db, type="LogisticRegression", role="model")
    rows = db.sql(
        'SELECT "row", label, prediction, score, correct, loss FROM predictions WHERE model_id = ? ORDER BY "row"',
        [model_id],
    ).rows()
    assert [row[0] for row in rows] == list(range(38))
    assert [row[1] for row in rows] == list(y_test)
    assert [row[2] for row in rows] == list(said)
    assert np.array_equal(np.array([row[3] for row in rows]), scores)
    assert [row[4] for row in rows] == list(said == np.asarray(y_test))
    of_label = scores[np.arange(38), np.searchsorted(model.classes_, y_test)]
    assert np.allclose([row[5] for row in rows], -np.log(of_label))


def test_labels_known_from_score_label_predictions_made_later(db: Database) -> None:
    model_id = _model(db, type="RandomForestClassifier")
    assert db.sql("SELECT n_labelled FROM prediction_sets WHERE model_id = ?", [model_id]).column("n_labelled") == [38]


def test_a_regression_has_numbers_and_squared_errors(db: Database) -> None:
    model_id = _model(db, name="line")
    rows = db.sql(
        "SELECT label_value, prediction_value, correct, loss FROM predictions WHERE model_id = ?", [model_id]
    ).rows()
    assert len(rows) == 38
    for label, said, correct, loss in rows:
        assert correct is None
        assert loss == pytest.approx((label - said) ** 2, abs=1e-12)


def test_predictions_nobody_judged_are_kept_without_labels(db: Database) -> None:
    model_id = _model(db, name="never")
    counts = db.sql("SELECT count(*), count(label), count(prediction) FROM predictions WHERE model_id = ?", [model_id])
    assert counts[0] == (38, 0, 38)


def test_cross_validated_predictions_are_kept(db: Database) -> None:
    sets = db.sql("SELECT n_rows FROM prediction_sets s JOIN models m USING (model_id) WHERE m.role = 'candidate'")
    assert sets.column("n_rows") == [150]


def test_datasets_come_back_as_they_were(db: Database) -> None:
    X_train, X_test, _y_train, y_test = _iris()
    assert db.dataset("X_train").load().equals(X_train)
    assert db.dataset("X_test").load().equals(X_test)
    assert list(db.dataset("y_test").load()) == list(y_test)
    assert db.dataset("y_test").load().index.equals(y_test.index)


def test_an_unchanged_column_is_stored_once(db: Database) -> None:
    import json

    held = dict(db.catalog.query("SELECT name, kept_digests FROM datasets WHERE name IN ('X', 'y')"))
    columns = dict(db.catalog.query("SELECT digest, dataset_id FROM dataset_columns"))
    assert len(json.loads(held["X"])) == 4 + 2  # its columns, the frame, the row digests
    assert columns


def test_examples_join_predictions_and_keep_their_identity_through_the_split(db: Database) -> None:
    joined = db.sql(
        "SELECT count(*) FROM predictions p JOIN examples('X_test') e USING (example) JOIN examples('X') w "
        "USING (example) WHERE p.model_id = ?",
        [_model(db, name="line")],
    ).scalar()
    assert joined >= 38  # iris has one row twice


def test_nothing_is_kept_when_that_is_switched_off(tmp_path: Path) -> None:
    script = (
        "from sklearn.datasets import load_iris\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.metrics import accuracy_score\n"
        "X, y = load_iris(return_X_y=True)\n"
        "print(accuracy_score(y, LogisticRegression(max_iter=999).fit(X, y).predict(X)))\n"
    )
    store = record(script, tmp_path, MODELDB_KEEP_PREDICTIONS="0", MODELDB_KEEP_DATASETS_BYTES="0")
    with modeldb.open(store) as db:
        assert db.sql("SELECT count(*) FROM predictions").scalar() == 0
        assert db.sql("SELECT count(*) FROM datasets WHERE kept").scalar() == 0
        with pytest.raises(NotFound, match="not kept"):
            db.dataset("X").load()


def test_predictions_are_written_while_the_script_goes_on(tmp_path: Path) -> None:
    script = (
        "import os, time, signal\n"
        "from pathlib import Path\n"
        "from sklearn.datasets import load_iris\n"
        "from sklearn.dummy import DummyClassifier\n"
        "from modeldb.client import session\n"
        "X, y = load_iris(return_X_y=True)\n"
        "DummyClassifier().fit(X, y).predict(X)\n"
        "journal = Path(os.environ['MODELDB_STORE'], 'journal')\n"
        "for _ in range(600):\n"
        "    if any(b'predictions_stored' in file.read_bytes() for file in journal.rglob('*.seg')):\n"
        "        break\n"
        "    time.sleep(0.1)\n"
        "else:\n"
        "    raise SystemExit('nothing was written')\n"
    )
    record(script, tmp_path, MODELDB_DRAIN_INTERVAL_S="0.2")


def test_larger_predictions_become_parquet_and_values_changed_later_do_not_count(tmp_path: Path) -> None:
    script = (
        "import numpy as np\n"
        "from sklearn.dummy import DummyClassifier\n"
        "from sklearn.metrics import accuracy_score\n"
        "rng = np.random.default_rng(0)\n"
        "X, y = rng.normal(size=(6000, 3)), rng.integers(0, 2, 6000)\n"
        "model = DummyClassifier(strategy='stratified', random_state=0).fit(X, y)\n"
        "said = model.predict(X)\n"
        "first = said.copy()\n"
        "accuracy_score(y, said)\n"
        "said[:] = 7\n"
        "np.save('first.npy', first)\n"
    )
    store = record(script, tmp_path)
    assert list((store / "examples").rglob("*.parquet"))
    with modeldb.open(store) as db:
        kept = db.sql('SELECT prediction FROM predictions ORDER BY "row"').column("prediction")
    assert kept == [str(value) for value in np.load(tmp_path / "first.npy")]
