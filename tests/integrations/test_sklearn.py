"""What a scikit-learn script leaves behind."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from modeldb.testing.recording import linked, record, recording

IRIS = """
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score, roc_auc_score, confusion_matrix, classification_report
X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""


def test_a_fit_has_its_data_hyperparameters_and_model(tmp_path):
    recorded = record(IRIS + "clf = LogisticRegression(C=0.5).fit(X_train, y_train)\n", tmp_path)
    fit = recorded.one("LogisticRegression.fit")
    assert (fit.kind, fit.library, fit.status, fit.line) == ("fit", "sklearn", "ok", 8)
    assert [(i.role, recorded.datasets[i.artifact_id].name) for i in fit.inputs if i.artifact_kind == "dataset"] == [
        ("X", "X_train"),
        ("y", "y_train"),
    ]
    (model,) = fit.models
    assert (model.type, model.problem_type, model.n_features) == ("LogisticRegression", "classification", 4)
    values = {p.name: (p.value, p.is_default) for p in model.hyperparameters}
    assert values["C"] == (0.5, False)
    assert values["fit_intercept"] == (True, True)


def test_lineage_reaches_the_loader(tmp_path):
    recorded = record(IRIS + "clf = LogisticRegression().fit(X_train, y_train)\n", tmp_path)
    operations = [a.operation for a in recorded.ancestors(recorded.one("LogisticRegression.fit"))]
    assert operations == ["sklearn.model_selection.train_test_split", "sklearn.datasets.load_iris"]


def test_score_confusion_matrix_and_report(tmp_path):
    script = (
        IRIS
        + """
clf = LogisticRegression().fit(X_train, y_train)
clf.score(X_test, y_test)
p = clf.predict(X_test)
confusion_matrix(y_test, p)
text = classification_report(y_test, p)
table = classification_report(y_test, p, output_dict=True)
"""
    )
    recorded = record(script, tmp_path)
    assert linked(recorded, "score") == [("LogisticRegression", "X_test")]
    precisions = [(m.label, round(m.value, 2)) for m in recorded.metrics if m.name == "precision"]
    half = len(precisions) // 2
    assert dict(precisions[:half]) == dict(precisions[half:])
    assert {"0", "1", "2", "macro avg", "weighted avg"} == dict(precisions).keys()


PIPELINE = """
import numpy as np, pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score, f1_score
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
rng = np.random.default_rng(0)
pd.DataFrame({
    "age": rng.integers(18, 80, 300), "income": rng.lognormal(10, 1, 300), "city": rng.choice(list("abc"), 300),
}).assign(bought=lambda d: (d.age > 40).astype(int)).to_csv("people.csv", index=False)

class Clip(BaseEstimator, TransformerMixin):
    def __init__(self, quantile=0.9):
        self.quantile = quantile
    def fit(self, X, y=None):
        self.high_ = np.quantile(X, self.quantile, axis=0)
        return self
    def transform(self, X):
        return np.minimum(X, self.high_)

people = pd.read_csv("people.csv")
people = people[people.age < 75]
X, y = people.drop(columns="bought"), people["bought"]
numbers = Pipeline([("impute", SimpleImputer()), ("clip", Clip()), ("scale", StandardScaler())])
pre = ColumnTransformer([("numbers", numbers, ["age", "income"]), ("city", OneHotEncoder(), ["city"])])
pipe = Pipeline([("pre", pre), ("clf", LogisticRegression(max_iter=500))])
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
"""


