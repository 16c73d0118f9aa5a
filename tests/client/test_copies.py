"""A copy of a fitted model is that model, not one that was found."""

from __future__ import annotations

import pytest

from modeldb.testing.recording import Recorded, record

MODELS = """
import copy, pickle
import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
X, y = load_iris(return_X_y=True)
y = (y == 1).astype(int)
linear = LogisticRegression(max_iter=500).fit(X, y)
forest = RandomForestClassifier(3, random_state=0).fit(X, y)
other = RandomForestClassifier(3, random_state=1).fit(X, y)
boosted = GradientBoostingClassifier(n_estimators=2, random_state=np.random.RandomState(3)).fit(X, y)
pipeline = make_pipeline(StandardScaler(), SVC()).fit(X, y)
"""


def judged(recorded: Recorded) -> list[str | None]:
    names = {model.model_id: model.name if model.role == "model" else model.role for model in recorded.models}
    return [names[m.model_id or ""] for m in recorded.metrics]


@pytest.mark.parametrize("name", ["linear", "forest", "boosted", "pipeline"])
def test_what_a_copy_says_is_what_the_model_says(name, tmp_path):
    copies = ("copy.deepcopy({0})", "pickle.loads(pickle.dumps({0}))")
    calls = "".join(f"a = {c.format(name)}\naccuracy_score(y, a.predict(X))\ndel a\n" for c in copies)
    assert judged(record(MODELS + calls, tmp_path)) == [name, name]


def test_a_model_that_has_gone_on_learning_is_not_the_one_its_copy_was(tmp_path):
    script = """
held = copy.deepcopy(linear)
linear.fit(X[:60], y[:60])
accuracy_score(y, held.predict(X))
"""
    assert judged(record(MODELS + script, tmp_path)) == ["found"]
