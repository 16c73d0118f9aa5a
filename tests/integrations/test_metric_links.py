"""Which model and which data a metric is about, whatever the script does with predictions in between."""

from __future__ import annotations

import pytest

from modeldb.testing.recording import linked, record

IRIS = """
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score, confusion_matrix, classification_report
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""


@pytest.mark.parametrize(
    "expression",
    [
        "clf.predict(X_test)",
        "clf.predict(X_test)[:]",
        "clf.predict_proba(X_test).argmax(axis=1)",
        "list(clf.predict(X_test))",
        "(clf.predict_proba(X_test)[:, 2] > 0.5).astype(int)",
    ],
)
def test_a_metric_is_linked_through_what_the_script_does_with_predictions(tmp_path, expression):
    script = IRIS + f"clf = LogisticRegression().fit(X_train, y_train)\np = {expression}\naccuracy_score(y_test, p)\n"
    assert linked(record(script, tmp_path), "accuracy_score") == [("LogisticRegression", "X_test")]


def test_two_models_that_say_the_same_are_told_apart(tmp_path):
    script = (
        IRIS
        + """
a = LogisticRegression(C=1.0).fit(X_train, y_train)
b = LogisticRegression(C=1.0001).fit(X_train, y_train)
pa, pb = a.predict(X_test), b.predict(X_test)
accuracy_score(y_test, pb)
accuracy_score(y_test, pa)
"""
    )
    recorded = record(script, tmp_path)
    assert (recorded.namespace["pa"] == recorded.namespace["pb"]).all()
    made = {model.name: model.model_id for model in recorded.models}
    assert [m.model_id for m in recorded.metrics] == [made["b"], made["a"]]


def test_clustering_metrics_on_a_models_attribute_are_about_the_model(tmp_path):
    script = (
        IRIS
        + """
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
km = KMeans(3, n_init=1, random_state=0).fit(X)
silhouette_score(X, km.labels_)
"""
    )
    assert linked(record(script, tmp_path), "silhouette_score") == [("KMeans", "X")]


def test_a_metric_of_a_metric_is_about_the_same_model(tmp_path):
    script = (
        IRIS
        + """
from sklearn.metrics import auc, roc_curve
two = y < 2
clf = LogisticRegression().fit(X[two], y[two])
false, true, _ = roc_curve(y[two], clf.predict_proba(X[two])[:, 1])
auc(false, true)
"""
    )
    assert [model for model, _ in linked(record(script, tmp_path), "auc")] == ["LogisticRegression"]


def test_a_metric_on_tuples_of_a_models_arrays_is_about_the_model(tmp_path):
    script = """
from sklearn.cluster import SpectralCoclustering
from sklearn.datasets import make_biclusters
from sklearn.metrics import consensus_score
data, rows, columns = make_biclusters((30, 20), n_clusters=3, random_state=0)
model = SpectralCoclustering(n_clusters=3, random_state=0).fit(data)
consensus_score(model.biclusters_, (rows, columns))
"""
    assert [model for model, _ in linked(record(script, tmp_path), "consensus_score")] == ["SpectralCoclustering"]


@pytest.mark.parametrize(
    "expression",
    [
        "clf.classes_[clf.predict_proba(X_test).argmax(axis=1)]",
        "np.array([clf.predict(X_test[i : i + 1])[0] for i in range(len(X_test))])",
    ],
)
def test_predictions_of_many_classes_are_not_taken_for_a_selection_of_the_labels(tmp_path, expression):
    script = f"""