def test_a_pipeline_encloses_its_steps_and_reaches_the_file(tmp_path):
    recorded = record(PIPELINE + "pipe.fit(X_train, y_train)\n", tmp_path)
    fit = recorded.one("Pipeline.fit")
    below = [(a.depth, a.operation.split(".")[-2]) for a in recorded.actions if a.depth and not a.inferred]
    assert below == [
        (1, "ColumnTransformer"),
        (2, "Pipeline"),
        (3, "SimpleImputer"),
        (3, "Clip"),
        (3, "StandardScaler"),
        (2, "OneHotEncoder"),
        (1, "LogisticRegression"),
    ]
    assert {model.role for model in recorded.models} == {"model", "step"}
    values = {p.name: p.value for p in fit.models[0].hyperparameters}
    assert values["clf__max_iter"] == 500
    assert values["pre__numbers__clip__quantile"] == 0.9
    read = next(a for a in recorded.ancestors(fit) if a.operation == "pandas.read_csv")
    assert [f.path for f in read.files] == [str(tmp_path / "people.csv")]


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_a_search_has_every_candidate_and_fold(tmp_path, n_jobs):
    script = (
        PIPELINE
        + f"""
search = GridSearchCV(pipe, {{"clf__C": [0.1, 1.0, 10.0]}}, cv=3, n_jobs={n_jobs}).fit(X_train, y_train)
p = search.predict(X_test)
accuracy_score(y_test, p), f1_score(y_test, p), roc_auc_score(y_test, search.predict_proba(X_test)[:, 1])
"""
    )
    recorded = record(script, tmp_path)
    search = recorded.namespace["search"]
    candidates = [m for m in recorded.models if m.role == "candidate"]
    assert [next(p.value for p in m.hyperparameters if p.name == "clf__C") for m in candidates] == [0.1, 1.0, 10.0]
    mean = {m.model_id: m.value for m in recorded.metrics if m.name == "mean_test_score"}
    assert [mean[m.model_id] for m in candidates] == pytest.approx(search.cv_results_["mean_test_score"])
    folds = [m for m in recorded.metrics if m.name == "test_score"]
    assert len(folds) == 9 and {m.step for m in folds} == {0, 1, 2}
    # Only the refit of the best is recorded as a fit of its own, below the search.
    assert [a.operation for a in recorded.actions if a.depth == 1 and a.kind == "fit"] == [
        "sklearn.pipeline.Pipeline.fit"
    ]
    for name in ("accuracy_score", "f1_score", "roc_auc_score"):
        assert linked(recorded, name) == [("GridSearchCV", "X_test")]


def test_cross_validation_is_a_candidate_with_fold_scores(tmp_path):
    script = (
        IRIS
        + """
from sklearn.model_selection import cross_val_score, cross_validate
scores = cross_val_score(LogisticRegression(C=2.0, max_iter=1000), X, y, cv=4)
both = cross_validate(LogisticRegression(max_iter=1000), X, y, scoring=["accuracy", "f1_macro"], cv=3)
"""
    )
    recorded = record(script, tmp_path)
    first, second = (m for m in recorded.models if m.role == "candidate")
    values = [m.value for m in recorded.metrics if m.model_id == first.model_id and m.name == "test_score"]
    assert values == pytest.approx(recorded.namespace["scores"])
    assert {m.name for m in recorded.metrics if m.model_id == second.model_id} >= {
        "test_accuracy",
        "mean_test_f1_macro",
    }


def test_a_change_in_place_is_noticed(tmp_path):
    script = IRIS + "X_train[:, 0] *= 2\nLogisticRegression().fit(X_train, y_train)\n"
    recorded = record(script, tmp_path)
    fit = recorded.one("LogisticRegression.fit")
    change = next(a for a in recorded.actions if a.operation == "in-place change")
    assert change.inferred and change.action_id in [i.producer_id for i in fit.inputs]
    assert next(i for i in fit.inputs if i.role == "X").changed


def test_a_filter_nobody_reported_is_found_by_its_rows(tmp_path):
    recorded = record(IRIS + "LogisticRegression().fit(X[y < 2], y[y < 2])\n", tmp_path)
    fit = recorded.one("LogisticRegression.fit")
    found = next(a for a in recorded.ancestors(fit) if a.inferred)
    assert (found.kind, found.operation) == ("select", "rows")


def test_arithmetic_is_found_in_the_scripts_text(tmp_path):
    recorded = record(IRIS + "Z = X / 10 + 1\nLogisticRegression().fit(Z, y)\n", tmp_path)
    found = next(a for a in recorded.ancestors(recorded.one("LogisticRegression.fit")) if a.inferred)
    assert found.operation == "X / 10 + 1"
    assert [recorded.datasets[i.artifact_id].name for i in found.inputs] == ["X"]


