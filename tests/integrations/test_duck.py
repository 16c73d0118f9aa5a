"""Estimators that have scikit-learn's methods and none of its classes."""

from __future__ import annotations

import sys

import pytest

from modeldb.testing.recording import record

PACKAGE = '''
class Base:
    def get_params(self, deep=True):
        return {}


class Mean(Base):
    def fit(self, X, y):
        self.mean_ = y.mean()
        return self

    def predict(self, X):
        return X[:, 0] * 0 + self.mean_


class Drawer:
    """One fits a curve with it; it is no estimator."""

    def fit(self, X, y):
        return self

    def predict(self, X):
        return X
'''

SCRIPT = """
import sys
sys.path.insert(0, {path!r})
{imports}
from sklearn.datasets import load_diabetes
from sklearn.metrics import mean_squared_error
X, y = load_diabetes(return_X_y=True)
model = Mean().fit(X, y)
mean_squared_error(y, model.predict(X))
Drawer().fit(X, y).predict(X)
"""


@pytest.fixture
def packages(tmp_path):
    path = tmp_path / "site-packages"
    path.joinpath("strange").mkdir(parents=True)
    path.joinpath("strange", "__init__.py").touch()
    path.joinpath("strange", "means.py").write_text(PACKAGE)
    found = list(sys.path)
    yield str(path)
    sys.path[:] = found
    for name in ("strange", "strange.means"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("before", [True, False])
def test_those_of_an_installed_package_are_recorded_if_they_say_their_parameters(packages, before, tmp_path):
    if before:
        sys.path.insert(0, packages)
        __import__("strange.means")
    script = SCRIPT.format(path=packages, imports="from strange.means import Drawer, Mean")
    recorded = record(script, tmp_path)
    fit, predict = recorded.one("strange.means.Mean.fit"), recorded.one("strange.means.Mean.predict")
    (model,) = recorded.models
    assert (model.type, model.library) == ("Mean", "strange")
    assert {i.role for i in fit.inputs} == {"self", "X", "y"}
    assert [(m.model_id, m.dataset_id) for m in recorded.metrics] == [
        (model.model_id, next(i.artifact_id for i in predict.inputs if i.role == "X"))
    ]
    assert not [action for action in recorded.actions if "Drawer" in action.operation and not action.inferred]
    assert sys.modules["strange.means"].Mean.fit.__code__.co_filename.endswith("means.py")