import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import accuracy_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=100, random_state=0)
clf = GaussianNB().fit(X_train, y_train)
predicted = {expression}
accuracy_score(y_test, predicted)
"""
    assert [model for model, _ in linked(record(script, tmp_path), "accuracy_score")] == ["GaussianNB"]


LOOP = """
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor
X, y = load_diabetes(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
weights = np.linspace(0.5, 1.5, len(y_test))
said = []
for model in (Ridge(), DecisionTreeRegressor(max_depth=2)):
    model.fit(X_train, y_train)
    weighted = weights * model.predict(X_test)
    said.append(weighted)
    {inside}
mean = (said[0] + said[1]) / 2
{after}
"""


def test_what_a_loop_makes_of_predictions_is_about_the_model_of_this_turn(tmp_path):
    recorded = record(LOOP.format(inside="r2_score(y_test, np.sin(weighted))", after=""), tmp_path)
    assert linked(recorded, "r2_score") == [("Ridge", "X_test"), ("DecisionTreeRegressor", "X_test")]


def test_what_is_made_of_several_models_predictions_is_about_none_of_them(tmp_path):
    recorded = record(LOOP.format(inside="pass", after="r2_score(y_test, mean)"), tmp_path)
    assert [model for model, _ in linked(recorded, "r2_score")] == [None]


CLUSTERS = """
import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import adjusted_rand_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
X, y = load_iris(return_X_y=True)
"""


def test_labels_of_a_pipelines_last_step_are_the_pipelines(tmp_path):
    script = (
        CLUSTERS
        + """
one = KMeans(3, n_init=1, random_state=0).fit(X)
for scale in (StandardScaler(), StandardScaler(with_std=False)):
    pipe = make_pipeline(scale, KMeans(3, n_init=1, random_state=0)).fit(X)
    adjusted_rand_score(y, pipe[-1].labels_)
adjusted_rand_score(y, one.labels_)
"""
    )
    assert linked(record(script, tmp_path), "adjusted_rand_score") == [("Pipeline", "X")] * 2 + [("KMeans", "X")]


def test_what_a_script_picks_of_a_models_labels_is_about_the_model(tmp_path):
    script = (
        CLUSTERS
        + """
model = KMeans(3, n_init=1, random_state=0).fit(X)
kept = model.labels_ != 1
some = model.labels_[kept]
adjusted_rand_score(y[kept], some)
"""
    )
    assert linked(record(script, tmp_path), "adjusted_rand_score") == [("KMeans", "X")]


def test_an_average_over_a_models_curves_is_about_the_model(tmp_path):
    script = (
        IRIS
        + """
import numpy as np
from sklearn.metrics import auc, roc_curve
clf = LogisticRegression().fit(X_train, y_train)
scores = clf.predict_proba(X_test)
false, true = {}, {}
for i in range(3):
    false[i], true[i], _ = roc_curve(y_test == i, scores[:, i])
grid = np.linspace(0.0, 1.0, 100)
mean = np.zeros_like(grid)
n_classes = len(np.unique(y))
for i in range(n_classes):
    mean += np.interp(grid, false[i], true[i])
auc(grid, mean / n_classes)
mean /= n_classes
auc(grid, mean)
"""
    )
    recorded = record(script, tmp_path)
    assert [model for model, _ in linked(recorded, "auc")] == ["LogisticRegression"] * 2


def test_a_scorer_that_the_script_calls_is_a_prediction_and_a_metric(tmp_path):
    script = (
        IRIS
        + """
from sklearn.metrics import get_scorer, make_scorer, fbeta_score
clf = LogisticRegression(max_iter=500).fit(X_train, y_train)
get_scorer("neg_log_loss")(clf, X_test, y_test)
make_scorer(fbeta_score, beta=2, average="macro")(clf, X_test, y_test)
"""
    )
    recorded = record(script, tmp_path)
    called = [call.operation.rpartition(".")[2] for call in recorded.calls[-4:]]
    assert called == ["predict_proba", "log_loss", "predict", "fbeta_score"]
    for name in ("log_loss", "fbeta_score"):
        assert linked(recorded, name) == [("LogisticRegression", "X_test")]


def test_a_scorer_at_work_for_another_call_adds_nothing(tmp_path):
    script = (
        IRIS
        + """
from sklearn.inspection import permutation_importance
from sklearn.model_selection import cross_val_score
clf = LogisticRegression(max_iter=500).fit(X_train, y_train)
cross_val_score(clf, X, y, scoring="f1_macro", cv=2)
permutation_importance(clf, X_test, y_test, scoring="accuracy", n_repeats=1)
"""
    )
    called = [call.operation.rpartition(".")[2] for call in record(script, tmp_path).calls]
    assert called[-3:] == ["fit", "cross_val_score", "permutation_importance"]


@pytest.mark.parametrize(
    "judging",
    [
        "for said in model.staged_predict(X_test):\n    accuracy_score(y_test, said)\n",
        "scores = [accuracy_score(y_test, said)\n          for said in model.staged_predict(X_test)]\n",
        "def best(fitted, X_test):\n    return max(accuracy_score(y_test, s) for s in fitted.staged_predict(X_test))\n"
        "best(model, X_test)\n",
    ],
)
def test_what_a_model_says_stage_by_stage_is_about_it(judging, tmp_path):
    script = "from sklearn.ensemble import GradientBoostingClassifier\n"
    script += "model = GradientBoostingClassifier(n_estimators=2, random_state=0).fit(X_train, y_train)\n"
    recorded = record(IRIS + script + judging, tmp_path)
    assert linked(recorded, "accuracy_score") == [("GradientBoostingClassifier", "X_test")] * 2


def test_the_name_of_a_comprehensions_variable_is_not_another_ones(tmp_path):
    script = IRIS + "Z = X * 2\nnames = [Z for Z in 'ab']\nclf = LogisticRegression(max_iter=500).fit(Z, y)\n"
    recorded = record(script, tmp_path)
    assert "X * 2" in [a.operation for a in recorded.ancestors(recorded.one("LogisticRegression.fit"))]
