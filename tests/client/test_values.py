"""Arguments become typed values that depend on nothing but what they say."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modeldb.client import estimators, values
from modeldb.core import codec

SCALER = "sklearn.preprocessing.StandardScaler"


@pytest.mark.parametrize(
    ("value", "plain", "kind"),
    [
        (None, None, "none"),
        (True, True, "bool"),
        (3, 3, "int"),
        (2**70, str(2**70), "int"),
        (0.5, 0.5, "float"),
        (float("inf"), "inf", "float"),
        ("l2", "l2", "str"),
        (np.float64(0.5), 0.5, "float"),
        (np.int32(4), 4, "int"),
        (Path("a/b"), "a/b", "str"),
        ((1, "a"), [1, "a"], "list"),
        ({3, 1}, [1, 3], "list"),
        ({"a": {"b": 1}}, {"a": {"b": 1}}, "dict"),
        (StandardScaler(with_std=False), {"type": SCALER, "params": {"with_std": False}}, "estimator"),
    ],
)  # fmt: skip
def test_a_value_has_a_plain_form(value, plain, kind):
    described = values.describe("x", value)
    assert (described.value, described.type) == (plain, kind)
    assert codec.from_json(codec.to_json(described.value)) == plain


def test_no_address_appears_for_an_object_we_do_not_know():
    class Thing:
        pass

    described = values.describe("x", Thing())
    assert described.value == {"type": values.qualified_name(Thing)}


def test_a_function_is_known_by_its_code_and_not_by_its_place():
    def make(text):
        namespace = {}
        exec(compile(text, "/tmp/users.py", "exec"), namespace)
        return values.function(namespace["f"])

    one, two = make("def f(x):\n    return x + 1"), make("\n\n# moved\ndef f(x):\n    return x + 1")
    other = make("def f(x):\n    return x + 2")
    assert one == two and one["code"] != other["code"]
    assert values.function(functools.partial(len, [1]))["arguments"] == [[1]]
    assert "code" not in values.function(np.log1p) and "code" not in values.function(len)


def test_hyperparameters_are_those_of_get_params():
    pipe = make_pipeline(StandardScaler(), LogisticRegression(C=3.0))
    named = {p.name: p for p in estimators.hyperparameters(pipe)}
    expected = {name for name in pipe.get_params(deep=True) if name != "steps"}
    assert named.keys() == expected
    assert not named["logisticregression__C"].is_default
    assert named["logisticregression__tol"].is_default


@pytest.mark.parametrize(
    ("library", "name", "given"),
    [
        ("xgboost", "XGBClassifier", {"max_depth": 3, "learning_rate": 0.2, "random_state": 1, "unheard_of": 7}),
        ("xgboost", "XGBRFRegressor", {"n_estimators": 9, "subsample": 0.5}),
        ("lightgbm", "LGBMClassifier", {"num_leaves": 5, "max_bin": 63}),
    ],
)
def test_hyperparameters_of_boosters_are_those_of_get_params(library, name, given):
    booster = getattr(pytest.importorskip(library), name)(**given)
    found = {p.name: p for p in estimators.hyperparameters(booster)}
    assert found.keys() == booster.get_params().keys()
    assert {p.name: p.value for p in found.values() if not p.is_default} == given
    assert values.estimator(booster)["params"] == given


def test_a_generator_given_to_a_booster_is_not_drawn_from():
    xgboost = pytest.importorskip("xgboost")
    generator, untouched = np.random.RandomState(0), np.random.RandomState(0)
    estimators.hyperparameters(xgboost.XGBClassifier(random_state=generator))
    assert generator.randint(1000) == untouched.randint(1000)


def test_hyperparameters_that_are_no_attributes_are_asked_for():
    class Kept:
        """Keeps what it was given by itself, as CatBoost does."""

        def __init__(self, depth=None, rounds=10, **more):
            self._given = {"depth": depth, **more}

        def get_params(self, deep=True):
            return {name: value for name, value in self._given.items() if value is not None}

        def fit(self, X, y):
            return self

    found = {p.name: (p.value, p.is_default) for p in estimators.hyperparameters(Kept(depth=4))}
    assert found == {"depth": (4, False), "rounds": (10, True)}


def test_equal_specs_have_equal_ids():
    def spec(**params):
        estimator = LogisticRegression(**params)
        return estimators.spec_id(estimator, estimators.hyperparameters(estimator))

    assert spec(C=2.0) == spec(C=2.0, tol=1e-4) != spec(C=1.0)


def test_reading_the_global_random_state_leaves_it_alone():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    first = estimators.state_digest(None)
    assert (np.random.get_state()[1] == before).all() and estimators.state_digest(None) == first
    np.random.rand()
    assert estimators.state_digest(None) != first


def test_the_users_files_are_told_from_libraries():
    assert values.is_user_file("/home/me/train.py")
    assert not values.is_user_file(np.__file__)
    assert not values.is_user_file(functools.__file__)
    assert not values.is_user_file("<frozen importlib._bootstrap>")
    assert not values.is_user_file("/opt/other/lib/python3/site-packages/sklearn/base.py")
    assert not values.is_user_file("/usr/lib/python3/dist-packages/numpy/__init__.py")


def test_a_composite_is_told_apart_by_what_it_ends_with():
    from sklearn.model_selection import GridSearchCV

    pipe = make_pipeline(StandardScaler(), LogisticRegression())
    assert estimators.label(LogisticRegression()) is None
    assert estimators.label(pipe) == "Pipeline → LogisticRegression"
    assert estimators.label(GridSearchCV(pipe, {})) == "GridSearchCV → Pipeline → LogisticRegression"