def test_texts_read_by_the_script_itself_lead_to_their_files(tmp_path):
    for i in range(6):
        (tmp_path / f"{i}.txt").write_text(f"text number {i} " + "spam " * i)
    script = """
from pathlib import Path
from sklearn.feature_extraction.text import CountVectorizer
paths = sorted(Path(".").glob("*.txt"))
texts = [p.read_text() for p in paths]
counts = CountVectorizer().fit_transform(texts)
"""
    recorded = record(script, tmp_path)
    read = next(a for a in recorded.actions if a.kind == "read")
    assert read.inferred and [f.path for f in read.files] == [str(tmp_path / f"{i}.txt") for i in range(6)]


def test_a_splitter_of_the_scripts_own_is_one_split(tmp_path):
    script = """
from sklearn.model_selection import BaseCrossValidator, KFold

class Halves(BaseCrossValidator):
    def get_n_splits(self, X=None, y=None, groups=None):
        return 1

    def split(self, X, y=None, groups=None):
        yield list(range(75)), list(range(75, 150))

class Purged(KFold):
    def split(self, X, y=None, groups=None):
        for train, test in super().split(X, y, groups):
            yield train[5:], test

for splitter in (Halves(), Purged(2)):
    list(splitter.split(X))
"""
    splits = [call.operation for call in record(IRIS + script, tmp_path).calls if call.operation.endswith(".split")]
    assert splits == ["__main__.Halves.split", "__main__.Purged.split"]


def test_a_table_given_to_a_function_leads_back_through_the_text_of_its_caller(tmp_path):
    load_iris_csv = "load_iris(as_frame=True).frame.to_csv('iris.csv', index=False)\n"
    script = (
        "import pandas as pd\n"
        "from sklearn.datasets import load_iris\n"
        "from sklearn.linear_model import LinearRegression\n"
        + load_iris_csv
        + """
def thinned(frame):
    out = pd.DataFrame()
    for i in range(80):  # more than is recorded of one line
        part = frame.iloc[i : i + 1].copy()
        part["square"] = part["target"] ** 2.0 + i
        out = pd.concat([out, part], ignore_index=True)
    return out

def train(data):
    return LinearRegression().fit(data.drop(columns="target"), data["target"])

frame = pd.read_csv("iris.csv")
less = thinned(frame)
train(less)
"""
    )
    recorded = record(script, tmp_path)
    fit = recorded.one("LinearRegression.fit")
    found = [
        (a.operation, a.line) for a in recorded.ancestors(fit) if a.operation in ("thinned(frame)", "pandas.read_csv")
    ]
    assert found == [("thinned(frame)", 19), ("pandas.read_csv", 17)]


def test_columns_split_off_lines_and_encoded_one_by_one_lead_to_their_file(tmp_path):
    (tmp_path / "people.txt").write_text("".join(f"{20 + i % 37},{'ab'[i % 2]},{'xyz'[i % 3]}\n" for i in range(60)))
    script = """
import numpy as np
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import LabelEncoder
name = "people.txt"
rows = []
with open(name) as lines:
    for line in lines.readlines():
        rows.append(line.strip().split(","))
rows = np.array(rows)
encoded = np.empty(rows.shape)
for i in range(rows.shape[1]):
    encoded[:, i] = LabelEncoder().fit_transform(rows[:, i])
X, y = encoded[:, :-1].astype(int), encoded[:, -1].astype(int)
GaussianNB().fit(X, y)
"""
    recorded = record(script, tmp_path)
    encoders = [a for a in recorded.actions if a.operation.endswith("LabelEncoder.fit_transform")]
    for fit in [*encoders, recorded.one("GaussianNB.fit")]:
        read = {file.path for a in recorded.ancestors(fit) for file in a.files}
        assert read == {str(tmp_path / "people.txt")}, fit.operation


def test_a_failed_fit_is_an_action_and_the_error_is_the_users(tmp_path):
    script = (
        IRIS
        + """
try:
    LogisticRegression().fit(X_train, y_test)
except ValueError as error:
    caught = str(error)
"""
    )
    recorded = record(script, tmp_path)
    fit = recorded.one("LogisticRegression.fit")
    assert fit.status == "failed" and recorded.namespace["caught"] in fit.error
    assert not fit.models


