"""Of the calls a script makes, nearly all are recorded; what it prints and how it ends stays the same.

The calls are counted by `call_counter`, in a process of its own, without ModelDB.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import modeldb
from modeldb.catalog import open_catalog
from modeldb.catalog.drain import drain
from modeldb.store import StoreLayout

HERE = Path(__file__).parent
DEMO = Path(modeldb.__file__).parent / "demo" / "scripts"

TOUR = """
import sys
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_wine, make_blobs
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, adjusted_rand_score, f1_score, mean_squared_error, silhouette_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, PolynomialFeatures, StandardScaler

class Majority(ClassifierMixin, BaseEstimator):
    def fit(self, X, y):
        self.classes_, counts = np.unique(y, return_counts=True)
        self.most_ = self.classes_[counts.argmax()]
        return self
    def predict(self, X):
        return np.full(len(X), self.most_)

def main():
    frame = load_wine(as_frame=True).frame
    frame.to_csv("wine.csv", index=False)
    frame = pd.read_csv("wine.csv")
    X, y = frame.drop(columns="target"), frame.target
    X_train, X_test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    for model in (GaussianNB(), Majority(), make_pipeline(StandardScaler(), LogisticRegression())):
        model.fit(X_train, y_train)
        macro = f1_score(y_test, model.predict(X_test), average="macro")
        print(type(model).__name__, model.score(X_test, y_test), macro)
    scaled = MinMaxScaler().fit_transform(X)
    points = PCA(2).fit_transform(scaled)
    clusters = KMeans(3, n_init=2, random_state=0).fit_predict(points)
    print(round(adjusted_rand_score(y, clusters), 6), round(silhouette_score(points, clusters), 6))
    for train, test in StratifiedKFold(3).split(scaled, y):
        fold = RandomForestClassifier(8, random_state=0, n_jobs=2).fit(scaled[train], y.iloc[train])
        print(accuracy_score(y.iloc[test], fold.predict(scaled[test])), fold.predict_proba(scaled[test]).shape)
    search = GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}, cv=3).fit(X_train, X_train["alcohol"])
    print(search.best_params_, round(mean_squared_error(X_test["alcohol"], search.predict(X_test)), 8))
    print(cross_val_score(GaussianNB(), X, y, cv=3))
    vote = VotingClassifier([("a", GaussianNB()), ("b", GaussianNB(var_smoothing=0.1))]).fit(X_train, y_train)
    print(vote.transform(X_test).shape, vote.predict(X_test)[:5])
    blobs, labels = make_blobs(50, random_state=1)
    wide = PolynomialFeatures(2).fit(blobs).transform(blobs)
    print(wide.shape, np.random.RandomState(0).rand(), file=sys.stderr)
    sys.exit(3)

if __name__ == "__main__":
    main()
"""


def scripts(tmp_path: Path) -> dict[str, Path]:
    tour = tmp_path / "tour.py"
    tour.write_text(TOUR)
    return {"tour": tour}


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "MPLBACKEND": "Agg", "MODELDB_STRICT": "1", "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
    )


def recorded_kinds(store: Path) -> Counter[str]:
    layout = StoreLayout(store)
    with open_catalog(layout.catalog) as catalog:
        drain(layout.journal, catalog)
        rows = catalog.query(
            """
            select kind, count(*) from actions
            where depth = 0 and not inferred and (library not in ('pandas', 'numpy') or kind = 'read')
            group by kind
            """
        )
        return Counter({row[0]: row[1] for row in rows})


@pytest.mark.parametrize("name", ["tour", "diabetes"])
def test_a_scripts_calls_are_recorded_and_its_behaviour_unchanged(tmp_path, name):
    script = scripts(tmp_path).get(name)
    if script is None:
        run(str(DEMO / "prepare.py"), cwd=tmp_path)
        script = DEMO / f"{name}.py"
    bare = run(str(script), cwd=tmp_path)
    seen = run("-m", "modeldb", "run", "--store", str(tmp_path / "store"), str(script), cwd=tmp_path)
    assert (seen.returncode, seen.stdout, seen.stderr) == (bare.returncode, bare.stdout, bare.stderr)

    counts = tmp_path / "counts.json"
    run(str(HERE / "call_counter.py"), str(script), str(counts), cwd=tmp_path)
    expected = Counter(json.loads(counts.read_text()))
    found = recorded_kinds(tmp_path / "store")
    assert expected.total() > 20
    missing = expected - found
    assert missing.total() <= 0.02 * expected.total(), (expected, found)
