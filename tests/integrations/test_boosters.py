"""What XGBoost's and LightGBM's own interfaces leave behind."""

from __future__ import annotations

import pytest

from modeldb.testing.recording import Recorded, record

DATA = """
from sklearn.datasets import load_breast_cancer
from sklearn.metrics import accuracy_score, roc_auc_score
from sklearn.model_selection import train_test_split
X, y = load_breast_cancer(return_X_y=True, as_frame=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""

XGBOOST = (
    DATA
    + """
import xgboost as xgb
dtrain, dtest = xgb.DMatrix(X_train, label=y_train), xgb.DMatrix(data=X_test, label=y_test)
history = {}
bst = xgb.train({"objective": "binary:logistic", "max_depth": 2, "seed": 3, "eval_metric": "auc"}, dtrain, 4,
                evals=[(dtest, "test")], evals_result=history, verbose_eval=False)
scores = bst.predict(dtest)
labels = (scores > 0.5).astype(int)
"""
)

LIGHTGBM = (
    DATA
    + """
import lightgbm as lgb
train_set = lgb.Dataset(X_train, y_train)
history = {}
bst = lgb.train({"objective": "binary", "num_leaves": 4, "seed": 3, "metric": "auc", "verbose": -1}, train_set, 4,
                valid_sets=[train_set.create_valid(X_test, y_test)], callbacks=[lgb.record_evaluation(history)])