def test_partial_fit_continues_its_own_model(tmp_path):
    script = (
        IRIS
        + """
from sklearn.linear_model import SGDClassifier
sgd = SGDClassifier(random_state=0)
for _ in range(3):
    sgd.partial_fit(X, y, classes=[0, 1, 2])
"""
    )
    recorded = record(script, tmp_path)
    fits = [a for a in recorded.calls if a.operation.endswith("partial_fit")]
    used = [[i.artifact_id for i in a.inputs if i.artifact_kind == "model"] for a in fits]
    made = [a.models[0].model_id for a in fits]
    assert used == [[], [made[0]], [made[1]]]


def test_an_estimator_with_no_sklearn_base_is_recorded(tmp_path):
    script = (
        IRIS
        + """
class Nearest:
    def fit(self, X, y):
        self.X_, self.y_ = X, y
        return self
    def predict(self, X):
        return self.y_[((X[:, None] - self.X_) ** 2).sum(-1).argmin(1)]
accuracy_score(y_test, Nearest().fit(X_train, y_train).predict(X_test))
"""
    )
    assert linked(record(script, tmp_path), "accuracy_score") == [("Nearest", "X_test")]


@pytest.mark.parametrize(
    "made",
    ["make_pipeline(StandardScaler(), LogisticRegression())", "make_union(StandardScaler(), 'passthrough')"],
)
def test_a_composite_read_from_a_file_is_known_to_be_fitted(made, tmp_path):
    script = (
        IRIS
        + f"""
import pickle
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import StandardScaler
kept = pickle.dumps({made}.fit(X_train, y_train))
read = pickle.loads(kept)
if hasattr(read, "predict"):
    accuracy_score(y_test, list(read.predict(X_test)))
else:
    read.transform(X_test)
unfitted = {made}
try:
    unfitted.transform(X_test)
except Exception:
    pass
"""
    )
    recorded = record(script, tmp_path)
    found = [m for m in recorded.models if m.role == "found"]
    assert [m.name for m in found] == ["read"]
    assert {m.model_id for m in recorded.metrics} <= {found[0].model_id}
    assert found[0].model_id in {i.artifact_id for a in recorded.actions for i in a.inputs}


def test_a_model_in_a_file_keeps_its_history(tmp_path):
    script = (
        IRIS
        + """
import joblib
joblib.dump(LogisticRegression().fit(X_train, y_train), "model.joblib")
joblib.load("model.joblib").score(X_test, y_test)
"""
    )
    recorded = record(script, tmp_path)
    dump, load = recorded.one("joblib.dump"), recorded.one("joblib.load")
    assert dump.outputs[0].artifact_id == load.inputs[0].artifact_id
    assert linked(recorded, "score") == [("LogisticRegression", "X_test")]


def test_results_and_random_numbers_are_the_same_with_and_without(tmp_path):
    script = (
        IRIS
        + """
import numpy as np
from sklearn.ensemble import RandomForestClassifier
np.random.seed(7)
forest = RandomForestClassifier(5).fit(X_train, y_train)
said = forest.predict_proba(X_test)
state = np.random.get_state()[1].copy()
drawn = np.random.rand(3)
"""
    )
    plain: dict = {}
    exec(script, plain)
    seen = record(script, tmp_path).namespace
    for name in ("said", "state", "drawn"):
        assert np.array_equal(plain[name], seen[name]), name


def test_switching_off_restores_every_class(tmp_path):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import Pipeline

    def face():
        return [
            (name, attribute, getattr(attribute, "__code__", None))
            for cls in (LogisticRegression, Pipeline)
            for name, attribute in vars(cls).items()
        ]

    before = face()
    with recording():
        assert face() != before
    assert face() == before


def test_users_objects_stay_theirs(tmp_path):
    script = (
        IRIS
        + """
import pickle, copy
from sklearn.base import clone
clf = LogisticRegression(C=3).fit(X_train, y_train)
again = pickle.loads(pickle.dumps(clf))
fresh = clone(clf)
same = type(clf) is LogisticRegression and set(vars(clf)) == set(vars(again))
"""
    )
    recorded = record(script, tmp_path)
    assert recorded.namespace["same"]
    assert recorded.namespace["fresh"].C == 3
    assert b"modeldb" not in pickle.dumps(recorded.namespace["clf"])


