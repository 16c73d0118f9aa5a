"""A script of an ordinary kind, really run and recorded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import modeldb
from modeldb.database import Database

SCRIPT = """
import numpy as np, pandas as pd
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, roc_auc_score
from sklearn.model_selection import cross_val_predict, train_test_split

frame = load_iris(as_frame=True)
X, y = frame.data, frame.target.map(dict(enumerate(frame.target_names)))
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
for C in (0.001, 1.0):
    model = LogisticRegression(C=C, max_iter=500).fit(X_train, y_train)
    accuracy_score(y_test, model.predict(X_test))
    log_loss(y_test, model.predict_proba(X_test))
forest = RandomForestClassifier(5, random_state=0).fit(X_train, y_train)
forest.score(X_test, y_test)
forest.predict(X_test)
folds = cross_val_predict(LogisticRegression(max_iter=500), X, y, cv=3)

target = X_train["petal width (cm)"] * 2 + 1
line = LinearRegression().fit(X_train, target)
said = line.predict(X_test)
mean_squared_error(X_test["petal width (cm)"] * 2 + 1, said)
never = LinearRegression(fit_intercept=False).fit(X_train, target)
never.predict(X_test)
"""


def record(script: str, directory: Path, **settings: str) -> Path:
    """Run a script under `modeldb run`; the store it was recorded in."""
    path, store = directory / "train.py", directory / "store"
    path.write_text(script)
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MODELDB_")}
    environ = {**clean, "MODELDB_STORE": str(store), "MODELDB_STRICT": "1", **settings}
    done = subprocess.run(
        [sys.executable, "-m", "modeldb.cli.run", str(path)], env=environ, cwd=directory, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr, done.stderr
    return store


@pytest.fixture(scope="session")
def iris(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store of the script above."""
    pytest.importorskip("sklearn")
    return record(SCRIPT, tmp_path_factory.mktemp("iris"))


@pytest.fixture
def db(iris: Path) -> Iterator[Database]:
    with modeldb.open(iris) as opened:
        yield opened
