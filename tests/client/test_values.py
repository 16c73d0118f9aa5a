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