def test_a_class_of_the_script_travels_to_worker_processes(tmp_path):
    script = (
        PIPELINE
        + """
from joblib import Parallel, delayed
fitted = Parallel(n_jobs=2)(delayed(lambda q: Clip(q).fit(np.arange(10.0).reshape(5, 2)))(q) for q in (0.5, 0.9))
"""
    )
    recorded = record(script, tmp_path)
    assert [round(float(clip.high_[0]), 1) for clip in recorded.namespace["fitted"]] == [4.0, 7.2]


def test_threads_of_a_pool_record_below_the_call_that_made_it(tmp_path):
    script = (
        IRIS
        + """
from sklearn.ensemble import VotingClassifier, RandomForestClassifier
import joblib
vote = VotingClassifier([("a", LogisticRegression()), ("b", LogisticRegression(C=2))], n_jobs=2)
with joblib.parallel_backend("threading"):
    vote.fit(X_train, y_train)
RandomForestClassifier(4, n_jobs=2).fit(X_train, y_train).predict(X_test)
"""
    )
    recorded = record(script, tmp_path)
    vote = recorded.one("VotingClassifier.fit")
    inside = [a for a in recorded.actions if a.operation.endswith("LogisticRegression.fit")]
    assert [a.parent_id for a in inside] == [vote.action_id] * 2
    assert [a.operation.split(".")[-2:] for a in recorded.calls[-2:]] == [
        ["RandomForestClassifier", "fit"],
        ["RandomForestClassifier", "predict"],
    ]


def test_equal_experiments_have_equal_recipes_and_other_data_another_value(tmp_path):
    fit = "LogisticRegression(C={}).fit(X_train, y_train)\n"
    one = record(IRIS + fit.format(1.0), tmp_path).one("LogisticRegression.fit")
    two = record("# the same\n" + IRIS + fit.format(1.0), tmp_path).one("LogisticRegression.fit")
    other = record(IRIS + fit.format(2.0), tmp_path).one("LogisticRegression.fit")
    seeded = record(IRIS.replace("random_state=0", "random_state=1") + fit.format(1.0), tmp_path)
    assert one.recipe_key == two.recipe_key and one.value_key == two.value_key
    assert one.recipe_key != other.recipe_key
    assert seeded.one("LogisticRegression.fit").value_key != one.value_key


def test_a_model_in_a_loop_is_named_by_what_it_is(tmp_path):
    script = (
        IRIS
        + """
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
for model in (make_pipeline(StandardScaler(), LogisticRegression()), LogisticRegression(C=2.0)):
    model.fit(X_train, y_train)
baseline = LogisticRegression(C=3.0)
baseline.fit(X_train, y_train)
"""
    )
    names = [model.name for model in record(script, tmp_path).models if model.role == "model"]
    assert names == ["Pipeline → LogisticRegression", None, "baseline"]


def test_a_model_is_not_named_for_the_data_it_makes(tmp_path):
    script = (
        IRIS
        + """
from sklearn.preprocessing import StandardScaler
scaled = StandardScaler().fit_transform(X)
clf = LogisticRegression().fit(scaled, y)
"""
    )
    recorded = record(script, tmp_path)
    names = {model.type: model.name for action in recorded.actions for model in action.models}
    assert names == {"StandardScaler": None, "LogisticRegression": "clf"}


def test_questions_that_only_some_models_answer_are_recorded(tmp_path):
    script = (
        IRIS
        + """
from sklearn.ensemble import AdaBoostClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.manifold import Isomap
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import add_dummy_feature
from sklearn.tree import DecisionTreeClassifier
tree = DecisionTreeClassifier(random_state=0)
path = tree.cost_complexity_pruning_path(X_train, y_train)
tree.fit(X_train, y_train).decision_path(X_test)
KNeighborsClassifier().fit(X_train, y_train).kneighbors_graph(X_test)
scores = list(AdaBoostClassifier(n_estimators=2).fit(X_train, y_train).staged_score(X_test, y_test))
process = GaussianProcessRegressor(optimizer=None).fit(X_train, y_train)
process.sample_y(X_test)
process.log_marginal_likelihood()
Isomap(n_neighbors=40).fit(X_train).reconstruction_error()
add_dummy_feature(X_train)
"""
    )
    recorded = record(script, tmp_path)
    assert [a.operation.rpartition(".")[2] for a in recorded.calls if a.kind != "fit"][2:] == [
        "cost_complexity_pruning_path",
        "decision_path",
        "kneighbors_graph",
        "staged_score",
        "sample_y",
        "log_marginal_likelihood",
        "reconstruction_error",
        "add_dummy_feature",
    ]
    assert [o.role for o in recorded.one("pruning_path").outputs] == ["ccp_alphas", "impurities"]
    assert linked(recorded, "log_marginal_likelihood") == [("GaussianProcessRegressor", "X_train")]
    assert linked(recorded, "reconstruction_error") == [("Isomap", "X_train")]


