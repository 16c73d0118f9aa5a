"""What the index says of models, and that it never raises."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from modeldb.objects.index import FEATURES_KEPT, extract

IRIS = load_iris(as_frame=True)
X: pd.DataFrame = IRIS.data.set_axis(["sl", "sw", "pl", "pw"], axis=1)
y = IRIS.target


def test_coefficients_carry_the_names_the_steps_give_them() -> None:
    frame = X.assign(kind=["a", "b", "c"] * 50)
    columns = ColumnTransformer([("num", StandardScaler(), ["sl", "pl"]), ("cat", OneHotEncoder(), ["kind"])])
    model = Pipeline([("columns", columns), ("clf", LogisticRegression())]).fit(frame, y)
    index = extract(model)
    assert [f.name for f in index.features] == ["num__sl", "num__pl", "cat__kind_a", "cat__kind_b", "cat__kind_c"]
    coefficients = model[-1].coef_
    for feature in index.features:
        column = coefficients[:, feature.position]
        assert feature.coefficient == column[np.abs(column).argmax()]
    assert index.summary["problem_type"] == "classification"
    part = next(part for part in index.parts if part.path == "named_steps.clf.coef_")
    assert part.shape == coefficients.shape
    assert part.min == coefficients.min()
    assert part.norm == pytest.approx(np.linalg.norm(coefficients))


def test_forests_tell_their_trees() -> None:
    model = RandomForestClassifier(7, random_state=0).fit(X, y)
    index = extract(model, budget_s=10)
    assert index.summary["n_trees"] == 7
    assert index.summary["max_depth"] == max(tree.get_depth() for tree in model.estimators_)
    assert index.summary["n_leaves"] == sum(tree.get_n_leaves() for tree in model.estimators_)
    assert [f.importance for f in index.features] == model.feature_importances_.tolist()
    assert sum(part.type == "tree" for part in index.parts) == 7


def test_equal_parts_have_equal_digests() -> None:
    first, second = (extract(StandardScaler().fit(X)) for _ in range(2))
    assert first == second
    other = extract(StandardScaler().fit(X + 1.0))
    digests = {part.path: part.digest for part in first.parts}
    assert next(part for part in other.parts if part.path == "mean_").digest != digests["mean_"]


def test_near_weights_have_near_sketches() -> None:
    sketches = [np.array(extract(Ridge(alpha).fit(X, y)).sketch) for alpha in (1.0, 1.01, 1000.0)]
    assert np.linalg.norm(sketches[0] - sketches[1]) < np.linalg.norm(sketches[0] - sketches[2])


def test_wide_models_keep_the_strongest() -> None:
    texts = [f"word{i} other{i % 5}" for i in range(500)]
    model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [i % 5 == 0 for i in range(500)])
    index = extract(model)
    assert len(index.features) == FEATURES_KEPT
    assert max(index.features, key=lambda f: abs(f.coefficient or 0)).name == "other0"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_summaries_say_what_applies() -> None:
    loss = extract(MLPRegressor(hidden_layer_sizes=(4,), max_iter=5).fit(X, y)).summary
    assert len(loss["loss_curve"]) == 5 and loss["problem_type"] == "regression"
    assert extract(KMeans(3, n_init=1).fit(X)).summary["problem_type"] == "clustering"
    boosted = extract(HistGradientBoostingClassifier(max_iter=4).fit(X, y)).summary
    assert (boosted["n_trees"], boosted["n_iter"]) == (12, 4)
    search = extract(GridSearchCV(Ridge(), {"alpha": [0.1, 1.0]}).fit(X, y))
    assert [f.name for f in search.features] == ["sl", "sw", "pl", "pw"]


class Odd:
    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name) if name.startswith("__") else RuntimeError(name)


@pytest.mark.parametrize("model", [None, 3, object(), Odd(), [1, [2]], {"a": np.array([object()])}, LogisticRegression])
def test_odd_models_do_no_harm(model: object) -> None:
    extract(model)


def test_the_budget_is_kept_and_said() -> None:
    model = RandomForestClassifier(50, random_state=0).fit(X, y)
    assert not extract(model, budget_s=0.0).complete
    assert extract(model, budget_s=60).complete


def test_splits_are_counted_and_their_gains_summed_up() -> None:
    from sklearn.datasets import make_classification
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

    X, y = make_classification(200, 6, random_state=0)
    forest = RandomForestClassifier(4, random_state=0).fit(X, y)
    found = extract(forest).summary["splits"]
    for feature, count in zip(found["feature"], found["count"], strict=True):
        assert count == sum(int((tree.tree_.feature == feature).sum()) for tree in forest.estimators_)
    shares = np.zeros(6)
    shares[found["feature"]] = found["gain"]
    assert np.corrcoef(shares / shares.sum(), forest.feature_importances_)[0, 1] > 0.999
    boosting = HistGradientBoostingClassifier(max_iter=3, max_depth=2, random_state=0).fit(X, y)
    nodes = np.concatenate([stage[0].nodes for stage in boosting._predictors])
    inner = nodes[nodes["is_leaf"] == 0]
    found = extract(boosting).summary["splits"]
    assert sum(found["count"]) == len(inner)
    assert np.isclose(sum(found["gain"]), inner["gain"].sum())


def test_a_model_without_trees_has_no_splits() -> None:
    from sklearn.linear_model import Ridge

    assert "splits" not in extract(Ridge().fit([[0.0], [1.0], [2.0]], [0, 1, 2])).summary