scores = bst.predict(X_test)
labels = (scores > 0.5).astype(int)
"""
)

JUDGED = """
roc_auc_score(y_test, scores)
accuracy_score(y_test, labels)
"""


def read_by(recorded: Recorded, operation: str) -> list[tuple[str, str | None]]:
    action = recorded.one(operation)
    return [(i.role, recorded.datasets[i.artifact_id].name) for i in action.inputs if i.artifact_kind == "dataset"]


@pytest.mark.parametrize(
    ("library", "script", "container"), [("xgboost", XGBOOST, "DMatrix"), ("lightgbm", LIGHTGBM, "Dataset")]
)
def test_a_training_is_a_fit_and_what_the_booster_said_is_judged(library, script, container, tmp_path):
    pytest.importorskip(library)
    recorded = record(script + JUDGED, tmp_path)
    fit = recorded.one(f"{library}.train")
    assert (fit.kind, fit.library, fit.status, fit.rng) == ("fit", library, "ok", 3)
    assert ("X", "X_train") in read_by(recorded, f"{library}.train")
    assert ("y", "y_train") in read_by(recorded, f"{library}.train")
    assert f"{library}.{container}" in [action.operation for action in recorded.actions]
    (model,) = fit.models
    assert (model.type, model.name, model.problem_type) == ("Booster", "bst", "classification")
    values = {p.name: p.value for p in model.hyperparameters}
    assert (values["objective"][:6], values["num_boost_round"]) == ("binary", 4)
    judged = {m.name: (m.model_id, recorded.datasets[m.dataset_id].name) for m in recorded.metrics if m.label is None}
    assert judged == dict.fromkeys(("roc_auc_score", "accuracy_score"), (model.model_id, "X_test"))
    operations = [a.operation for a in recorded.ancestors(recorded.one("accuracy_score"))]
    assert {"sklearn.datasets.load_breast_cancer", f"{library}.train"} <= set(operations)


def test_what_was_measured_on_the_way_is_the_boosters(tmp_path):
    pytest.importorskip("xgboost")
    recorded = record(XGBOOST, tmp_path)
    assert ("evals[0].X", "X_test") in read_by(recorded, "xgboost.train")
    curve = recorded.namespace["history"]["test"]["auc"]
    assert [(m.name, m.label, m.step, m.value) for m in recorded.metrics] == [
        ("auc", "test", step, value) for step, value in enumerate(curve)
    ]
    assert {recorded.datasets[m.dataset_id].name for m in recorded.metrics} == {"X_test"}


def test_of_many_rounds_the_curve_keeps_its_shape_and_its_end(tmp_path):
    pytest.importorskip("xgboost")
    recorded = record(XGBOOST.replace("dtrain, 4,", "dtrain, 350,"), tmp_path)
    curve = recorded.namespace["history"]["test"]["auc"]
    kept = {m.step: m.value for m in recorded.metrics}
    assert len(curve) == 350 and len(kept) == len(recorded.metrics) == 100
    assert all(curve[step] == value for step, value in kept.items()) and {0, 349} <= kept.keys()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_file_the_library_reads_itself_is_where_its_model_comes_from(library, tmp_path):
    pytest.importorskip(library)
    data = "\n".join(f"{i % 2} 1:{i} 2:{i % 5}" for i in range(60)) + "\n"
    (tmp_path / "train.txt").write_text(data)
    load = {
        "xgboost": "xgboost.DMatrix('train.txt?format=libsvm')",
        "lightgbm": "lightgbm.Dataset('train.txt', params={'verbose': -1})",
    }[library]
    script = f"import {library}\ndata = {load}\nbst = {library}.train({{'verbosity': 0, 'verbose': -1}}, data, 2)\n"
    recorded = record(script + "bst.save_model('model.json')\n", tmp_path)
    fit = recorded.one(f"{library}.train")
    (file,) = [i.artifact_id for i in fit.inputs if i.artifact_kind == "file"]
    assert next(f.path for a in recorded.actions for f in a.files if f.file_id == file) == str(tmp_path / "train.txt")
    written = recorded.one("Booster.save_model")
    assert [i.artifact_id for i in written.inputs] == [fit.models[0].model_id]
    assert [f.path for f in written.files] == [str(tmp_path / "model.json")]


def test_training_that_goes_on_names_the_model_it_began_with(tmp_path):
    pytest.importorskip("xgboost")
    recorded = record(XGBOOST + "more = xgb.train({}, dtrain, 1, xgb_model=bst)\n", tmp_path)
    first, second = [a for a in recorded.actions if a.operation == "xgboost.train"]
    assert [i.artifact_id for i in second.inputs if i.artifact_kind == "model"] == [first.models[0].model_id]


@pytest.mark.parametrize(
    ("library", "script", "data"), [("xgboost", XGBOOST, "dtrain"), ("lightgbm", LIGHTGBM, "lgb.Dataset(X, y)")]
)
def test_cross_validation_is_a_candidate_with_what_was_measured(library, script, data, tmp_path):
    pytest.importorskip(library)
    parameters = {"xgboost": "{'objective': 'binary:logistic'}", "lightgbm": "{'objective': 'binary', 'verbose': -1}"}
    call = f"found = {library}.cv({parameters[library]}, {data}, 3, nfold=3)\n"
    recorded = record(script + f"import {library}\n" + call, tmp_path)
    action = recorded.one(f"{library}.cv")
    (model,) = action.models
    assert (model.type, model.role, model.problem_type) == ("Booster", "candidate", "classification")
    assert {m.name for m in action.metrics} == set(recorded.namespace["found"].keys())
    assert [m.step for m in action.metrics if m.name == action.metrics[0].name] == [0, 1, 2]
    assert {m.model_id for m in action.metrics} == {model.model_id}


def test_a_wrapper_in_scikit_learns_manner_is_one_fit(tmp_path):
    pytest.importorskip("xgboost")
    script = DATA + "from xgboost import XGBClassifier\nXGBClassifier(n_estimators=2).fit(X, y).predict(X)\n"
    assert [a.kind for a in record(script, tmp_path).actions] == ["read", "split", "fit", "predict"]


def test_a_regressor_read_from_a_file_is_known_to_be_fitted(tmp_path):
    pytest.importorskip("xgboost")
    script = (
        "import pickle\n"
        "from sklearn.datasets import load_diabetes\n"
        "from sklearn.metrics import r2_score\n"
        "from xgboost import XGBRegressor\n"
        "X, y = load_diabetes(return_X_y=True)\n"
        "read = pickle.loads(pickle.dumps(XGBRegressor(n_estimators=2).fit(X, y)))\n"
        "r2_score(y, read.predict(X))\n"
    )
    recorded = record(script, tmp_path)
    (found,) = [m for m in recorded.models if m.role == "found"]
    assert [m.model_id for m in recorded.metrics] == [found.model_id]


@pytest.mark.filterwarnings("ignore:The argument 'eval_set' is deprecated")
@pytest.mark.parametrize(
    ("library", "estimator", "sets"),
    [
        ("xgboost", "XGBClassifier", "eval_set=[(X_train, y_train), (X_test, y_test)], verbose=False"),
        ("lightgbm", "LGBMClassifier", "eval_set=[(X_train, y_train), (X_test, y_test)]"),
        ("lightgbm", "LGBMClassifier", "eval_X=(X_train, X_test), eval_y=(y_train, y_test), eval_metric=['auc']"),
    ],
)
def test_what_an_estimator_measured_on_the_way_is_about_its_evaluation_sets(library, estimator, sets, tmp_path):
    pytest.importorskip(library)
    script = f"from {library} import {estimator}\nmodel = {estimator}(n_estimators=2, verbosity=0)\n"
    recorded = record(f"{DATA}{script}model.fit(X_train, y_train, {sets})\n", tmp_path)
    assert [given for given in read_by(recorded, f"{estimator}.fit") if given[0].startswith("eval_set[1]")] == [
        ("eval_set[1].X", "X_test"),
        ("eval_set[1].y", "y_test"),
    ]
    results = recorded.namespace["model"].evals_result_
    judged = [
        (recorded.datasets[m.dataset_id].name, m.label, m.name, m.step, m.value)
        for m in recorded.one(f"{estimator}.fit").metrics
    ]
    assert judged == [
        (data, label, name, step, value)
        for data, (label, curves) in zip(("X_train", "X_test"), results.items(), strict=True)
        for name, curve in curves.items()
        for step, value in enumerate(curve)
    ]