def test_the_user_is_not_warned_of_our_arithmetic(tmp_path):
    script = """
import numpy as np
from sklearn.neighbors import KernelDensity
from sklearn.preprocessing import StandardScaler
X = np.linspace(0, 4, 50)[:, None]
density = KernelDensity(kernel="tophat", bandwidth=0.1).fit(X[:20]).score_samples(X)
StandardScaler().fit(np.cos(X))
"""
    recorded = record(script, tmp_path)
    assert np.isinf(recorded.namespace["density"]).any()
    assert recorded.calls[-1].operation.endswith("StandardScaler.fit")


def test_data_has_many_names(tmp_path):
    script = """
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import LabelEncoder
documents = ["one fish", "two fish", "red fish", "blue fish"]
colours = ["none", "none", "red", "blue"]
CountVectorizer().fit(documents)
LabelEncoder().fit(colours)
"""
    recorded = record(script, tmp_path)
    assert [recorded.datasets[m.train_dataset_id].name for m in recorded.models] == ["documents", "colours"]


OWN = """
import numpy as np
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
X, y = load_iris(return_X_y=True)
X, y = X[:100], y[:100]

class Perceptron:
    def fit(self, X, y):
        self.w_ = np.zeros(X.shape[1])
        for xi, target in zip(X, y):
            self.w_ += (target - self.predict(xi)) * xi
        return self
    def predict(self, X):
        return np.where(np.dot(X, self.w_) >= 0, 1, 0)

class Vote:
    def fit(self, X, y):
        self.members_ = [LogisticRegression(C=C).fit(X, y) for C in (0.1, 1.0)]
        return self
    def predict(self, X):
        return np.round(self.predict_proba(X)).astype(int)
    def predict_proba(self, X):
        return np.mean([member.predict_proba(X)[:, 1] for member in self.members_], axis=0)
"""


def test_what_an_estimator_of_the_scripts_own_calls_is_inside_its_call(tmp_path):
    recorded = record(OWN + "Vote().fit(X, y).predict(X)\n", tmp_path)
    names = {a.action_id: a.operation.rpartition(".")[0].rpartition(".")[2] + "." + a.operation.rpartition(".")[2]
             for a in recorded.actions}  # fmt: skip
    tree = [(a.depth, names[a.action_id], names.get(a.parent_id)) for a in recorded.actions if not a.inferred][1:]
    assert tree == [
        (0, "Vote.fit", None),
        (1, "LogisticRegression.fit", "Vote.fit"),
        (1, "LogisticRegression.fit", "Vote.fit"),
        (0, "Vote.predict", None),
        (1, "Vote.predict_proba", "Vote.predict"),
        (2, "LogisticRegression.predict_proba", "Vote.predict_proba"),
        (2, "LogisticRegression.predict_proba", "Vote.predict_proba"),
    ]
    assert [(m.type, m.role) for m in recorded.models if m.role == "model"] == [("Vote", "model")]


def test_an_estimator_that_asks_itself_while_it_learns(tmp_path):
    recorded = record(OWN + "model = Perceptron().fit(X, y)\naccuracy_score(y, model.predict(X))\n", tmp_path)
    inside = [a for a in recorded.actions if a.depth == 1]
    assert (len(inside), {a.operation.rpartition(".")[2] for a in inside}) == (100, {"predict"})
    assert all(a.inputs == [] == a.outputs for a in inside)
    (model,) = recorded.models
    assert [(m.name, m.model_id) for m in recorded.metrics] == [("accuracy_score", model.model_id)]
